"""Parsing of Python in answers: modules, but also function bodies, signatures, arguments, sessions and elided code."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieldguide_indexer import syntax_errors
from fieldguide_server.review.types import LineProblem

_SESSION = re.compile(r"^\s*(?:>>>|In \[\d+\]:)(?: |$)")
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.|In \[\d+\]:)(?: |$)")
_MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)
_ELLIPSIS = re.compile(r"^([ \t]*)(?:\.{3}|…|\[(?:\.{3}|…)\]|<snip>)(?![\w.])[^\n\"')}\]]*$", re.MULTILINE)
_MAX_PARTS = 80
# Deeply nested code raises the last three.
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_HEADER = re.compile(r"^[ \t]*(?:async +)?(?:def|class)\b")
_BARE_HEADER = re.compile(
    r"[ \t]*(?:async +)?(?:def +\w+(?:\[[^\]]*\])?\(.*\)(?: *-> *[^:]+)?|class +\w+(?:\(.*\))?)[ \t]*"
)
_CONTINUED = re.compile(r"\s*(?:(elif|else|except|finally)\b|case\b.*:)")
_PLACEHOLDER = re.compile(r"\{[{%!*]|import #|<[A-Za-z][\w .-]*>|…|\.{3} ?\w|\w \.{3}|\.{4}|\b[xX]{3,}\b")
# Syntax for which the running Python may be too old.
_NEWER = re.compile(r"^[ \t]*(?:type +\w+.*=|(?:async +)?def +\w+\[|class +\w+\[)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Parsed Python. The line numbers of ``tree`` are those of the block.

    ``text`` is the text that was parsed; its line numbers are those of the block plus ``shift``.
    """

    tree: ast.Module
    text: str
    shift: int = 0


def read_python(code: str) -> tuple[tuple[PythonSource, ...], LineProblem | None]:
    """Return the parsed sources of a block, or the problem that prevents parsing it."""
    text = _prepared(code)
    try:
        return (PythonSource(_parse(text), text),), None
    except _UNPARSABLE as error:
        problem = _problem_of(error)
    for attempt, shift in _readings(text):
        if source := _source(attempt, shift):
            return (source,), None
    if parts := _fragments(text):
        return parts, None
    return (), None if _is_unless_placeholder(text, problem) else problem


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # Warnings about invalid escapes in an answer do not belong in the server's log.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _source(text: str, shift: int) -> PythonSource | None:
    try:
        tree = _parse(text)
    except _UNPARSABLE:
        return None
    if shift:
        ast.increment_lineno(tree, -shift)
    return PythonSource(tree, text, shift)


def _prepared(code: str) -> str:
    """Return the code without prompts, output, magic commands and common indentation; line numbers stay."""
    lines = code.expandtabs().split("\n")
    if any(_SESSION.match(line) for line in lines):
        lines = [_PROMPT.sub("", line) if _PROMPT.match(line) else "" for line in lines]
    text = _MAGIC.sub(r"\1", "\n".join(lines))
    return textwrap.dedent(_ELLIPSIS.sub(r"\1...", text))


def _readings(text: str) -> Iterator[tuple[str, int]]:
    """Yield complete modules of which the code may be a fragment, with the number of lines put before it."""
    bodies = _with_bodies(text)
    yield bodies, 0
    for code in dict.fromkeys((text, bodies)):
        if _CONTINUED.match(code):
            yield _continuation(code), 2
        yield "async def _():\n" + textwrap.indent(code, "    "), 1
    yield f"_(\n{text}\n)", 1
    yield f"_ = {{\n{text}\n}}", 1
    yield f"_ = [\n{text}\n]", 1


def _continuation(text: str) -> str:
    """Return a branch (``else``, ``except``, ``case`` …) with a statement that it can belong to."""
    word = text.split(None, 1)[0].rstrip(":")
    if word in ("except", "finally"):
        return f"try:\n    pass\n{text}"
    return f"\nmatch _:\n{textwrap.indent(text, '    ')}" if word == "case" else f"if _:\n    pass\n{text}"


def _with_bodies(text: str) -> str:
    """Return the code with a body for each definition and branch that has only a header, or only a comment as its body."""
    lines = text.split("\n")
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    for at, number in enumerate(numbers):
        line, after = lines[number], [lines[later] for later in numbers[at + 1 :]]
        if line.rstrip().endswith(":") and not line.lstrip().startswith("#") and _is_bare(line, after):
            lines[number] = f"{line} ..."
        elif _BARE_HEADER.fullmatch(line) and not (after and _depth(after[0]) > _depth(line)):
            lines[number] = f"{line}: ..."
        elif line.lstrip().startswith("@") and not after:
            lines[number] = f"{line}\n{' ' * _depth(line)}def _(): ..."
    return "\n".join(lines)


def _is_bare(line: str, after: Sequence[str]) -> bool:
    """Return whether a header has no body. Code that follows without indentation may be a body, so that is not bare."""
    code = next((later for later in after if not later.lstrip().startswith("#")), "")
    if code and _depth(code) > _depth(line):
        return False
    commented = bool(after) and after[0] != code and _depth(after[0]) > _depth(line)
    is_head = _HEADER.match(line) is not None and (
        _HEADER.match(code) is not None or code.lstrip().startswith("@")
    )
    return not code or commented or is_head


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _fragments(text: str) -> tuple[PythonSource, ...] | None:
    """Return fragments of several places, separated by an empty line or an ellipsis; None if one does not parse."""
    parts = re.split(r"(\n(?:[ \t]*\n)+|\n[ \t]*\.\.\.[ \t]*\n)", text)
    if len(parts) > _MAX_PARTS:
        return None
    sources, line = [], 0
    for number, part in enumerate(parts):
        if number % 2 == 0 and part.strip():
            lead = len(part) - len(part.lstrip("\n"))
            padded = "\n" * line + "\n" * lead + textwrap.dedent(part.lstrip("\n"))
            attempts = (_source(padded, 0), *(_source(*each) for each in _readings(padded)))
            source = next((each for each in attempts if each), None)
            if source is None:
                return None
            sources.append(source)
        line += part.count("\n")
    return tuple(sources) if len(sources) > 1 else None


def _problem_of(error: Exception) -> LineProblem:
    if isinstance(error, SyntaxError):
        return LineProblem(error.lineno or 1, f"this is not valid Python: {error.msg}")
    return LineProblem(1, "this Python cannot be parsed")


def _is_unless_placeholder(text: str, problem: LineProblem) -> bool:
    """Return whether the line has a placeholder, or needs a newer Python than the running one."""
    lines = text.split("\n")
    near = "\n".join(lines[max(0, problem.line - 2) : problem.line])
    if _PLACEHOLDER.search(near):
        return True
    newer = _NEWER.search(text) or "f-string" in problem.message
    return bool(newer) and not syntax_errors(text, "python")
