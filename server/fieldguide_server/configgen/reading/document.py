"""Parses a config file, YAML or JSON with comments, into values and their positions in the text."""

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum

from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.yaml import Path, Span, YamlDocument, YamlError, read_yaml


class Syntax(StrEnum):
    """The syntax of a config file."""

    YAML = "YAML"
    JSONC = "JSON"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed config file.

    ``value`` has the types that a schema checks; ``places`` holds the span of each key and value. ``error`` is the
    parser's message, "" when there is none, and ``error_line`` its 1-based line.
    """

    value: object = None
    places: YamlDocument = field(default_factory=YamlDocument)
    error: str = ""
    error_line: int = 1

    def span(self, path: Path) -> Span:
        """Return the span of the key at ``path``, else of its value, else of the nearest parent that is in the text."""
        for length in range(len(path), 0, -1):
            part = path[:length]
            found = self.places.keys.get(part) or self.places.values.get(part)
            if found is not None:
                return found
        return Span(1, 0, 1, 0)

    def value_span(self, path: Path) -> Span:
        """Return the span of the value at ``path``, else the span of ``path`` itself."""
        return self.places.values.get(path) or self.span(path)


def parse(text: str, syntax: Syntax) -> Parsed:
    """Parse a config file. Nothing is raised: a syntax error is in ``error``, and its line in ``error_line``."""
    return _parse_jsonc(text) if syntax is Syntax.JSONC else _parse_yaml(text)


def _parse_yaml(text: str) -> Parsed:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and only needed here
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        # read_yaml limits the number of nodes; the loader below expands anchors without limit.
        places = read_yaml(text)
        yaml = YAML(typ="safe", pure=True)
        yaml.composer.warn_double_anchors = False
        return Parsed(yaml.load(text), places)
    except (YAMLError, ValueError, RecursionError) as error:
        problem = error if isinstance(error, YamlError) else YamlError.of(error)
        return Parsed(error=str(problem), error_line=problem.line)


def _parse_jsonc(text: str) -> Parsed:
    plain = without_comments(text)
    try:
        value = json.loads(plain) if plain.strip() else {}
    except json.JSONDecodeError as error:
        return Parsed(error=error.msg, error_line=error.lineno)
    except RecursionError:
        return Parsed(error="it is nested too deeply")
    try:
        # JSON is YAML except for tabs, which JSON allows between tokens only.
        return Parsed(value, read_yaml(re.sub(r"\t", " ", plain)))
    except YamlError:
        return Parsed(value)
