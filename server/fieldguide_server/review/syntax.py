"""Syntax checks of languages other than Python. Fragments are tried inside of the constructs that they may come from."""

import json
import re
import textwrap
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence

from fieldguide_indexer import syntax_errors
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.review.types import LineProblem

_ELLIPSIS = re.compile(
    r"^[ \t]*(?:(?://|#|--|/\*)?[ \t]*(?:\.{3}|…)[^\n\"'{}()\[\]]*|\[(?:\.{3}|…)\],?)$", re.MULTILINE
)
_INLINE_ELLIPSIS = re.compile(r"(?<=[({\[,])[ \t]*(?:\.{3}|…)[ \t]*,?[ \t]*(?=[)}\]])")
_JSON_ELLIPSIS = re.compile(
    r"(?:,\s*+|(?<!\s)\s*+)(?:\.{3}|…)[ \t]*(?=[\n,}\]])(?:,(?=\s*[}\]]))?|(?<=[\[{])\s*+(?:\.{3}|…)\s*,"
)
_PLACEHOLDER = re.compile(r"\{[{%!*]|<%|<[A-Za-z][\w .-]*>|…|\.{3} ?\w|\w \.{3}|\$\{\w")
# In code, generics, spread and templates look like the placeholders above.
_CODE_PLACEHOLDER = re.compile(
    r"\{[{%!*]|<%|<(?:your|my|some)\b[\w .-]*>|<[a-z]+(?:[ -][a-z]+)+>|…|\.{3} \w|\w \.{3}|<\[?import\("
)
# Lines that rustdoc compiles but does not show.
_HIDDEN = re.compile(r"^\s*#(?: |$)", re.MULTILINE)
_MAX_PARTS = 60
_UNSUPPORTED = LineProblem(0, "")
_SLOW_PARSE_SECONDS = 0.1
_MAX_BRACKETS = 500
_SESSION = re.compile(r"^\s*(?:[$%❯>] |\w*[@:~]\S*[$#] |PS [A-Z]:|irb|>>> )", re.MULTILINE)
_DIFF = re.compile(r"^(?:[-+] ?\S|@@|diff |index )", re.MULTILINE)

# Constructs around a fragment: the text before and after. A line break before it would shift the line numbers.
_SCRIPT = (
    ("", ""), ("(", "\n)"), ("({", "\n})"), ("class _ {", "\n}"), ("async function* _() {", "\n}"), ("_(", "\n)"),
    ("_ = [", "\n]"), ("interface _ {", "\n}"), ("type _ = ", "\n"), ("switch (_) {", "\n}"),
    ("", "\nclass _ {}"), ("class _ {", "\n_() {} }"),
)  # fmt: skip
_FRAMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "javascript": _SCRIPT,
    "jsx": (*_SCRIPT, ("<>", "\n</>")),
    "typescript": _SCRIPT,
    "tsx": (*_SCRIPT, ("<>", "\n</>")),
    "go": (("", ""), ("func _() {", "\n}"), ("type _ struct {", "\n}"), ("var _ = T{", "\n}"), ("var _ = f(", "\n)")),
    "rust": (("", ""), ("fn _f() {", "\n}"), ("impl T {", "\n}"), ("struct T {", "\n}"), ("f(", "\n);")),
    "java": (("", ""), ("class T {", "\n}"), ("class T { void f() {", "\n}}"), ("interface T {", "\n}")),
}  # fmt: skip
_DIALECTS: Mapping[str, tuple[str, ...]] = {
    "javascript": ("javascript", "jsx", "tsx"),
    "jsx": ("jsx", "tsx"),
    "typescript": ("typescript", "tsx"),
    "tsx": ("tsx",),
}


def check_syntax(code: str, language: str) -> tuple[bool, LineProblem | None]:
    """Return whether the syntax of this code is supported, and the problem if there is one."""
    if is_not_code(code):
        return False, None
    problem: LineProblem | None = _UNSUPPORTED
    if language in _READERS:
        problem = _READERS[language](code)
    elif language in _FRAMES:
        problem = _by_grammar(code, language)
    return (False, None) if problem is _UNSUPPORTED else (True, problem)


def is_not_code(code: str) -> bool:
    """Return whether a block shows a diff or a session rather than code."""
    lines = [line for line in code.split("\n") if line.strip()]
    return _SESSION.match(code) is not None or _is_diff(lines)


def _is_diff(lines: list[str]) -> bool:
    """Return whether lines are a diff. The lines of a YAML list begin with "-" too; a diff adds lines or has a header."""
    signs = {line[0] for line in lines if _DIFF.match(line)}
    return "+" in signs or "@" in signs or ("-" in signs and any(line[:2] == "--" for line in lines))


def without_ellipses(code: str) -> str:
    """Return the code without lines that only elide something ("..."), and without common indentation."""
    return textwrap.dedent(_INLINE_ELLIPSIS.sub("", _ELLIPSIS.sub("", code)))


def read_json(code: str, *, commas: bool = True) -> object:
    """Return the value of JSON with comments. Elided parts are allowed, and members of an object without its braces.

    Raises:
        json.JSONDecodeError: The code is not valid even so.
    """
    text = _JSON_ELLIPSIS.sub("", without_comments(code, trailing_commas=commas))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        for attempt in _readings_of_json(text):
            try:
                return json.loads(attempt)
            except json.JSONDecodeError:
                continue
        raise error from None


def _readings_of_json(text: str) -> Iterator[str]:
    bare = text.strip().rstrip(",")
    if bare.startswith('"'):
        yield f"{{{bare}}}"
    yield bare
    values = [line for line in text.split("\n") if line.strip()]
    if len(values) > 1 and all(line.lstrip().startswith(("{", "[", '"')) for line in values):
        yield f"[{','.join(values)}]"
    yield "[" + re.sub(r"\}\s*\n\s*\{", "},{", bare) + "]"


def _json(code: str) -> LineProblem | None:
    return _checked_json(code, commas="//" in code or "/*" in code)


def _jsonc(code: str) -> LineProblem | None:
    return _checked_json(code, commas=True)


def _checked_json(code: str, *, commas: bool) -> LineProblem | None:
    # The output of programs is often fenced as JSON, too.
    if not code.lstrip().startswith(("{", "[", '"', "//", "/*")):
        return _UNSUPPORTED
    try:
        read_json(code, commas=commas)
    except json.JSONDecodeError as error:
        return _unless_placeholder(
            code, LineProblem(error.lineno, f"this is not valid JSON: {_sentence_end(error.msg)}")
        )
    except RecursionError:
        return LineProblem(1, "this JSON is nested too deeply")
    return None


def _yaml(code: str) -> LineProblem | None:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and only needed here
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    # The parser is quadratic in the depth of nesting.
    if code.count("[") + code.count("{") > _MAX_BRACKETS:
        return _UNSUPPORTED
    try:
        for _ in YAML(typ="safe", pure=True).compose_all(without_ellipses(code)):
            pass
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return _unless_placeholder(
            code, LineProblem(line, f"this is not valid YAML: {_sentence_end(error.problem or '')}")
        )
    except (YAMLError, ValueError, RecursionError):
        return _unless_placeholder(code, LineProblem(1, "this is not valid YAML"))
    return None


def _toml(code: str) -> LineProblem | None:
    try:
        tomllib.loads(without_ellipses(code))
    except (ValueError, RecursionError) as error:
        message = str(error)
        line = int(found[1]) if (found := re.search(r"line (\d+)", message)) else 1
        reason = _sentence_end(message.partition(" (")[0])
        return _unless_placeholder(code, LineProblem(line, f"this is not valid TOML: {reason}"))
    return None


def _by_grammar(code: str, language: str) -> LineProblem | None:
    """Return the first syntax error, unless the code consists of fragments that are valid in one of the frames."""
    text = without_ellipses(_HIDDEN.sub("", code) if language == "rust" else code)
    dialects = _DIALECTS.get(language, (language,))
    syntax_errors("", dialects[0])  # loads the grammar, so that it does not count as time of the parse
    started = time.thread_time()
    lines = syntax_errors(text, dialects[0])
    # The frames need some hundred parses.
    is_slow = time.thread_time() - started > _SLOW_PARSE_SECONDS
    if lines is None or (lines and is_slow):
        return _UNSUPPORTED
    if not lines or _is_sequence_of_fragments(text, dialects):
        return None
    problem = LineProblem(min(lines[0], text.count("\n") + 1), f"this is not valid {_TITLES[language]}")
    return _unless_placeholder(code, problem, _CODE_PLACEHOLDER)


def _is_sequence_of_fragments(text: str, dialects: Sequence[str]) -> bool:
    """Return whether the text, split at some of its empty lines, consists of fragments that are each valid in a frame."""
    part = ""
    for paragraph in re.split(r"\n[ \t]*(?=\n)", text)[:_MAX_PARTS]:
        part += f"\n{paragraph}"
        if _is_fragment(part, dialects):
            part = ""
    return not part.strip()


def _is_fragment(part: str, dialects: Sequence[str]) -> bool:
    # Between tags any text is valid, so only fragments that begin with a tag are tried there.
    is_markup = part.lstrip().startswith(("<", "{/*"))
    return any(
        syntax_errors(f"{before}{part}{after}", dialect) == ()
        for dialect in dialects
        for before, after in _FRAMES[dialect]
        if before != "<>" or is_markup
    )


def _unless_placeholder(
    code: str, problem: LineProblem, placeholder: re.Pattern[str] = _PLACEHOLDER
) -> LineProblem | None:
    """Return the problem; None if its line has a placeholder."""
    near = "\n".join(code.split("\n")[max(0, problem.line - 2) : problem.line + 1])
    return None if placeholder.search(near) else problem


def _sentence_end(message: str) -> str:
    message = " ".join(message.split()).rstrip(".")
    return message[:1].lower() + message[1:]


_TITLES = {
    "javascript": "JavaScript",
    "jsx": "JavaScript",
    "typescript": "TypeScript",
    "tsx": "TypeScript",
    "go": "Go",
    "rust": "Rust",
    "java": "Java",
}
_READERS: Mapping[str, Callable[[str], LineProblem | None]] = {
    "json": _json,
    "jsonc": _jsonc,
    "yaml": _yaml,
    "toml": _toml,
}
