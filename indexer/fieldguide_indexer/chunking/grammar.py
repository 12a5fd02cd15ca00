"""Tree-sitter behind one call: the source of a file in, what our query for its language captures out.

What counts as a definition in a language is written in ``queries/<language>.scm``: the capture's name is the kind
(``@function``, ``@class`` …), ``@name`` its name, ``@owner`` what qualifies it from outside (a Go receiver),
``@body`` where its head ends if no field says so. ``@comment`` and ``@decorator`` mark what may stand before a
definition, ``@doc`` a documentation string inside it. Of two patterns for one name the first in the file wins.
"""

import logging
from functools import cache
from importlib.resources import files
from time import thread_time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query, Tree
    from tree_sitter_language_pack import SupportedLanguage

Captures = dict[str, list["Node"]]

logger = logging.getLogger(__name__)

# Ordinary source takes a tenth of a second a megabyte; some grammars need minutes for nested nonsense.
_PARSE_SECONDS = 2.0
# Scanners that look far ahead ask for the same piece again and again: small pieces are the cheap ones.
_PIECE = 1_024

# Which parser and which queries serve a language; by default those of its own name.
_PARSERS = {"jsx": "javascript"}
_QUERIES = {
    "javascript": ("ecmascript", "javascript"),
    "jsx": ("ecmascript", "javascript"),
    "typescript": ("ecmascript", "typescript"),
    "tsx": ("ecmascript", "typescript"),
    "cpp": ("cpp", "c"),
    "objc": ("c", "objc"),
}


def matches(language: str, source: bytes) -> list[tuple[int, Captures]]:
    """Find all matches in a source, each with the place of its pattern in the query.

    Gives nothing for a language without queries, and for a source whose parse takes unreasonably long. Parser and
    cursor are made per call, so that any thread may call; both take broken source, and work without recursion.
    """
    grammar = _grammar(language)
    if grammar is None:
        return []
    from tree_sitter import QueryCursor  # noqa: PLC0415

    tree = _parse(grammar[0], source)
    return QueryCursor(grammar[1]).matches(tree.root_node) if tree else []


def syntax_errors(text: str, language: str) -> tuple[int, ...] | None:
    """Return the lines of a source, from 1, where its grammar stumbles; () when all of it parses.

    Args:
        text: The source.
        language: As ``detect_language`` names it.

    Returns:
        None where there is no grammar for the language, or its parse takes unreasonably long.
    """
    grammar = _grammar(language)
    tree = _parse(grammar[0], text.encode("utf-8", "replace")) if grammar else None
    if tree is None:
        return None
    found: set[int] = set()
    pending = [tree.root_node]
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            found.add(node.start_point.row + 1)
        elif node.has_error:
            pending += node.children
    return tuple(sorted(found))


def _parse(grammar: "Language", source: bytes) -> "Tree | None":
    """Return the tree of a source; None when its parse takes unreasonably long."""
    from tree_sitter import Parser  # noqa: PLC0415

    deadline = thread_time() + _PARSE_SECONDS
    try:
        # Only a source that is read piece by piece can be given up.
        return Parser(grammar).parse(
            lambda offset, _: source[offset : offset + _PIECE],
            progress_callback=lambda *_: thread_time() > deadline,
        )
    except ValueError:
        logger.info("Gave up parsing a source of %d bytes.", len(source))
        return None


@cache
def _grammar(language: str) -> "tuple[Language, Query] | None":
    # Only a language with a query is ever loaded: one grammar of the pack (COBOL) never returns.
    patterns = [_read_query(name) for name in _QUERIES.get(language, (language,))]
    if not all(patterns):
        return None
    # Imported here, with a hundred megabytes of grammars behind it, for processes that never parse.
    from tree_sitter import Query  # noqa: PLC0415
    from tree_sitter_language_pack import get_language  # noqa: PLC0415

    try:
        parser_language = get_language(cast("SupportedLanguage", _PARSERS.get(language, language)))
        return parser_language, Query(parser_language, "\n".join(patterns))
    except (LookupError, ValueError):
        # Another version of the pack may lack a grammar or name its nodes differently; files are then cut as text.
        logger.warning("The installed grammar for %s does not fit its query.", language, exc_info=True)
        return None


def _read_query(name: str) -> str:
    file = files("fieldguide_indexer.chunking").joinpath("queries", f"{name}.scm")
    # Names of languages come from documents; a strange one must not name a path.
    return file.read_text(encoding="utf-8") if name.isidentifier() and file.is_file() else ""
