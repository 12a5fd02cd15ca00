"""Outline of prose: the sections of Markdown, reStructuredText and AsciiDoc by their headings."""

import re
from collections.abc import Callable, Iterator, Sequence

from fieldguide_indexer.chunking.layout import Block, Label, Outline
from fieldguide_indexer.chunking.lines import Lines

# A heading: its first row, its level (1 is the highest), its title.
Heading = tuple[int, int, str]

_MAX_SYMBOL = 300
# Above all headings: the complete page is a section with the title of its front matter.
_FRONT_LEVEL = 0
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]++(.*))?$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# Lines that cannot be a setext heading: list items, quotes, tables, rules, comments.
_NO_TITLE = re.compile(r"\s*(?:$|[-*+>|<]|\d+[.)]\s|#)")
_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")
_EQUALS = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_DELIMITER = re.compile(r"(-{4,}|\.{4,}|={4,}|/{4,}|\+{4,}|\|===)\s*$")
_FRONT_TITLE = re.compile(r"title\s*[:=](?P<title>.*)")
# Each repetition ends where the next match may begin, so that a line of nothing but brackets takes linear time.
_MARKUP = re.compile(r"!?\[([^\[\]]*)\]\([^)\[]*\)|<[^<>]+>|[*`]+")


def outline_headings(lines: Lines, language: str) -> Outline | None:
    """Return the outline of a document by its headings; None if its language has no headings.

    The symbol of a section is the path of its titles: ``Guide > Install``.
    """
    find = _FINDERS.get(language)
    if find is None:
        return None
    root = Block(0, len(lines), Label("section"))
    _add_sections(root, list(find(lines.rows)))
    return Outline(root)


def _add_sections(root: Block, headings: Sequence[Heading]) -> None:
    around: list[tuple[int, Block]] = []
    for row, level, title in headings:
        while around and around[-1][0] >= level:
            _close(around.pop()[1], row)
        parent = around[-1][1] if around else root
        section = Block(row, root.end, Label("section", _symbol(parent.label.symbol, title)))
        parent.children.append(section)
        around.append((level, section))
    while around:
        _close(around.pop()[1], root.end)


def _symbol(around: str, title: str) -> str:
    # A page often has its title twice: in the front matter and above its text.
    path = around if title == around else f"{around} > {title}" if around else title
    return path[:_MAX_SYMBOL]


def _close(section: Block, end: int) -> None:
    section.end = end
    section.weight = end - section.start


def _plain_title(title: str) -> str:
    return " ".join(_MARKUP.sub(r"\1", title).split())


def _without_quotes(value: str) -> str:
    value = value.strip()
    is_quoted = len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]
    return value[1:-1] if is_quoted else value


def _without_closing_marks(title: str) -> str:
    """Return a title without the ``#`` that may follow it."""
    title = title.rstrip(" \t")
    shorter = title.rstrip("#")
    return shorter if shorter[-1:] in (" ", "\t") else title


def _markdown(rows: Sequence[str]) -> Iterator[Heading]:
    """Yield the title in the front matter, and ``# Title`` and underlined titles outside of it and of code fences."""
    fence = ""
    start = _after_front_matter(rows)
    titles = (_without_quotes(found["title"]) for row in rows[:start] if (found := _FRONT_TITLE.match(row)))
    if title := _plain_title(next(titles, "")):
        yield 0, _FRONT_LEVEL, title
    for row in range(start, len(rows)):
        line = rows[row]
        opening = _FENCE.match(line)
        if fence:
            # Only a bare fence at least as long as the opening one closes it.
            if opening and opening[1].startswith(fence) and not line.strip(" `~\t"):
                fence = ""
        elif opening:
            fence = opening[1]
        elif atx := _ATX.match(line):
            yield row, len(atx[1]), _plain_title(_without_closing_marks(atx[2] or ""))
        elif row > start and (underline := _SETEXT.match(line)) and _is_title(rows, row - 1, start):
            yield row - 1, 1 if underline[1][0] == "=" else 2, _plain_title(rows[row - 1])


def _is_title(rows: Sequence[str], row: int, start: int) -> bool:
    """Return whether an underlined row is a title: a single line, not the end of a paragraph or a table."""
    return not _NO_TITLE.match(rows[row]) and (row == start or not rows[row - 1].strip())


def _after_front_matter(rows: Sequence[str]) -> int:
    mark = rows[0].strip()
    if mark in ("---", "+++"):
        for row in range(1, len(rows)):
            if rows[row].strip() == mark:
                return row + 1
    return 0


def _restructured_text(rows: Sequence[str]) -> Iterator[Heading]:
    """Yield titles with an underline, or a line above and below, of one punctuation mark; levels in order of appearance."""
    styles: list[str] = []
    for row in range(1, len(rows)):
        title, underline = rows[row - 1], _UNDERLINE.match(rows[row])
        if not underline or not title.strip() or _UNDERLINE.match(title):
            continue
        above = rows[row - 2].strip() if row > 1 else ""
        framed = above == rows[row].strip()
        if (
            len(rows[row].strip()) < len(title.rstrip())
            or (above and not framed)
            or title[0].isspace() > framed
        ):
            continue
        style = underline[1] + ("=" if framed else "")
        if style not in styles:
            styles.append(style)
        yield row - 2 if framed else row - 1, styles.index(style) + 1, _plain_title(title)


def _asciidoc(rows: Sequence[str]) -> Iterator[Heading]:
    """Yield ``== Title`` outside of delimited blocks."""
    block = ""
    for row, line in enumerate(rows):
        if delimiter := _DELIMITER.match(line):
            if not block:
                block = delimiter[1]
            elif block == delimiter[1]:
                block = ""
        elif not block and (heading := _EQUALS.match(line)):
            yield row, len(heading[1]), _plain_title(heading[2])


_FINDERS: dict[str, Callable[[Sequence[str]], Iterator[Heading]]] = {
    "markdown": _markdown,
    "rst": _restructured_text,
    "asciidoc": _asciidoc,
}
