"""Interface to tree-sitter: from the source of a file to the captures of our query for its language.

The definitions of a language are specified in ``queries/<language>.scm``: the name of a capture is the kind
(``@function``, ``@class`` …), ``@name`` its name, ``@owner`` what qualifies it from outside (a Go receiver),
``@body`` its body if there is no such field. ``@comment`` and ``@decorator`` mark what may come before a
definition, ``@doc`` a documentation string inside of it. If two patterns match a name, the first in the file wins.
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

# Ordinary source takes 0.1 s per megabyte; some grammars take minutes for deeply nested invalid input.
_PARSE_SECONDS = 2.0
# Scanners that look far ahead request the same piece repeatedly: small pieces are cheaper.
_PIECE = 1_024

# Parsers and queries of languages for which they have another name.
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
    """Return all matches in a source, each with the index of its pattern in the query.

    Returns nothing for a language without queries, and for a source that takes too long to parse. Parser and
    cursor are created per call, so it is thread-safe; both accept invalid source and are not recursive.
    """
    grammar = _grammar(language)
    if grammar is None:
        return []
    from tree_sitter import QueryCursor  # noqa: PLC0415

    tree = _parse(grammar[0], source)
    return QueryCursor(grammar[1]).matches(tree.root_node) if tree else []


def syntax_errors(text: str, language: str) -> tuple[int, ...] | None:
    """Return the lines with syntax errors, from 1; () if there are none.

    Args:
        text: The source.
        language: As ``detect_language`` names it.

    Returns:
        None if there is no grammar for the language, or the parse takes too long.
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
    """Return the syntax tree of a source; None if the parse takes too long."""
    from tree_sitter import Parser  # noqa: PLC0415

    deadline = thread_time() + _PARSE_SECONDS
    try:
        # Only a parse that reads its source through a callback can be cancelled.
        return Parser(grammar).parse(
            lambda offset, _: source[offset : offset + _PIECE],
            progress_callback=lambda *_: thread_time() > deadline,
        )
    except ValueError:
        logger.info("Gave up parsing a source of %d bytes.", len(source))
        return None


@cache
def _grammar(language: str) -> "tuple[Language, Query] | None":
    # Only load languages with a query: loading one grammar of the pack (COBOL) never returns.
    patterns = [_read_query(name) for name in _QUERIES.get(language, (language,))]
    if not all(patterns):
        return None
    # Imported here because it takes a hundred megabytes, which most processes never need.
    from tree_sitter import Query  # noqa: PLC0415
    from tree_sitter_language_pack import get_language  # noqa: PLC0415

    try:
        parser_language = get_language(cast("SupportedLanguage", _PARSERS.get(language, language)))
        return parser_language, Query(parser_language, "\n".join(patterns))
    except (LookupError, ValueError):
        # Another version of the pack may lack a grammar or name its nodes differently; files are then split as text.
        logger.warning("The installed grammar for %s does not fit its query.", language, exc_info=True)
        return None


def _read_query(name: str) -> str:
    file = files("fieldguide_indexer.chunking").joinpath("queries", f"{name}.scm")
    # Names of languages come from documents and are untrusted: they must not contain a path.
    return file.read_text(encoding="utf-8") if name.isidentifier() and file.is_file() else ""
