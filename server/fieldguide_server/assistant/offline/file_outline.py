"""A whole file: what it is for, what it offers, who imports it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fieldguide_indexer import Definition, Reference
from fieldguide_server.assistant.git.history import Change
from fieldguide_server.assistant.offline.answer import OfflineAnswer, fenced, first_sentence
from fieldguide_server.assistant.offline.line_facts import last_changed
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.types import Citation, Read, Retriever

_MOST_OFFERED = 30
_MOST_LISTED = 10
_MOST_LOOKED_UP = 8
_HEAD_LINES = 40
_FIRST_LINES = 12
_CONTAINERS = frozenset({"__init__", "index", "mod", "main", "lib"})
_OPENING = re.compile(
    r"^\s*(?:\"\"\"|'''|/\*+!?|//[/!]?|#+(?!!)|--+|;+|<!--|=begin|@moduledoc\s+\"\"\"|\*)\s*(.*)"
)
_LICENSE = re.compile(r"copyright|licen[sc]e|spdx|coding[:=]|eslint|noqa|pragma|<\?", re.IGNORECASE)
_CODE_ENDINGS = frozenset({".md", ".rst", ".txt"})


@dataclass(frozen=True, slots=True)
class Outline:
    """A file, its doc, its public definitions without those inside of others, and the lines that import or call it."""

    passage: Passage
    doc: str
    offered: tuple[Definition, ...] = ()
    inner: int = 0
    imports: tuple[Reference, ...] = ()
    uses: tuple[Reference, ...] = ()

    def passages(self, read: Read) -> tuple[Passage, ...]:
        """Return what a model is shown: the head of the file, the beginning of each definition, and the uses."""
        lines = self.passage.lines
        path = self.passage.path
        shown = [Passage(path, 1, min(len(lines), _HEAD_LINES), lines)]
        for one in self.offered:
            end = min(one.end_line, one.start_line + _FIRST_LINES)
            shown.append(Passage(path, one.start_line, end, lines, one.symbol, one.kind))
        for use in (*self.imports, *self.uses):
            other = split_lines(read(use.path) or "")
            shown.append(Passage(use.path, max(1, use.line - 2), min(len(other), use.line + 2), other))
        return tuple(shown)


def outline_of(passage: Passage, index: Retriever, read: Read) -> Outline:
    """Ask the index about a file; what it tells is kept only where the files still say so."""
    lines = passage.lines
    known = [one for one in index.definitions_in(passage.path) if _stands(one, lines)]
    outer = [one for one in known if not any(_holds(other, one) for other in known)]
    offered = [one for one in outer if not one.name.startswith("_")] or outer
    imports = _checked(_imports(passage.path, offered, index), read)
    uses = [] if imports else _checked(_calls(passage.path, offered, index), read)
    listed = tuple(offered[:_MOST_OFFERED])
    return Outline(passage, _doc(lines), listed, len(known) - len(outer), tuple(imports), tuple(uses))


def described(outline: Outline, change: Change | None) -> OfflineAnswer:
    """Return what the index knows about a file, as Markdown with citations."""
    passage = outline.passage
    head = Citation(passage.path, 1, min(len(passage.lines), _FIRST_LINES))
    size = f"{len(passage.lines)} lines, {len(outline.offered)} definitions of its own"
    inner = f", {outline.inner} inside of them" if outline.inner else ""
    parts = ["This is what the index knows.", f"### `{_code(passage.path)}`: {size}{inner}"]
    parts += [outline.doc] if outline.doc else []
    parts += last_changed(change)
    cited = [head]
    if not outline.offered:
        parts.append(f"It begins so [{head}]:\n{fenced(passage.lines[: head.end_line])}")
    lists = [
        ("It offers:", [_offer(one) for one in outline.offered]),
        ("Imported at:", [_used(use) for use in outline.imports]),
        ("What it offers is used at:", [_used(use) for use in outline.uses]),
    ]
    for title, places in lists:
        if places:
            parts.append("\n".join([title, *(f"- [{place}]: {text}" for place, text in places)]))
            cited += [place for place, _ in places]
    if not outline.imports and not outline.uses:
        parts.append("No file of this workspace was found to import it.")
    return OfflineAnswer("\n\n".join(parts), tuple(dict.fromkeys(cited)))


def _imports(path: str, offered: Sequence[Definition], index: Retriever) -> list[Reference]:
    """Import lines that name the file, else such lines that name what it offers."""
    pure = PurePosixPath(path)
    module = pure.parent.name if pure.stem in _CONTAINERS else pure.stem
    found = _import_lines(module, path, index)
    for one in () if found else offered[:_MOST_LOOKED_UP]:
        found += _import_lines(one.name, path, index)
    return found


def _import_lines(name: str, path: str, index: Retriever) -> list[Reference]:
    return [use for use in index.lookup(name).references if use.usage == "import" and use.path != path]


def _calls(path: str, offered: Sequence[Definition], index: Retriever) -> list[Reference]:
    found = [use for one in offered[:_MOST_LOOKED_UP] for use in index.lookup(one.name).references]
    return [use for use in found if use.path != path and PurePosixPath(use.path).suffix not in _CODE_ENDINGS]


def _checked(uses: Sequence[Reference], read: Read) -> list[Reference]:
    """Return one line of each file that uses, code before tests, if the line still stands there."""
    by_file: dict[str, Reference] = {}
    for use in sorted(uses, key=lambda one: one.role != "code"):
        if use.path in by_file or len(by_file) == _MOST_LISTED:
            continue
        lines = split_lines(read(use.path) or "")
        if use.line <= len(lines) and use.text[:40] in lines[use.line - 1]:
            by_file[use.path] = use
    return list(by_file.values())


def _doc(lines: Sequence[str]) -> str:
    """Return the first sentence of the comment or the heading that a file begins with."""
    for at, line in enumerate(lines[:_HEAD_LINES]):
        opened = _OPENING.match(line)
        if line.strip() and not opened and at:
            return ""
        text = opened[1].strip() if opened else ""
        if sum(map(str.isalpha, text)) > 8 and not _LICENSE.search(text):
            more = [re.sub(r"^\s*(?:\*|#+|//+|--)?\s?", "", one) for one in lines[at + 1 : at + 6]]
            return first_sentence(re.split(r"\"\"\"|\*/|-->|\n\s*\n", clean("\n".join([text, *more])))[0])
    return ""


def _stands(one: Definition, lines: Sequence[str]) -> bool:
    head = lines[one.start_line - 1 : min(one.start_line + 7, one.end_line)]
    return one.end_line <= len(lines) and any(one.name in line for line in head)


def _holds(outer: Definition, inner: Definition) -> bool:
    return outer is not inner and outer.start_line <= inner.start_line and inner.end_line <= outer.end_line


def _offer(one: Definition) -> tuple[Citation, str]:
    said = f" — {clean(first_sentence(one.doc))}" if one.doc else ""
    return Citation(one.path, one.start_line, one.end_line), f"`{_code(one.signature or one.symbol)}`{said}"


def _used(use: Reference) -> tuple[Citation, str]:
    return Citation(use.path, use.line, use.line), f"`{_code(use.text)}`"


def _code(text: str) -> str:
    return " ".join(clean(text).replace("`", "'").split())[:160]
