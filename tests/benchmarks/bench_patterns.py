"""How long every regular expression of the product takes for texts that are made to be slow for it.

By hand: ``python -m tests.benchmarks.bench_patterns [PLACE]``; PLACE limits it to patterns whose place contains it. Prints
those that take longer than a second per megabyte. Does not work on Windows, which has no timer of CPU time.
"""

import sys

from tests.patterns import product_patterns, slowest_text

_SIZE = 20_000
_LIMIT = 0.25
_SECONDS_PER_MEGABYTE = 1.0


def main() -> None:
    place = sys.argv[1] if len(sys.argv) > 1 else ""
    patterns = [used for used in product_patterns() if place in used.place]
    slow = 0
    for used in patterns:
        seconds, text = slowest_text(used, _SIZE, _LIMIT)
        rate = seconds / _SIZE * 1e6
        if rate > 5 * _SECONDS_PER_MEGABYTE:  # a short text takes longer per character
            slow += 1
            more = "more than " if seconds >= _LIMIT else ""
            print(f"{used.place}: {more}{rate:.1f} s per MB on {text[:40]!r}…{text[-6:]!r}")
    print(f"{slow} of {len(patterns)} patterns are slow")


if __name__ == "__main__":
    main()
