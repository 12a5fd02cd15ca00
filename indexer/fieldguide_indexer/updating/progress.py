"""How far a long work is, and how long the rest of it takes."""

import time
from collections import deque
from collections.abc import Callable

from fieldguide_indexer.types import Progress

# The rate is that of the last half minute: a pause, or a machine that got busy, is forgotten after that.
_WINDOW_SECONDS = 30.0
# What was measured for less says nothing yet.
_MEASURED_SECONDS = 2.0


class ProgressTracker:
    """Tells the progress of one work. ``weight`` is all there is to do, in what the time goes by (bytes, say)."""

    def __init__(self, phase: str, weight: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._phase = phase
        self._weight = weight
        self._clock = clock
        self._started = clock()
        self._marks = deque([(self._started, 0.0)])

    def progress(self, done: int, total: int, weight_done: float) -> Progress:
        """Return ``done`` of ``total`` units, which were ``weight_done`` of the whole weight."""
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
