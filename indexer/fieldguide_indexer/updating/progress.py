"""The progress of long work, and how long the rest of it takes."""

import time
from collections import deque
from collections.abc import Callable

from fieldguide_indexer.types import Progress

# The rate is that of the last half minute, so that a pause, or a busy machine, is forgotten after that.
_WINDOW_SECONDS = 30.0
# A rate measured for less time means nothing yet.
_MEASURED_SECONDS = 2.0


class ProgressTracker:
    """Measures the progress of one piece of work.

    Args:
        phase: The ``phase`` of its progress.
        weight: The size of the work in units that take equally long, such as bytes.
        clock: Returns the time in seconds.
    """

    def __init__(self, phase: str, weight: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._phase = phase
        self._weight = weight
        self._clock = clock
        self._started = clock()
        self._marks = deque([(self._started, 0.0)])

    def progress(self, done: int, total: int, weight_done: float) -> Progress:
        """Return the progress when ``done`` of ``total`` units, with a weight of ``weight_done``, are done."""
        now = self._clock()
        self._marks.append((now, weight_done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_SECONDS:
            self._marks.popleft()
        return Progress(self._phase, done, total, self._seconds_left(now, weight_done))

    def _seconds_left(self, now: float, weight_done: float) -> float | None:
        since, before = self._marks[0]
        if now - self._started < _MEASURED_SECONDS or weight_done <= before:
            return None
        return max(0.0, self._weight - weight_done) * (now - since) / (weight_done - before)
