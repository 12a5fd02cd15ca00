"""A text as lines, with token counts for any range of lines."""

from dataclasses import dataclass

from fieldguide_indexer.tokens import fits, tokens_before_lines

MAX_TOKENS = 512
# Maximum difference between the count of a range inside of its text and the count of the range alone.
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class Lines:
    r"""The lines of a text, without their ends.

    Ranges of lines are half-open from 0, like slices. ``text`` is the complete text with ``\n`` as the
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
        """Return the text of a range of lines."""
        return "\n".join(self.rows[start:end])

    def tokens(self, start: int, end: int) -> int:
        """Return the approximate number of tokens of a range of lines; it may differ by a few at its ends."""
        return self.before[end] - self.before[start]

    def fits(self, start: int, end: int) -> bool:
        """Return whether a range of lines has at most ``MAX_TOKENS`` tokens, exactly."""
        tokens = self.tokens(start, end)
        if abs(tokens - MAX_TOKENS) > _MARGIN:
            return tokens < MAX_TOKENS
        return fits(self.slice(start, end), MAX_TOKENS)

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """Return the range without blank lines at both ends; an empty range if all lines are blank."""
        rows = self.rows
        while start < end and not rows[start].strip():
            start += 1
        while end > start and not rows[end - 1].strip():
            end -= 1
        return start, end

    def blank(self, start: int, end: int) -> bool:
        """Return whether a range contains only white space."""
        return not any(row.strip() for row in self.rows[start:end])
