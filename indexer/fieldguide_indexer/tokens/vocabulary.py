"""The o200k vocabulary as we carry it: every token in the order of its rank, each behind its length in one byte."""

import gzip
from importlib.resources import files
from itertools import count

DATA_FILE = "o200k_base.bin.gz"
# sha256 of the unpacked data: what ``build_data`` must make, whatever zlib packs it.
DATA_SHA256 = "bac143fe7fe950090c6e4ed9a2f80de5412a92495758b52becbbe5a7eea25ecb"

# How text is cut before the ranks merge it. Part of the vocabulary: another pattern gives other counts.
SPLIT_PATTERN = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)


def pack(tokens: list[bytes]) -> bytes:
    """Packs tokens, in the order of their ranks; none may be longer than 255 bytes."""
    return b"".join(bytes((len(token),)) + token for token in tokens)


def unpack(data: bytes) -> dict[bytes, int]:
    """Gives each token its rank."""
    ranks: dict[bytes, int] = {}
    position, rank = 0, count()
    while position < len(data):
        start = position + 1
        position = start + data[position]
        ranks[data[start:position]] = next(rank)
    return ranks


def read_ranks() -> dict[bytes, int]:
    """Reads the shipped vocabulary: about 200,000 tokens, a tenth of a second."""
    packed = files("fieldguide_indexer.tokens").joinpath(DATA_FILE).read_bytes()
    return unpack(gzip.decompress(packed))
