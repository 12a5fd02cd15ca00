"""The patterns of the indexer read any file in linear time, also one that was made to be slow."""

import os

import pytest

from tests.patterns import UsedPattern, product_patterns, slowest_text

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="there is no timer of CPU time")]

# Applied to the text before a name on its line, of so many characters at most.
BOUNDED = {"fieldguide_indexer.redaction.names._LITERAL": 400}
PATTERNS = [used for used in product_patterns() if used.place.startswith("fieldguide_indexer")]


@pytest.mark.parametrize("used", PATTERNS, ids=[used.place for used in PATTERNS])
def test_a_pattern_takes_linear_time(used: UsedPattern) -> None:
    # A linear pattern takes some milliseconds, a quadratic one half a second, others hours.
    seconds, text = slowest_text(used, BOUNDED.get(used.place, 10_000), 0.2)
    assert seconds < 0.2, text[:80]
