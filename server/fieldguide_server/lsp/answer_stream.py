"""An answer while it is written, sent to the client as notifications."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fieldguide_server.params import Token
from fieldguide_server.protocol import ANSWER_DELTA, ANSWER_RESET

if TYPE_CHECKING:
    from fieldguide_server.review import Problem


@dataclass(frozen=True, slots=True)
class ClientStream:
    """Sends the text under ``token``; sends nothing to a client that gave none.

    ``notify`` sends a notification by its method and its params.
    """

    notify: Callable[[str, dict[str, Any]], None]
    token: Token | None

    def add(self, text: str) -> None:
        """Send a piece of text."""
        if self.token is not None and text:
            self.notify(ANSWER_DELTA, {"token": self.token, "text": text})

    def reset(self, problems: "Sequence[Problem]") -> None:
        """Send that the text so far is void, and why."""
        if self.token is not None:
            sent = [asdict(problem) for problem in problems]
            self.notify(ANSWER_RESET, {"token": self.token, "problems": sent})
