"""The text of a hover card, in at most twelve lines.

For a name: its best definition, where that is, and how often it is used. For a key of a config file: the evidence for
its line, and what it means.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lsprotocol import types

from fieldguide_indexer import Definition, Lookup
from fieldguide_server.hover_cards.symbol_at import Name, NameStyle
from fieldguide_server.lsp.convert import uri_of

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.types import Hover
    from fieldguide_server.configgen.types import Evidence

# With the fence, the place and other definitions: twelve lines at most.
_SIGNATURE_LINES = 3
_DOC_LINES = 3
_ALSO = 2
_EVIDENCE_LINES = 6
_LONGEST_VALUE = 100
# The index counts no more references than this.
_MOST_COUNTED = 100
_FENCES = {"py": "python", "ts": "typescript", "js": "javascript", "rs": "rust", "rb": "ruby", "kt": "kotlin"}
_RELATED = (
    "js jsx mjs cjs ts tsx mts cts vue svelte",
    "c h cc cpp cxx hh hpp hxx m mm cu",
    "py pyi pyx",
    "kt kts java",
)
_FAMILY = {suffix: group for group in _RELATED for suffix in group.split()}
# A code span of one line that has no link even if Markdown reads it as text; or what begins code, a link or HTML.
_CODE_OR_MARK = re.compile(
    r"(?<!`)(?P<code>(?P<ticks>`{1,2})(?!`)(?:(?!\]\s*[(:\[]|<[^<>`:@=]*[:@=])[^`])+(?P=ticks)(?!`))|[\\`\[\]<]"
)
_NO_TYPES = frozenset({"function", "method", "variable"})


@dataclass(frozen=True, slots=True)
class CursorPlace:
    """The location of the cursor: a line, from 1, of a file of a workspace folder."""

    folder: Path
    path: str
    line: int


def name_card(name: Name, lookup: Lookup, here: CursorPlace, kind: types.MarkupKind, links: str = "") -> str:
    """Return the card of a name; "" if it has no definition, or is probably not a name.

    Definitions around or before the cursor in the same file come first, then others of the file, then of the language.

    Args:
        name: The name under the cursor.
        lookup: Its definitions and references.
        here: Where the cursor is.
        kind: Markdown or plain text.
        links: Links to commands of the client, put in the line of the definition's place.
    """
    matches = sorted(_matches(name, lookup.definitions, here), key=lambda each: _distance(each, here))
    if not matches:
        return ""
    best, *others = matches
    markdown = kind == types.MarkupKind.Markdown
    lines = [*_signature(best, markdown=markdown), *_doc(best, markdown=markdown)]
    symbol = _span(best.symbol) if markdown else best.symbol
    owner = f"{symbol} in " if best.symbol not in ("", best.name) else ""
    lines.append(
        f"{owner}{_place(best, here.folder, markdown=markdown)} · {_count(len(lookup.references))}{links}"
    )
    if others:
        more = f" and {len(others) - _ALSO} more" if len(others) > _ALSO else ""
        also = ", ".join(_place(each, here.folder, markdown=markdown) for each in others[:_ALSO])
        lines += ["", f"Also {also}{more}"] if markdown else [f"Also {also}{more}"]
    return "\n".join(lines)


def key_card(found: "Hover", folder: Path, kind: types.MarkupKind) -> str:
    """Return the card of a key of a config file.

    The evidence comes first, since the editor may know the schema and show its own card for the key's meaning.
    """
    markdown = kind == types.MarkupKind.Markdown
    reasons = [_reason(item, folder, markdown=markdown) for item in found.evidence]
    lines = reasons[:_EVIDENCE_LINES]
    if len(reasons) > len(lines):
        lines.append(f"{'- ' if markdown else ''}and {len(reasons) - len(lines)} more")
    title = f"**{_inert(found.title)}**" if markdown else found.title
    if found.description:
        sentence = re.split(r"(?<=[.!?])\s", found.description, maxsplit=1)[0]
        lines += [*([""] if lines else []), f"{title}: {sentence}"]
    return "\n".join(lines)


def _reason(item: "Evidence", folder: Path, *, markdown: bool) -> str:
    value = " ".join(item.value.split())[:_LONGEST_VALUE]
    place = _link(item.path, item.line, folder, markdown=markdown)
    return f"- {_span(value)} from {place}" if markdown else f"{value} from {place}"


def _matches(name: Name, definitions: Sequence[Definition], here: CursorPlace) -> list[Definition]:
    """Return the definitions that the name may refer to: a word of prose rarely refers to a name that equals it."""
    if name.is_distinct or name.style is NameStyle.MARKED:
        return list(definitions)
    if name.style is NameStyle.CODE:
        # A keyword of this language may be a name in another language.
        return [each for each in definitions if _family(each.path) == _family(here.path)]
    return [each for each in definitions if name.is_capitalized and each.kind not in _NO_TYPES]


def _distance(definition: Definition, here: CursorPlace) -> tuple[int, bool, int]:
    if definition.path != here.path:
        return (1 if _family(definition.path) == _family(here.path) else 2, False, 0)
    return 0, definition.start_line > here.line, abs(here.line - definition.start_line)


def _family(path: str) -> str:
    suffix = PurePosixPath(path).suffix[1:].lower()
    return _FAMILY.get(suffix, suffix)


def _signature(definition: Definition, *, markdown: bool) -> list[str]:
    text = definition.signature or f"{definition.kind} {definition.symbol or definition.name}"
    # Parameters on several lines were joined to one line.
    text = re.sub(r",?[ \t]+([)\]])", r"\1", re.sub(r"([(\[])[ \t]+", r"\1", text))
    lines = [line.rstrip() for line in text.splitlines() if line.strip()][:_SIGNATURE_LINES]
    if not markdown:
        return lines
    suffix = re.sub(r"\W.*", "", PurePosixPath(definition.path).suffix[1:], flags=re.DOTALL)
    return [f"```{_FENCES.get(suffix, suffix)}", *(line.replace("```", "'''") for line in lines), "```"]


def _doc(definition: Definition, *, markdown: bool) -> list[str]:
    """Return the first paragraph and an empty line, with links and images made inert: anybody may have written it."""
    paragraph = re.split(r"\n\s*\n", definition.doc.strip(), maxsplit=1)[0]
    lines = [line.strip() for line in paragraph.splitlines() if not line.lstrip().startswith("```")]
    if markdown:
        lines = [_inert(line) for line in lines]
    return [*lines[:_DOC_LINES], ""] if lines else []


def _place(definition: Definition, folder: Path, *, markdown: bool) -> str:
    return _link(definition.path, definition.start_line, folder, markdown=markdown)


def _link(path: str, line: int, folder: Path, *, markdown: bool) -> str:
    place = f"{path}:{line}"
    if not markdown:
        return place
    # A code span, or __init__.py would be shown in bold.
    return f"[{_span(place)}]({uri_of(folder / path)}#L{line})"


def _inert(line: str) -> str:
    """Escape links, images and HTML in a line of a repository: links in a hover card may run commands."""
    return _CODE_OR_MARK.sub(lambda part: part["code"] or f"\\{part[0]}", line)


def _span(text: str) -> str:
    """Return a text as a code span of one line, whatever is in it."""
    shown = " ".join(text.split()).replace("`", "'")
    return f"`{shown}`"


def _count(number: int) -> str:
    if number > _MOST_COUNTED:
        return f"more than {_MOST_COUNTED} references"
    return "1 reference" if number == 1 else f"{number} references"
