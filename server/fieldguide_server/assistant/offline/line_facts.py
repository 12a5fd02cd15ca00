"""Explaining lines of a file: what the index knows about them, and the answer made of it without a model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldguide_indexer import Definition, Reference
from fieldguide_server.assistant.git.history import Change, last_change
from fieldguide_server.assistant.offline.answer import OfflineAnswer, fenced, first_sentence
from fieldguide_server.assistant.offline.complexity import shape
from fieldguide_server.assistant.offline.config_keys import KeyUse, code_of, docs_of, key_at
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.text.terms import code_names
from fieldguide_server.assistant.types import Citation, Read, Retriever

_PREFACE = "This is what the index knows."
_MOST_LINES = 40
_MOST_REFERENCES = 5
_MOST_NAMES = 8
_MOST_LOOKUPS = 40
_MOST_DEFINITIONS = 40

# The purpose of a reference, and the title over those that share it; in the order they are told.
_USES = {
    "call": "Called at:",
    "test": "Named by tests at:",
    "docs": "Mentioned by docs at:",
    "mention": "Also named at:",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Lines to explain.

    ``definition`` is the one they belong to, None outside of all; ``inner`` the definitions within them; ``uses``
    where it is named elsewhere; ``names`` the definitions of the names in the lines. ``key`` is the key of a config
    file that the first line sets, ``key_uses`` the lines of docs and code that name it. ``change`` is the last commit.
    """

    passage: Passage
    definition: Definition | None = None
    inner: tuple[Definition, ...] = ()
    uses: tuple[Reference, ...] = ()
    names: tuple[Definition, ...] = ()
    key: tuple[str, ...] = ()
    key_uses: tuple[tuple[str, KeyUse], ...] = ()
    change: Change | None = None


def study(passage: Passage, index: Retriever, read: Read, folder: Path) -> Subject:
    """Ask the index and git about the lines; what they tell is kept only where the files still say so."""
    known = [one for one in index.definitions_in(passage.path) if _stands(one, passage.lines)]
    definition = _enclosing(passage, known)
    inner = [one for one in known if one != definition and _begins_in(one, passage)]
    uses = _uses(definition, index, read) if definition else []
    names = _names(passage, definition, index, read)
    key = key_at(passage.path, passage.lines, passage.start)
    told = [("Docs say of it:", use) for use in docs_of(key, index, read)] if key else []
    told += [("Code reads it at:", use) for use in code_of(key, index, read)] if key else []
    start, end = (definition.start_line, definition.end_line) if definition else (passage.start, passage.end)
    return Subject(
        passage,
        definition,
        tuple(inner[:_MOST_DEFINITIONS]),
        tuple(uses),
        tuple(names),
        key,
        tuple(told),
        last_change(folder, passage.path, passage.lines, start, end),
    )


def _enclosing(passage: Passage, known: Sequence[Definition]) -> Definition | None:
    """Return the smallest definition around the lines; else the one that begins in them, if there is only one outermost."""
    around = [one for one in known if one.start_line <= passage.start and passage.end <= one.end_line]
    if around:
        return min(around, key=lambda one: one.end_line - one.start_line)
    begun = [one for one in known if _begins_in(one, passage)]
    outer = [one for one in begun if not any(_holds(other, one) for other in begun)]
    return outer[0] if len(outer) == 1 else None


def _begins_in(definition: Definition, passage: Passage) -> bool:
    return definition.path == passage.path and passage.start <= definition.start_line <= passage.end


def _holds(outer: Definition, inner: Definition) -> bool:
    return outer is not inner and outer.start_line <= inner.start_line and inner.end_line <= outer.end_line


def _uses(definition: Definition, index: Retriever, read: Read) -> list[Reference]:
    """Return the first few uses of each kind, so that many tests do not hide the one caller."""
    uses: list[Reference] = []
    left = dict.fromkeys(_USES, _MOST_REFERENCES)
    for use in index.lookup(definition.name).references:
        inside = use.path == definition.path and definition.start_line <= use.line <= definition.end_line
        if (
            left[use.purpose]
            and not inside
            and definition.name in _line(split_lines(read(use.path) or ""), use.line)
        ):
            left[use.purpose] -= 1
            uses.append(use)
    return uses


def _names(passage: Passage, definition: Definition | None, index: Retriever, read: Read) -> list[Definition]:
    found: list[Definition] = []
    for name in code_names("\n".join(passage.cited))[:_MOST_LOOKUPS]:
        elsewhere = [
            one
            for one in index.lookup(name).definitions
            if one != definition and not _begins_in(one, passage)
        ]
        if elsewhere and _stands(elsewhere[0], split_lines(read(elsewhere[0].path) or "")):
            found.append(elsewhere[0])
        if len(found) == _MOST_NAMES:
            break
    return found


def _stands(definition: Definition, lines: Sequence[str]) -> bool:
    """Return whether the definition still begins where the index has it; decorators may come before its name."""
    begin = definition.start_line
    return definition.end_line <= len(lines) and any(
        definition.name in _line(lines, number)
        for number in range(begin, min(begin + 8, definition.end_line + 1))
    )


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 1 <= number <= len(lines) else ""


def related(subject: Subject, read: Read) -> tuple[Passage, ...]:
    """Return the passages for a prompt, the lines themselves first."""
    files = {subject.passage.path: subject.passage.lines}

    def passage(path: str, start: int, end: int, symbol: str = "") -> Passage:
        if path not in files:
            files[path] = split_lines(read(path) or "")
        lines = files[path]
        return Passage(path, max(1, start), min(end, len(lines)), lines, symbol)

    around = (subject.definition,) if subject.definition else ()
    symbol = subject.definition.symbol if subject.definition else ""
    definitions = [
        passage(one.path, one.start_line, min(one.end_line, one.start_line + _MOST_LINES), one.symbol)
        for one in (*around, *subject.names)
    ]
    places = [(use.path, use.line) for use in subject.uses]
    places += [(use.citation.path, use.citation.start_line) for _, use in subject.key_uses]
    uses = [passage(path, line - 3, line + 3) for path, line in places]
    return (replace(subject.passage, symbol=symbol), *definitions, *uses)


def explanation(subject: Subject) -> OfflineAnswer:
    """Return what the index knows about the lines, as Markdown with citations."""
    passage = subject.passage
    here = Citation(passage.path, passage.start, min(passage.end, passage.start + _MOST_LINES - 1))
    parts, cited = [_PREFACE, *_head(subject)], [here]
    if subject.definition:
        cited.append(_place(subject.definition))
    parts.append(f"The lines [{here}]:\n{fenced(passage.lines[here.start_line - 1 : here.end_line])}")
    for title, places in _lists(subject):
        if places:
            parts.append("\n".join([title, *(f"- [{place}]: `{_code(text)}`" for place, text in places)]))
            cited += [place for place, _ in places]
    return OfflineAnswer("\n\n".join(parts), tuple(dict.fromkeys(cited)))


def _head(subject: Subject) -> list[str]:
    """Return what the lines are: the definition around them with its signature and doc, or the key they set; its last change."""
    definition, parts = subject.definition, []
    if definition:
        parts.append(
            f"### `{_code(definition.symbol)}`, a {definition.kind} defined at [{_place(definition)}]"
        )
        parts += [fenced(definition.signature.split("\n"))] if definition.signature else []
        parts += [first_sentence(definition.doc)] if definition.doc else []
        parts.append(shape(subject.passage.lines[definition.start_line - 1 : definition.end_line]))
    elif subject.key:
        nothing = "" if subject.key_uses else " No docs and no code of this workspace name it."
        parts.append(f"### The key `{_code('.'.join(subject.key))}`{nothing}")
    return [*parts, *last_changed(subject.change)]


def last_changed(change: Change | None) -> list[str]:
    """Return a sentence on a commit, none if there is none."""
    if change is None:
        return []
    return [
        f"Last changed on {change.day} by {_code(change.author)}: `{_code(change.summary)}` ({change.commit})."
    ]


def _place(definition: Definition) -> Citation:
    return Citation(definition.path, definition.start_line, definition.end_line)


def _lists(subject: Subject) -> list[tuple[str, list[tuple[Citation, str]]]]:
    return [
        ("Defined in these lines:", [_listed(one) for one in subject.inner]),
        *(
            (title, [_used(use) for use in subject.uses if use.purpose == purpose])
            for purpose, title in _USES.items()
        ),
        *(
            (title, [(use.citation, use.text) for kind, use in subject.key_uses if kind == title])
            for title in dict.fromkeys(kind for kind, _ in subject.key_uses)
        ),
        ("Names in these lines, and where they are defined:", [_listed(one) for one in subject.names]),
    ]


def _used(use: Reference) -> tuple[Citation, str]:
    place = f"{use.within}: {use.text}" if use.within else use.text
    return Citation(use.path, use.line, use.line), place


def _listed(definition: Definition) -> tuple[Citation, str]:
    return _place(definition), definition.signature or f"{definition.kind} {definition.symbol}"


def _code(text: str) -> str:
    return " ".join(clean(text).replace("`", "'").split())[:160]
