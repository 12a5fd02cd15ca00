"""The explanation of a file: what it is for, what it defines, and who imports it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fieldguide_indexer import Definition, Reference
from fieldguide_server.assistant.git.history import Change
from fieldguide_server.assistant.offline.answer import (
    OfflineAnswer,
    change_sentence,
    citation_list,
    code_block,
    first_sentence,
    inline_code,
)
from fieldguide_server.assistant.passages.definitions import is_current, outermost
from fieldguide_server.assistant.passages.passage import Passage
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.types import Citation, Read, Retriever

_MAX_DEFINITIONS = 30
_MAX_USES = 10
_MAX_LOOKUPS = 8
_HEAD_LINES = 40
_FIRST_LINES = 12
# Files that are imported by the name of their folder.
_PACKAGE_STEMS = frozenset({"__init__", "index", "mod", "main", "lib"})
_PROSE = frozenset({"docs", "history"})
_OPENING = re.compile(
    r"^\s*(?:\"\"\"|'''|/\*+!?|//[/!]?|#+(?!!)|--+|;+|<!--|=begin|@moduledoc\s+\"\"\"|\*)\s*(.*)"
)
_LICENSE = re.compile(r"copyright|licen[sc]e|spdx|coding[:=]|eslint|noqa|pragma|<\?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileOutline:
    """The facts about a file.

    ``doc`` is the first sentence of its docstring; ``definitions`` are its public top-level definitions, and ``nested``
    counts those inside of others. ``imports`` are the lines of other files that import it, ``uses`` the lines that use
    its definitions if nothing imports it.
    """

    passage: Passage
    doc: str
    definitions: tuple[Definition, ...] = ()
    nested: int = 0
    imports: tuple[Reference, ...] = ()
    uses: tuple[Reference, ...] = ()

    def passages(self, read: Read) -> tuple[Passage, ...]:
        """Return the passages for a prompt: the head of the file, the beginning of each definition, and the uses."""
        lines = self.passage.lines
        path = self.passage.path
        passages = [Passage(path, 1, min(len(lines), _HEAD_LINES), lines)]
        for each in self.definitions:
            end = min(each.end_line, each.start_line + _FIRST_LINES)
            passages.append(Passage(path, each.start_line, end, lines, each.symbol, each.kind))
        for use in (*self.imports, *self.uses):
            other = split_lines(read(use.path) or "")
            passages.append(Passage(use.path, max(1, use.line - 2), min(len(other), use.line + 2), other))
        return tuple(passages)


def outline_file(passage: Passage, index: Retriever, read: Read) -> FileOutline:
    """Return what the index knows about a file, without what no longer agrees with the files."""
    lines = passage.lines
    current = [each for each in index.definitions_in(passage.path) if is_current(each, lines)]
    top_level = outermost(current)
    public = [each for each in top_level if not each.name.startswith("_")] or top_level
    imports = _current_uses(_imports(passage.path, public, index), read)
    uses = [] if imports else _current_uses(_uses(passage.path, public, index), read)
    nested = len(current) - len(top_level)
    return FileOutline(
        passage, _doc(lines), tuple(public[:_MAX_DEFINITIONS]), nested, tuple(imports), tuple(uses)
    )


def explain_file(outline: FileOutline, change: Change | None) -> OfflineAnswer:
    """Return what is known about a file, as Markdown with citations."""
    parts = ["This is what the index knows.", *_introduction(outline, change)]
    cited = [_head(outline.passage)]
    for title, items in _lists(outline):
        if items:
            parts.append(citation_list(title, items))
            cited += [citation for citation, _ in items]
    if not outline.imports and not outline.uses:
        parts.append("No import of it was found in this workspace.")
    return OfflineAnswer("\n\n".join(parts), tuple(dict.fromkeys(cited)))


def _introduction(outline: FileOutline, change: Change | None) -> Iterator[str]:
    passage = outline.passage
    nested = f" and {outline.nested} nested ones" if outline.nested else ""
    size = f"{len(passage.lines)} lines, {len(outline.definitions)} top-level definitions{nested}"
    yield f"### {inline_code(passage.path)}: {size}"
    if outline.doc:
        yield outline.doc
    if change:
        yield change_sentence(change)
    if not outline.definitions:
        head = _head(passage)
        yield f"It begins with [{head}]:\n{code_block(passage.lines[: head.end_line])}"


def _head(passage: Passage) -> Citation:
    return Citation(passage.path, 1, min(len(passage.lines), _FIRST_LINES))


def _lists(outline: FileOutline) -> Iterator[tuple[str, list[tuple[Citation, str]]]]:
    """Yield the lists of an answer: a title, and citations with their Markdown."""
    yield "It defines:", [_definition_item(each) for each in outline.definitions]
    yield "Imported at:", [_use_item(use) for use in outline.imports]
    yield "Its definitions are used at:", [_use_item(use) for use in outline.uses]


def _imports(path: str, definitions: Sequence[Definition], index: Retriever) -> list[Reference]:
    """Return the import lines of other files that name the file, else those that name its definitions."""
    pure = PurePosixPath(path)
    module = pure.parent.name if pure.stem in _PACKAGE_STEMS else pure.stem
    found = _import_lines(module, path, index)
    for each in () if found else definitions[:_MAX_LOOKUPS]:
        found += _import_lines(each.name, path, index)
    return found


def _import_lines(name: str, path: str, index: Retriever) -> list[Reference]:
    return [use for use in index.lookup(name).references if use.usage == "import" and use.path != path]


def _uses(path: str, definitions: Sequence[Definition], index: Retriever) -> list[Reference]:
    found = [use for each in definitions[:_MAX_LOOKUPS] for use in index.lookup(each.name).references]
    return [use for use in found if use.path != path and use.role not in _PROSE]


def _current_uses(uses: Sequence[Reference], read: Read) -> list[Reference]:
    """Return one line of each file, code before tests, without lines that have changed."""
    by_file: dict[str, Reference] = {}
    for use in sorted(uses, key=lambda each: each.role != "code"):
        if use.path in by_file or len(by_file) == _MAX_USES:
            continue
        lines = split_lines(read(use.path) or "")
        if use.line <= len(lines) and use.text[:40] in lines[use.line - 1]:
            by_file[use.path] = use
    return list(by_file.values())


def _doc(lines: Sequence[str]) -> str:
    """Return the first sentence of the comment, docstring or heading at the beginning of a file."""
    for at, line in enumerate(lines[:_HEAD_LINES]):
        opening = _OPENING.match(line)
        if line.strip() and not opening and at:
            return ""
        text = opening[1].strip() if opening else ""
        if sum(map(str.isalpha, text)) > 8 and not _LICENSE.search(text):
            more = [
                re.sub(r"^\s*(?:\*|#+|//+|--)?\s?", "", following) for following in lines[at + 1 : at + 6]
            ]
            return first_sentence(re.split(r"\"\"\"|\*/|-->|\n\s*\n", clean("\n".join([text, *more])))[0])
    return ""


def _definition_item(definition: Definition) -> tuple[Citation, str]:
    doc = f" — {clean(first_sentence(definition.doc))}" if definition.doc else ""
    citation = Citation(definition.path, definition.start_line, definition.end_line)
    return citation, f"{inline_code(definition.signature or definition.symbol)}{doc}"


def _use_item(use: Reference) -> tuple[Citation, str]:
    return Citation(use.path, use.line, use.line), inline_code(use.text)
