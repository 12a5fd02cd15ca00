"""The o200k vocabulary in packed form: the tokens in order of rank, separated by a byte that occurs in none."""

import gzip
from importlib.resources import files

DATA_FILE = "o200k_base.bin.gz"
# sha256 of the unpacked data, independent of the version of zlib.
DATA_SHA256 = "75a984bf59dfb77b03d00f651cb144e88345efa853f75797f4fdb2eb674a1c7e"

# Tokens are pieces of UTF-8, which has no such byte, except the token for this very byte, which is stored as empty.
_END = b"\xff"

# The pattern that splits text before ranks are merged. Part of the vocabulary: another pattern changes the counts.
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
    """Return packed tokens; they are given in order of rank."""
    return _END.join(b"" if token == _END else token for token in tokens)


def unpack(data: bytes) -> list[bytes]:
    """Return the tokens in order of rank."""
    tokens = data.split(_END)
    tokens[tokens.index(b"")] = _END
    return tokens


def read_tokens() -> list[bytes]:
    """Return the shipped vocabulary, about 200,000 tokens."""
    packed = files("fieldguide_indexer.tokens").joinpath(DATA_FILE).read_bytes()
    return unpack(gzip.decompress(packed))
