"""The explanation of lines of a file: what the index and git know about them, and the offline answer made of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldguide_indexer import Definition, Reference
from fieldguide_server.assistant.git.history import Change, last_change
from fieldguide_server.assistant.offline.answer import (
    OfflineAnswer,
    change_sentence,
    citation_list,
    code_block,
    first_sentence,
    inline_code,
)
from fieldguide_server.assistant.offline.complexity import describe_size
from fieldguide_server.assistant.offline.config_keys import KeyUse, key_at, uses_in_code, uses_in_docs
from fieldguide_server.assistant.passages.definitions import is_current, outermost
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.terms import code_names
from fieldguide_server.assistant.types import Citation, Read, Retriever

_PREFACE = "This is what the index knows."
_MAX_LINES = 40
_MAX_USES = 5
_MAX_NAMES = 8
_MAX_LOOKUPS = 40
_MAX_DEFINITIONS = 40

# The title for the references of each purpose, in the order of an answer.
_TITLES = {
    "call": "Called at:",
    "test": "Used in tests at:",
    "docs": "Mentioned in docs at:",
    "mention": "Also mentioned at:",
}


@dataclass(frozen=True, slots=True)
class LineFacts:
    """The facts about the lines of ``passage``.

    ``definition`` is the definition that they belong to, None outside of all; ``inner`` are the definitions in them;
    ``uses`` the references to the definition; ``names`` the definitions of the names in the lines. ``key`` is the key of
    a config file that the first line sets, with the keys above it; ``doc_uses`` and ``code_uses`` are the lines that
    mention it. ``change`` is the last commit that changed the lines.
    """

    passage: Passage
    definition: Definition | None = None
    inner: tuple[Definition, ...] = ()
    uses: tuple[Reference, ...] = ()
    names: tuple[Definition, ...] = ()
    key: tuple[str, ...] = ()
    doc_uses: tuple[KeyUse, ...] = ()
    code_uses: tuple[KeyUse, ...] = ()
    change: Change | None = None


def gather_facts(passage: Passage, index: Retriever, read: Read, folder: Path) -> LineFacts:
    """Return what the index and git know about lines, without what no longer agrees with the files."""
    current = [each for each in index.definitions_in(passage.path) if is_current(each, passage.lines)]
    definition = _definition_of(passage, current)
    inner = [each for each in current if each != definition and _begins_in(each, passage)]
    key = key_at(passage.path, passage.lines, passage.start)
    start, end = (definition.start_line, definition.end_line) if definition else (passage.start, passage.end)
    return LineFacts(
        passage,
        definition,
        tuple(inner[:_MAX_DEFINITIONS]),
        tuple(_uses(definition, index, read)) if definition else (),
        tuple(_names(passage, definition, index, read)),
        key,
        tuple(uses_in_docs(key, index, read)) if key else (),
        tuple(uses_in_code(key, index, read)) if key else (),
        last_change(folder, passage.path, passage.lines, start, end),
    )


def _definition_of(passage: Passage, definitions: Sequence[Definition]) -> Definition | None:
    """Return the smallest definition around the lines, else the only outermost one that begins in them."""
    around = [
        each for each in definitions if each.start_line <= passage.start and passage.end <= each.end_line
    ]
    if around:
        return min(around, key=lambda each: each.end_line - each.start_line)
    inside = outermost([each for each in definitions if _begins_in(each, passage)])
    return inside[0] if len(inside) == 1 else None


def _begins_in(definition: Definition, passage: Passage) -> bool:
    return definition.path == passage.path and passage.start <= definition.start_line <= passage.end


def _uses(definition: Definition, index: Retriever, read: Read) -> list[Reference]:
    """Return the first references of each purpose, so that many tests do not hide the only caller."""
    uses: list[Reference] = []
    remaining = dict.fromkeys(_TITLES, _MAX_USES)
    for use in index.lookup(definition.name).references:
        is_inside = use.path == definition.path and definition.start_line <= use.line <= definition.end_line
        if remaining[use.purpose] and not is_inside and definition.name in _current_line(use, read):
            remaining[use.purpose] -= 1
            uses.append(use)
    return uses


def _current_line(reference: Reference, read: Read) -> str:
    lines = split_lines(read(reference.path) or "")
    return lines[reference.line - 1] if 1 <= reference.line <= len(lines) else ""


def _names(passage: Passage, definition: Definition | None, index: Retriever, read: Read) -> list[Definition]:
    """Return the definitions of the first names in the lines that are defined elsewhere."""
    found: list[Definition] = []
    for name in code_names("\n".join(passage.cited))[:_MAX_LOOKUPS]:
        elsewhere = [
            each
            for each in index.lookup(name).definitions
            if each != definition and not _begins_in(each, passage)
        ]
        if elsewhere and is_current(elsewhere[0], split_lines(read(elsewhere[0].path) or "")):
            found.append(elsewhere[0])
        if len(found) == _MAX_NAMES:
            break
    return found


def related_passages(facts: LineFacts, read: Read) -> tuple[Passage, ...]:
    """Return the passages for a prompt: the lines themselves, then definitions, then uses."""
    files = {facts.passage.path: facts.passage.lines}

    def passage(path: str, start: int, end: int, symbol: str = "") -> Passage:
        if path not in files:
            files[path] = split_lines(read(path) or "")
        lines = files[path]
        return Passage(path, max(1, start), min(end, len(lines)), lines, symbol)

    around = (facts.definition,) if facts.definition else ()
    symbol = facts.definition.symbol if facts.definition else ""
    definitions = [
        passage(each.path, each.start_line, min(each.end_line, each.start_line + _MAX_LINES), each.symbol)
        for each in (*around, *facts.names)
    ]
    used_at = [(use.path, use.line) for use in facts.uses]
    used_at += [(use.citation.path, use.citation.start_line) for use in (*facts.doc_uses, *facts.code_uses)]
    uses = [passage(path, line - 3, line + 3) for path, line in used_at]
    return (replace(facts.passage, symbol=symbol), *definitions, *uses)


def explain_lines(facts: LineFacts) -> OfflineAnswer:
    """Return what is known about the lines, as Markdown with citations."""
    passage = facts.passage
    cited_lines = Citation(passage.path, passage.start, min(passage.end, passage.start + _MAX_LINES - 1))
    parts, cited = [_PREFACE, *_introduction(facts)], [cited_lines]
    if facts.definition:
        cited.append(_citation(facts.definition))
    parts.append(
        f"The lines [{cited_lines}]:\n{code_block(passage.lines[cited_lines.start_line - 1 : cited_lines.end_line])}"
    )
    for title, items in _lists(facts):
        if items:
            parts.append(citation_list(title, items))
            cited += [citation for citation, _ in items]
    return OfflineAnswer("\n\n".join(parts), tuple(dict.fromkeys(cited)))


def _introduction(facts: LineFacts) -> Iterator[str]:
    """Yield the definition around the lines with its signature and docstring, or the key they set; the last change."""
    definition = facts.definition
    if definition:
        symbol = inline_code(definition.symbol)
        yield f"### {symbol}, a {definition.kind} defined at [{_citation(definition)}]"
        if definition.signature:
            yield code_block(definition.signature.split("\n"))
        if definition.doc:
            yield first_sentence(definition.doc)
        yield describe_size(facts.passage.lines[definition.start_line - 1 : definition.end_line])
    elif facts.key:
        is_mentioned = facts.doc_uses or facts.code_uses
        unmentioned = "" if is_mentioned else " No docs and no code in this workspace mention it."
        yield f"### The key {inline_code('.'.join(facts.key))}{unmentioned}"
    if facts.change:
        yield change_sentence(facts.change)


def _citation(definition: Definition) -> Citation:
    return Citation(definition.path, definition.start_line, definition.end_line)


def _lists(facts: LineFacts) -> Iterator[tuple[str, list[tuple[Citation, str]]]]:
    """Yield the lists of an answer: a title, and citations with their Markdown."""
    yield "Defined in these lines:", [_definition_item(each) for each in facts.inner]
    for purpose, title in _TITLES.items():
        yield title, [_use_item(use) for use in facts.uses if use.purpose == purpose]
    yield "Documented at:", [(use.citation, inline_code(use.text)) for use in facts.doc_uses]
    yield "Read by code at:", [(use.citation, inline_code(use.text)) for use in facts.code_uses]
    yield "Names in these lines are defined at:", [_definition_item(each) for each in facts.names]


def _use_item(use: Reference) -> tuple[Citation, str]:
    text = f"{use.within}: {use.text}" if use.within else use.text
    return Citation(use.path, use.line, use.line), inline_code(text)


def _definition_item(definition: Definition) -> tuple[Citation, str]:
    text = definition.signature or f"{definition.kind} {definition.symbol}"
    return _citation(definition), inline_code(text)
