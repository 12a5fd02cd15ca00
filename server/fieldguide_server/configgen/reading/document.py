"""A config file as values and places: YAML, or JSON with comments."""

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum

from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.yaml import Path, Span, YamlDocument, YamlError, read_yaml


class Syntax(StrEnum):
    """How a config file is written."""

    YAML = "YAML"
    JSONC = "JSON"


@dataclass(frozen=True, slots=True)
class Parsed:
    """``value`` with its types, as a schema checks it; ``places`` knows the span of each key and value."""

    value: object = None
    places: YamlDocument = field(default_factory=YamlDocument)
    error: str = ""
    error_line: int = 1

    def span(self, path: Path) -> Span:
        """Return the key at ``path``, else its value, else those of the nearest parent that stands in the text."""
        for length in range(len(path), 0, -1):
            part = path[:length]
            found = self.places.keys.get(part) or self.places.values.get(part)
            if found is not None:
                return found
        return Span(1, 0, 1, 0)

    def value_span(self, path: Path) -> Span:
        """Return the value at ``path``."""
        return self.places.values.get(path) or self.span(path)


def parse(text: str, syntax: Syntax) -> Parsed:
    """Read a config file; what is wrong with it is in ``error`` with its line, and nothing is raised."""
    return _parse_jsonc(text) if syntax is Syntax.JSONC else _parse_yaml(text)


def _parse_yaml(text: str) -> Parsed:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and only needed here
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        # First within a budget: the loader below would follow anchors wherever they lead.
        places = read_yaml(text)
        yaml = YAML(typ="safe", pure=True)
        yaml.composer.warn_double_anchors = False
        return Parsed(yaml.load(text), places)
    except (YAMLError, ValueError, RecursionError) as error:
        told = error if isinstance(error, YamlError) else YamlError.of(error)
        return Parsed(error=str(told), error_line=told.line)


def _parse_jsonc(text: str) -> Parsed:
    plain = without_comments(text)
    try:
        value = json.loads(plain) if plain.strip() else {}
    except json.JSONDecodeError as error:
        return Parsed(error=error.msg, error_line=error.lineno)
    except RecursionError:
        return Parsed(error="it is nested too deeply")
    try:
        # JSON is YAML but for tabs, which may only stand between tokens.
        return Parsed(value, read_yaml(re.sub(r"\t", " ", plain)))
    except YamlError:
        return Parsed(value)
