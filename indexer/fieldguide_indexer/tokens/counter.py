"""Token counts. The vocabulary is loaded at the first count that needs it, and kept."""

from functools import cache
from itertools import compress, count
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from fieldguide_indexer.tokens.vocabulary import SPLIT_PATTERN, read_tokens

if TYPE_CHECKING:
    import tiktoken

# Measured: Python 4.6, TypeScript 4.1, C 3.9, Go and Markdown 3.5.
_BYTES_PER_TOKEN = 4.0
# The tokenizer aborts on half a million consecutive white-space characters. Twice the length of a slice contains one
# complete slice, so checking slices finds every such sequence at little cost.
_SLICE = 50_000

_loading = Lock()


class _Vocabulary(NamedTuple):
    encoding: "tiktoken.Encoding"
    newlines: dict[int, int]


def count_tokens(text: str) -> int:
    """Return the exact number of tokens of a text. Special tokens count as plain text.

    Only white space that is too long for the tokenizer is counted in slices, which may add a token or two.
    """
    return len(_encode(text))


def fits(text: str, limit: int) -> bool:
    """Return whether a text has at most ``limit`` tokens. Short texts do not need the vocabulary."""
    # A token is at least one byte, and a character at most four.
    if len(text) * 4 <= limit or len(text.encode("utf-8", "surrogatepass")) <= limit:
        return True
    return count_tokens(text) <= limit


def estimate_tokens(text: str) -> int:
    """Return a fast estimate of the number of tokens, within a third for ordinary code and English prose."""
    return round(len(text.encode("utf-8", "surrogatepass")) / _BYTES_PER_TOKEN)


def tokens_before_lines(text: str) -> list[int]:
    r"""Return, for each line of a text, the number of tokens that start before it; one more entry is the total.

    Lines end with ``\n``. The difference of two entries is the count of the lines between them, except for
    tokens that span the end of a line.
    """
    newlines = _vocabulary().newlines
    tokens = _encode(text)
    starts = [0]
    # A hot loop over every token of a workspace: finding tokens with a line end is left to C code.
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
    # Imported here: importing the indexer must stay fast, and most commands count nothing.
    import tiktoken  # noqa: PLC0415

    tokens = read_tokens()
    ranks = dict(zip(tokens, count()))
    encoding = tiktoken.Encoding("o200k", pat_str=SPLIT_PATTERN, mergeable_ranks=ranks, special_tokens={})
    newlines = {ranks[token]: token.count(b"\n") for token in tokens if b"\n" in token}
    # The tokenizer has copied them and keeps this dictionary of 20 MB without using it.
    ranks.clear()
    return _Vocabulary(encoding, newlines)
