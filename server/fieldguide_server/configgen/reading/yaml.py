"""Reads untrusted YAML into plain values, with the position of every key and within a limited number of nodes.

The parser's own constructors are not used: they expand anchors and merge keys without limit.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ruamel.yaml.scanner import Scanner

MAX_NODES = 20_000
MAX_NESTING = 40
MERGE = "tag:yaml.org,2002:merge"
Path = tuple[str | int, ...]


class YamlError(ValueError):
    """The text is not YAML, or it expands beyond the limits; ``line`` is the 1-based line of the error."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line

    @classmethod
    def of(cls, error: Exception) -> "YamlError":
        """Return the error of a parser with the position where it stopped, rather than where the construct began."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        text = getattr(error, "problem", None) or next(
            iter(str(error).splitlines()), "it is nested too deeply"
        )
        return cls(str(text), mark.line + 1 if mark is not None else 1)


@dataclass(frozen=True, slots=True)
class Span:
    """A range of text: 1-based lines, 0-based columns in characters; the end is exclusive."""

    line: int
    start: int
    end_line: int
    end: int

    def holds(self, line: int, column: int) -> bool:
        """Return whether a position lies in the range or at its end."""
        return (self.line, self.start) <= (line, column) <= (self.end_line, self.end)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A document whose scalars are strings, with the line and span of each key and the span of each value."""

    value: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """Return the 1-based line of the key or value at ``path``, else that of its nearest parent."""
        for length in range(len(path), 0, -1):
            if (found := self.lines.get(path[:length])) is not None:
                return found
        return 1


class Node(Protocol):
    """A node of the parser; ``id`` is "scalar", "sequence" or "mapping"."""

    id: str
    tag: str
    value: Any
    start_mark: Any
    end_mark: Any


@dataclass(slots=True)
class _Reader:
    lines: dict[Path, int] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    nodes_left: int = MAX_NODES

    def read(self, node: Node, path: Path) -> object:
        self.nodes_left -= 1
        if self.nodes_left < 0 or len(path) > MAX_NESTING:
            raise YamlError("it expands to too many nodes")
        self.lines.setdefault(path, node.start_mark.line + 1)
        self.values.setdefault(path, _span(node))
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return str(node.value)

    def _mapping(self, node: Node, path: Path) -> dict[str, object]:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        for key, value in node.value:
            if key.tag == MERGE or key.value == "<<":
                self._merge(value, path, merged)
            elif key.id == "scalar":
                self.lines[(*path, str(key.value))] = key.start_mark.line + 1
                self.keys[(*path, str(key.value))] = _span(key)
                own[str(key.value)] = self.read(value, (*path, str(key.value)))
        return merged | own

    def _merge(self, value: Node, path: Path, merged: dict[str, object]) -> None:
        for source in value.value if value.id == "sequence" else [value]:
            found = self.read(source, (*path, "<<"))
            if isinstance(found, dict):
                merged.update({key: item for key, item in found.items() if key not in merged})


def _span(node: Node) -> Span:
    start, end = node.start_mark, node.end_mark
    return Span(start.line + 1, start.column, end.line + 1, end.column)


@cache
def _bounded_scanner() -> "type[Scanner]":
    """Return a scanner that stops at the first collection that is nested too deeply.

    The parser scans ahead, and its work for each token grows with the number of open brackets.
    """
    from ruamel.yaml.scanner import Scanner  # noqa: PLC0415 - as below

    class BoundedScanner(Scanner):
        def fetch_more_tokens(self) -> None:
            super().fetch_more_tokens()
            # The innermost collection may be empty: then no path is longer than the limit.
            if self.flow_level + len(self.indents) > MAX_NESTING + 1:
                raise YamlError("it is nested too deeply", self.reader.get_mark().line + 1)

    return BoundedScanner


def read_yaml(text: str) -> YamlDocument:
    """Parse the first document of ``text``.

    Raises:
        YamlError: The text does not parse, is nested too deeply, or expands to too many nodes.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and few repositories need it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = _bounded_scanner()
        # Setting an anchor twice is allowed; the parser would print a warning to stderr.
        yaml.composer.warn_double_anchors = False
        root = yaml.compose(text)
        if root is None:
            return YamlDocument()
        reader = _Reader()
        return YamlDocument(reader.read(root, ()), reader.lines, reader.keys, reader.values)
    except YamlError:
        raise
    except (YAMLError, ValueError, RecursionError) as error:
        raise YamlError.of(error) from error
