"""A config file with its parsed document, and the places of values in its text."""

import re
from dataclasses import dataclass

from fieldguide_server.configgen.reading.document import Parsed
from fieldguide_server.configgen.reading.yaml import Path, Span
from fieldguide_server.configgen.targets.base import Target

BLOCK = re.compile(r"[|>][-+\d]*\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """A config file: its path, its text, and the parsed document."""

    path: str
    text: str
    parsed: Parsed
    target: Target

    def line(self, number: int) -> str:
        """Return a line of the text (from 1), "" after the last one."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def line_span(self, number: int) -> Span:
        """Return the span of a line without the space around it."""
        text = self.line(number)
        return Span(number, len(text) - len(text.lstrip()), number, len(text.rstrip()))

    def text_span(self, path: Path, offset: int, part: str) -> Span:
        """Return the span of ``part``: on line ``offset`` of the value at ``path``, or else anywhere in that value."""
        place = self.parsed.value_span(path)
        for number in (place.line + 1 + offset, *range(place.line, place.end_line + 1)):
            column = self.line(number).find(part)
            if part and column >= 0:
                return Span(number, column, number, column + len(part))
        # The text may differ from the value, for example in an expression or a folded line.
        is_block = BLOCK.search(self.line(place.line)) and place.line + 1 + offset < place.end_line
        return self.line_span(place.line + 1 + offset) if is_block and part else self.parsed.span(path)

    def slice(self, span: Span) -> str:
        """Return the text of a span; of several lines only the first."""
        if span.line != span.end_line:
            return self.line(span.line)[span.start :]
        return self.line(span.line)[span.start : span.end]
