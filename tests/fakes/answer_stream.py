"""An answer stream that keeps what it receives."""

from collections.abc import Callable, Sequence

from fieldguide_server.review import Problem


class RecordedStream:
    """Keeps the text since the last reset, and the problems of each reset; ``on_add`` is called for each piece."""

    def __init__(self, on_add: Callable[[str], object] = lambda _text: None) -> None:
        self.pieces: list[str] = []
        self.resets: list[tuple[Problem, ...]] = []
        self._on_add = on_add

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self._on_add(text)

    def reset(self, problems: Sequence[Problem]) -> None:
        self.resets.append(tuple(problems))
        self.pieces.clear()
