"""Time limits that follow the speed of the machine, so that a slow or busy one fails no test.

A limit costs nothing while all is well: a test waits for an event and gives up at the limit. The machine is measured
once, before the first test, and the result is passed on to xdist's workers, to child processes and to the tests of
the VS Code extension in the environment variable ``FIELDGUIDE_TEST_PATIENCE``. Set the variable to choose the factor
yourself; ``python -m tests.patience`` measures and prints it.
"""

import os
import subprocess
import sys
import time

VARIABLE = "FIELDGUIDE_TEST_PATIENCE"
# Wall time of the processes below on an idle machine of 2024 with two cores.
_REFERENCE_SECONDS = 0.25
_LARGEST = 10.0
_WORK = "import asyncio, json, sqlite3; sum(number * number for number in range(4_000_000))"


def measure() -> float:
    """Return how many times slower than the reference this machine is now: 1.0 to 10.0.

    Starts one process a core (at most four), so that the load of other programs counts as well as the clock rate.
    """
    started = time.monotonic()
    command = [sys.executable, "-I", "-c", _WORK]
    processes = [subprocess.Popen(command) for _ in range(min(os.cpu_count() or 1, 4))]
    for process in processes:
        process.wait()
    return min(max((time.monotonic() - started) / _REFERENCE_SECONDS, 1.0), _LARGEST)


def scaled(seconds: float) -> float:
    """Return a limit that holds on an idle fast machine, in seconds of this machine."""
    return seconds * FACTOR


FACTOR = float(os.environ.get(VARIABLE) or measure())
os.environ[VARIABLE] = f"{FACTOR:.2f}"

PATIENCE = scaled(60.0)
"""Seconds that a test waits for an event that is certain to come."""

if __name__ == "__main__":
    sys.stdout.write(f"{FACTOR:.2f}\n")
