"""A config file as it is read, and where in its text things stand."""

import re
from dataclasses import dataclass

from fieldguide_server.configgen.reading.document import Parsed
from fieldguide_server.configgen.reading.yaml import Path, Span
from fieldguide_server.configgen.targets.base import Target

BLOCK = re.compile(r"[|>][-+\d]*\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Source:
    """A config file as it is read: its path, its text, and what the text says."""

    path: str
    text: str
    parsed: Parsed
    target: Target

    def line(self, number: int) -> str:
        """Return a line of the text, 1-based; "" beyond its end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def whole_line(self, number: int) -> Span:
        """Return a line from its first to its last character."""
        text = self.line(number)
        return Span(number, len(text) - len(text.lstrip()), number, len(text.rstrip()))

    def text_span(self, path: Path, offset: int, wanted: str) -> Span:
        """Return where ``wanted`` stands: on line ``offset`` of the text at ``path``, else anywhere in that value."""
        place = self.parsed.value_span(path)
        for number in (place.line + 1 + offset, *range(place.line, place.end_line + 1)):
            column = self.line(number).find(wanted)
            if wanted and column >= 0:
                return Span(number, column, number, column + len(wanted))
        # What was read may be written otherwise: an expression, say, or a folded line.
        is_block = BLOCK.search(self.line(place.line)) and place.line + 1 + offset < place.end_line
        return self.whole_line(place.line + 1 + offset) if is_block and wanted else self.parsed.span(path)

    def slice(self, span: Span) -> str:
        """Return the text of a span; of several lines the first."""
        if span.line != span.end_line:
            return self.line(span.line)[span.start :]
        return self.line(span.line)[span.start : span.end]
