"""Python as answers show it: whole modules, but also bodies, signatures, arguments, sessions and things left out."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieldguide_indexer import syntax_errors
from fieldguide_server.review.types import Fault

_SESSION = re.compile(r"^\s*(?:>>>|In \[\d+\]:)(?: |$)")
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.|In \[\d+\]:)(?: |$)")
_MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_LEFT_OUT = re.compile(r"^([ \t]*)(?:\.{3}|…|\[(?:\.{3}|…)\]|<snip>)(?![\w.])[^\n\"')}\]]*$", re.MULTILINE)
_MOST_PARTS = 80
# The parser has its own words for what is nested too deeply.
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_HEADER = re.compile(r"^[ \t]*(?:async +)?(?:def|class)\b")
_BARE_HEADER = re.compile(
    r"[ \t]*(?:async +)?(?:def +\w+(?:\[[^\]]*\])?\(.*\)(?: *-> *[^:]+)?|class +\w+(?:\(.*\))?)[ \t]*"
)
_CONTINUED = re.compile(r"\s*(?:(elif|else|except|finally)\b|case\b.*:)")
_PLACEHOLDER = re.compile(r"\{[{%!*]|import #|<[A-Za-z][\w .-]*>|…|\.{3} ?\w|\w \.{3}|\.{4}|\b[xX]{3,}\b")
# What the running Python may be too old for.
_NEWER = re.compile(r"^\s*(?:type +\w+.*=|(?:async +)?def +\w+\[|class +\w+\[)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """Python that parses, with the lines of its tree as they are in the block.

    ``text`` is what was parsed; its lines are ``shift`` below those of the block.
    """

    tree: ast.Module
    text: str
    shift: int = 0


def read_python(code: str) -> tuple[tuple[Source, ...], Fault | None]:
    """Return the sources that a block holds, or the fault that keeps it from being any."""
    text = _prepared(code)
    try:
        return (Source(_parse(text), text),), None
    except _UNPARSABLE as error:
        fault = _fault(error)
    for attempt, shift in _readings(text):
        if source := _source(attempt, shift):
            return (source,), None
    if parts := _apart(text):
        return parts, None
    return (), None if _is_excused(text, fault) else fault


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # Of an answer's odd escapes the server's own log shall not speak.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _source(text: str, shift: int) -> Source | None:
    try:
        tree = _parse(text)
    except _UNPARSABLE:
        return None
    if shift:
        ast.increment_lineno(tree, -shift)
    return Source(tree, text, shift)


def _prepared(code: str) -> str:
    """Return the code with the same lines, but without prompts, output, magic commands and common indentation."""
    lines = code.expandtabs().split("\n")
    if any(_SESSION.match(line) for line in lines):
        lines = [_PROMPT.sub("", line) if _PROMPT.match(line) else "" for line in lines]
    text = _MAGIC.sub(r"\1", "\n".join(lines))
    return textwrap.dedent(_LEFT_OUT.sub(r"\1...", text))


def _readings(text: str) -> Iterator[tuple[str, int]]:
    """Yield what the code may be a part of, each with the lines that were put before it."""
    bodies = _with_bodies(text)
    yield bodies, 0
    for whole in dict.fromkeys((text, bodies)):
        if _CONTINUED.match(whole):
            yield _continuation(whole), 2
        yield "async def _():\n" + textwrap.indent(whole, "    "), 1
    yield f"_(\n{text}\n)", 1
    yield f"_ = {{\n{text}\n}}", 1
    yield f"_ = [\n{text}\n]", 1


def _continuation(text: str) -> str:
    """Return a branch with the statement that it belongs to."""
    word = text.split(None, 1)[0].rstrip(":")
    if word in ("except", "finally"):
        return f"try:\n    pass\n{text}"
    return f"\nmatch _:\n{textwrap.indent(text, '    ')}" if word == "case" else f"if _:\n    pass\n{text}"


def _with_bodies(text: str) -> str:
    """Return the code with a body for each definition and branch that shows its head alone, or a comment for a body."""
    lines = text.split("\n")
    shown = [number for number, line in enumerate(lines) if line.strip()]
    for at, number in enumerate(shown):
        line, after = lines[number], [lines[later] for later in shown[at + 1 :]]
        if line.rstrip().endswith(":") and not line.lstrip().startswith("#") and _is_bare(line, after):
            lines[number] = f"{line} ..."
        elif _BARE_HEADER.fullmatch(line) and not (after and _depth(after[0]) > _depth(line)):
            lines[number] = f"{line}: ..."
        elif line.lstrip().startswith("@") and not after:
            lines[number] = f"{line}\n{' ' * _depth(line)}def _(): ..."
    return "\n".join(lines)


def _is_bare(line: str, after: Sequence[str]) -> bool:
    """Return whether nothing stands for the body of a head; code that was only not indented does not make it bare."""
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


def _apart(text: str) -> tuple[Source, ...] | None:
    """Return fragments of several places, an empty line or something left out between them; None if one is broken."""
    parts = re.split(r"(\n(?:[ \t]*\n)+|\n[ \t]*\.\.\.[ \t]*\n)", text)
    if len(parts) > _MOST_PARTS:
        return None
    sources, line = [], 0
    for number, part in enumerate(parts):
        if number % 2 == 0 and part.strip():
            lead = len(part) - len(part.lstrip("\n"))
            padded = "\n" * line + "\n" * lead + textwrap.dedent(part.lstrip("\n"))
            found = next(
                (one for one in (_source(padded, 0), *(_source(*each) for each in _readings(padded))) if one),
                None,
            )
            if found is None:
                return None
            sources.append(found)
        line += part.count("\n")
    return tuple(sources) if len(sources) > 1 else None


def _fault(error: Exception) -> Fault:
    if isinstance(error, SyntaxError):
        return Fault(error.lineno or 1, f"this is no valid Python: {error.msg}")
    return Fault(1, "this is no Python that can be parsed")


def _is_excused(text: str, fault: Fault) -> bool:
    """Return whether the line holds a placeholder, or is in a Python newer than ours."""
    lines = text.split("\n")
    near = "\n".join(lines[max(0, fault.line - 2) : fault.line])
    if _PLACEHOLDER.search(near):
        return True
    newer = _NEWER.search(text) or "f-string" in fault.message
    return bool(newer) and not syntax_errors(text, "python")
