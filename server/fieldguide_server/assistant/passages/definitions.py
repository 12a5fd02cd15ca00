"""Definitions from the index, compared with the files as they are now."""

from collections.abc import Sequence

from fieldguide_indexer import Definition

# Decorators and comments may come before the name.
_HEAD_LINES = 8


def encloses(outer: Definition, inner: Definition) -> bool:
    """Return whether one definition of a file lies within another one."""
    return outer is not inner and outer.start_line <= inner.start_line and inner.end_line <= outer.end_line


def outermost(definitions: Sequence[Definition]) -> list[Definition]:
    """Return the definitions of a file that lie within no other one."""
    return [one for one in definitions if not any(encloses(other, one) for other in definitions)]


def innermost(definitions: Sequence[Definition]) -> list[Definition]:
    """Return the definitions of a file that enclose no other one."""
    return [one for one in definitions if not any(encloses(one, other) for other in definitions)]


def is_current(definition: Definition, lines: Sequence[str]) -> bool:
    """Return whether a definition still begins at the line that the index has, by its name in the first lines."""
    start = definition.start_line
    head = lines[start - 1 : min(start - 1 + _HEAD_LINES, definition.end_line)]
    return definition.end_line <= len(lines) and any(definition.name in line for line in head)
