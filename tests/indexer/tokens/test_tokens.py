"""Token counts: exact, offline, for any text."""

import gzip
import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import pytest

from fieldguide_indexer.tokens import count_tokens, estimate_tokens, fits, tokens_before_lines
from fieldguide_indexer.tokens.vocabulary import DATA_FILE, DATA_SHA256


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # Counted by tiktoken with OpenAI's own o200k_base.
        ("", 0),
        ("hello world", 2),
        ("tiktoken is great!", 6),
        ("def open(self, path: str = '{}') -> None:\n    return None\n", 17),
        ("Die Straße heißt Größe; 你好，世界 🎉", 11),
        ("<|endoftext|>", 7),
    ],
)
def test_counts_are_those_of_the_published_vocabulary(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_the_shipped_vocabulary_is_the_one_that_was_built_from_the_pinned_source() -> None:
    packed = files("fieldguide_indexer.tokens").joinpath(DATA_FILE).read_bytes()
    assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == DATA_SHA256


@pytest.mark.parametrize("text", [" " * 1_000_000, "a\ud800b", "\x00" * 1000, "\r\n" * 1000, "x" * 100_000])
def test_no_text_is_too_strange_to_be_counted(text: str) -> None:
    assert 0 < count_tokens(text) <= 3 * len(text)


def test_a_text_fits_exactly_up_to_its_count() -> None:
    text = "one two three four " * 50
    tokens = count_tokens(text)
    assert fits(text, tokens)
    assert not fits(text, tokens - 1)


def test_a_lone_surrogate_never_makes_a_text_fit_that_does_not() -> None:
    text = "\ud800x" * 300
    assert fits(text, 700) == (count_tokens(text) <= 700)


def test_an_estimate_is_near_the_count() -> None:
    text = files("fieldguide_indexer.tokens").joinpath("counter.py").read_text(encoding="utf-8")
    assert estimate_tokens(text) == pytest.approx(count_tokens(text), rel=0.25)


def test_lines_know_how_many_tokens_stand_before_them() -> None:
    text = "import os\n\n\ndef main():\n    return os.getcwd()\n"
    before = tokens_before_lines(text)
    assert len(before) == text.count("\n") + 2
    assert before == sorted(before)
    assert before[0] == 0
    assert before[-1] == count_tokens(text)
    assert before[4] - before[3] == count_tokens("def main():\n")


def test_threads_may_count_at_the_same_time() -> None:
    texts = [f"token number {number}\n" * 50 for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count_tokens, texts)) == [count_tokens(text) for text in texts]
