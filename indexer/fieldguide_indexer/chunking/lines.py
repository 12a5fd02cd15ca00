"""A text as lines, each run of which knows how many tokens it has."""

from dataclasses import dataclass

from fieldguide_indexer.tokens import fits, tokens_before_lines

MAX_TOKENS = 512
# How far the count of a run inside its text may be from the count of the run alone.
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class Lines:
    r"""The lines of a text, without their ends.

    Runs of lines are half-open and counted from 0, as slices are. ``text`` is the whole text with ``\n`` as the
    only end of line; ``before[n]`` is the number of tokens that start before line n.
    """

    text: str
    rows: list[str]
    before: list[int]

    @classmethod
    def of(cls, text: str) -> "Lines":
        r"""Split a text at ``\n``, ``\r\n`` and ``\r``, as editors do."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return cls(text, text.split("\n"), tokens_before_lines(text))

    def __len__(self) -> int:
        return len(self.rows)

    def slice(self, start: int, end: int) -> str:
        """Return the text of a run of lines."""
        return "\n".join(self.rows[start:end])

    def tokens(self, start: int, end: int) -> int:
        """Return how many tokens a run of lines has, give or take a few at its ends."""
        return self.before[end] - self.before[start]

    def fits(self, start: int, end: int) -> bool:
        """Return whether a run of lines has at most ``MAX_TOKENS`` tokens, exactly."""
        tokens = self.tokens(start, end)
        if abs(tokens - MAX_TOKENS) > _MARGIN:
            return tokens < MAX_TOKENS
        return fits(self.slice(start, end), MAX_TOKENS)

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """Leave the blank lines off both ends of a run; an empty run is what remains of blank lines alone."""
        rows = self.rows
        while start < end and not rows[start].strip():
            start += 1
        while end > start and not rows[end - 1].strip():
            end -= 1
        return start, end

    def blank(self, start: int, end: int) -> bool:
        """Return whether a run holds nothing but white space."""
        return not any(row.strip() for row in self.rows[start:end])
