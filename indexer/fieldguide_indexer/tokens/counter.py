"""Counts of tokens. The vocabulary is read at the first count that needs it, once, and then kept."""

from functools import cache
from itertools import compress, count
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from fieldguide_indexer.tokens.vocabulary import SPLIT_PATTERN, read_tokens

if TYPE_CHECKING:
    import tiktoken

# Measured: Python 4.6, TypeScript 4.1, C 3.9, Go and Markdown 3.5.
_BYTES_PER_TOKEN = 4.0
# The tokenizer aborts on a run of white space of half a million characters. A run of twice a slice holds one
# whole slice, so looking at slices finds every run that long, at the price of one character each.
_SLICE = 50_000

_loading = Lock()


class _Vocabulary(NamedTuple):
    encoding: "tiktoken.Encoding"
    newlines: dict[int, int]


def count_tokens(text: str) -> int:
    """Count the tokens of a text; exact, special tokens counted as the plain text they are.

    Only a run of white space too long for the tokenizer itself is counted in slices (a token or so too many).
    """
    return len(_encode(text))


def fits(text: str, limit: int) -> bool:
    """Return whether a text has at most ``limit`` tokens. Short texts are judged without the vocabulary."""
    # A token is at least one byte, and a character at most four.
    if len(text) * 4 <= limit or len(text.encode("utf-8", "surrogatepass")) <= limit:
        return True
    return count_tokens(text) <= limit


def estimate_tokens(text: str) -> int:
    """Return a cheap guess at the number of tokens, within a third for ordinary code and English prose."""
    return round(len(text.encode("utf-8", "surrogatepass")) / _BYTES_PER_TOKEN)


def tokens_before_lines(text: str) -> list[int]:
    r"""Count, for each line of a text, the tokens that start before it; one more entry holds the total.

    Lines end with ``\n``. The difference of two entries is the count of the lines between them, give or take
    the few tokens that reach over a line's end.
    """
    newlines = _vocabulary().newlines
    tokens = _encode(text)
    starts = [0]
    # A hot loop, once over every token of a workspace: finding those with a line's end is left to C.
    for index in compress(count(), map(newlines.__contains__, tokens)):
        starts.extend((index + 1,) * newlines[tokens[index]])
    starts.append(len(tokens))
    return starts


def _encode(text: str) -> list[int]:
    encoding = _vocabulary().encoding
    slices = [text[start : start + _SLICE] for start in range(0, len(text), _SLICE)]
    if any(piece.isspace() for piece in slices[:-1]):
        return [token for piece in slices for token in encoding.encode_ordinary(piece)]
    return encoding.encode_ordinary(text)


def _vocabulary() -> _Vocabulary:
    # ``cache`` alone would let two threads load 80 MB each.
    with _loading:
        return _load()


@cache
def _load() -> _Vocabulary:
    # Imported here: importing the indexer must stay quick, and most commands count nothing.
    import tiktoken  # noqa: PLC0415

    tokens = read_tokens()
    ranks = dict(zip(tokens, count()))
    encoding = tiktoken.Encoding("o200k", pat_str=SPLIT_PATTERN, mergeable_ranks=ranks, special_tokens={})
    newlines = {ranks[token]: token.count(b"\n") for token in tokens if b"\n" in token}
    # The tokenizer has copied them and keeps this dictionary for nobody, 20 MB large.
    ranks.clear()
    return _Vocabulary(encoding, newlines)
