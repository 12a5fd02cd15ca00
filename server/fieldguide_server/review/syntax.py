"""Whether code parses, in languages other than Python. Fragments are tried as parts of what they may come from."""

import json
import re
import textwrap
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence

from fieldguide_indexer import syntax_errors
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.review.types import Fault

_LEFT_OUT = re.compile(
    r"^[ \t]*(?:(?://|#|--|/\*)?[ \t]*(?:\.{3}|…)[^\n\"'{}()\[\]]*|\[(?:\.{3}|…)\],?)$", re.MULTILINE
)
_LEFT_OUT_INSIDE = re.compile(r"(?<=[({\[,])[ \t]*(?:\.{3}|…)[ \t]*,?[ \t]*(?=[)}\]])")
_JSON_LEFT_OUT = re.compile(
    r"(?:,\s*+|(?<!\s)\s*+)(?:\.{3}|…)[ \t]*(?=[\n,}\]])(?:,(?=\s*[}\]]))?|(?<=[\[{])\s*+(?:\.{3}|…)\s*,"
)
_PLACEHOLDER = re.compile(r"\{[{%!*]|<%|<[A-Za-z][\w .-]*>|…|\.{3} ?\w|\w \.{3}|\$\{\w")
# Code has generics, spread and templates that look like those above.
_CODE_PLACEHOLDER = re.compile(
    r"\{[{%!*]|<%|<(?:your|my|some)\b[\w .-]*>|<[a-z]+(?:[ -][a-z]+)+>|…|\.{3} \w|\w \.{3}|<\[?import\("
)
# What rustdoc runs but does not show.
_HIDDEN = re.compile(r"^\s*#(?: |$)", re.MULTILINE)
_MOST_PARTS = 60
_NOT_JUDGED = Fault(0, "")
_COSTLY_SECONDS = 0.1
_MOST_BRACKETS = 500
_SESSION = re.compile(r"^\s*(?:[$%❯>] |\w*[@:~]\S*[$#] |PS [A-Z]:|irb|>>> )", re.MULTILINE)
_DIFF = re.compile(r"^(?:[-+] ?\S|@@|diff |index )", re.MULTILINE)

# What a fragment may stand in: text before, text after. A line break before would shift the lines.
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


def check_syntax(code: str, language: str) -> tuple[bool, Fault | None]:
    """Return whether the language is one that can be judged, and the fault that was found."""
    if is_foreign(code):
        return False, None
    fault: Fault | None = _NOT_JUDGED
    if language in _READERS:
        fault = _READERS[language](code)
    elif language in _FRAMES:
        fault = _by_grammar(code, language)
    return (False, None) if fault is _NOT_JUDGED else (True, fault)


def is_foreign(code: str) -> bool:
    """Return whether a block shows a change or a session rather than code."""
    lines = [line for line in code.split("\n") if line.strip()]
    return _SESSION.match(code) is not None or _is_diff(lines)


def _is_diff(lines: list[str]) -> bool:
    """Return a list of YAML begins its lines with "-" too; a change adds lines, or has a head."""
    signs = {line[0] for line in lines if _DIFF.match(line)}
    return "+" in signs or "@" in signs or ("-" in signs and any(line[:2] == "--" for line in lines))


def without_left_out(code: str) -> str:
    """Return the code with its lines of "..." emptied, and no common indentation."""
    return textwrap.dedent(_LEFT_OUT_INSIDE.sub("", _LEFT_OUT.sub("", code)))


def read_json(code: str, *, commas: bool = True) -> object:
    """Return the value of JSON with comments, perhaps with parts left out, or of the members of an object.

    Raises:
        json.JSONDecodeError: It is none of these.
    """
    text = _JSON_LEFT_OUT.sub("", without_comments(code, trailing_commas=commas))
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


def _json(code: str) -> Fault | None:
    return _checked_json(code, commas="//" in code or "/*" in code)


def _jsonc(code: str) -> Fault | None:
    return _checked_json(code, commas=True)


def _checked_json(code: str, *, commas: bool) -> Fault | None:
    # What programs print is often fenced as JSON, too.
    if not code.lstrip().startswith(("{", "[", '"', "//", "/*")):
        return _NOT_JUDGED
    try:
        read_json(code, commas=commas)
    except json.JSONDecodeError as error:
        return _excused(code, Fault(error.lineno, f"this is no valid JSON: {_lowered(error.msg)}"))
    except RecursionError:
        return Fault(1, "this JSON is nested too deeply")
    return None


def _yaml(code: str) -> Fault | None:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and only needed here
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    # The parser's time grows by the square of the depth.
    if code.count("[") + code.count("{") > _MOST_BRACKETS:
        return _NOT_JUDGED
    try:
        for _ in YAML(typ="safe", pure=True).compose_all(without_left_out(code)):
            pass
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return _excused(code, Fault(line, f"this is no valid YAML: {_lowered(error.problem or '')}"))
    except (YAMLError, ValueError, RecursionError):
        return _excused(code, Fault(1, "this is no valid YAML"))
    return None


def _toml(code: str) -> Fault | None:
    try:
        tomllib.loads(without_left_out(code))
    except (ValueError, RecursionError) as error:
        told = str(error)
        line = int(found[1]) if (found := re.search(r"line (\d+)", told)) else 1
        return _excused(code, Fault(line, f"this is no valid TOML: {_lowered(told.partition(' (')[0])}"))
    return None


def _by_grammar(code: str, language: str) -> Fault | None:
    """Return the first line where the grammar stumbles, unless the code consists of what can stand in one of the frames."""
    text = without_left_out(_HIDDEN.sub("", code) if language == "rust" else code)
    dialects = _DIALECTS.get(language, (language,))
    syntax_errors("", dialects[0])  # the first parse of a language loads its grammar, too
    started = time.thread_time()
    lines = syntax_errors(text, dialects[0])
    # Where one parse takes this long, some hundred would take minutes.
    is_costly = time.thread_time() - started > _COSTLY_SECONDS
    if lines is None or (lines and is_costly):
        return _NOT_JUDGED
    if not lines or _consists_of_parts(text, dialects):
        return None
    fault = Fault(min(lines[0], text.count("\n") + 1), f"this is no valid {_TITLES[language]}")
    return _excused(code, fault, _CODE_PLACEHOLDER)


def _consists_of_parts(text: str, dialects: Sequence[str]) -> bool:
    """Return whether the text, cut at some of its empty lines, is made of fragments that stand in a frame each."""
    part = ""
    for paragraph in re.split(r"\n[ \t]*(?=\n)", text)[:_MOST_PARTS]:
        part += f"\n{paragraph}"
        if _stands(part, dialects):
            part = ""
    return not part.strip()


def _stands(part: str, dialects: Sequence[str]) -> bool:
    # Between tags anything at all is text, so only what begins with one is tried there.
    is_markup = part.lstrip().startswith(("<", "{/*"))
    return any(
        syntax_errors(f"{before}{part}{after}", dialect) == ()
        for dialect in dialects
        for before, after in _FRAMES[dialect]
        if before != "<>" or is_markup
    )


def _excused(code: str, fault: Fault, placeholder: re.Pattern[str] = _PLACEHOLDER) -> Fault | None:
    """None for a fault in a line that holds a placeholder."""
    near = "\n".join(code.split("\n")[max(0, fault.line - 2) : fault.line + 1])
    return None if placeholder.search(near) else fault


def _lowered(told: str) -> str:
    told = " ".join(told.split()).rstrip(".")
    return told[:1].lower() + told[1:]


_TITLES = {
    "javascript": "JavaScript",
    "jsx": "JavaScript",
    "typescript": "TypeScript",
    "tsx": "TypeScript",
    "go": "Go",
    "rust": "Rust",
    "java": "Java",
}
_READERS: Mapping[str, Callable[[str], Fault | None]] = {
    "json": _json,
    "jsonc": _jsonc,
    "yaml": _yaml,
    "toml": _toml,
}
