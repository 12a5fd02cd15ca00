"""One answer in the making: what it is about, who listens, and what happened so far."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from fieldguide_server.assistant.draft import Draft
from fieldguide_server.assistant.prompt import Prompt
from fieldguide_server.assistant.tasks import Task
from fieldguide_server.assistant.types import OnDelta, OnReset
from fieldguide_server.review import Problem


def unheard(problems: Sequence[Problem]) -> None:
    """For a listener who only wants the settled answer."""


@dataclass(slots=True)
class Run:
    """A task on its way to an answer.

    ``started`` is the clock's time when the question came; ``model`` is the model that was asked, "" if none was.
    """

    task: Task
    on_delta: OnDelta
    on_reset: OnReset = unheard
    started: float = field(default_factory=time.perf_counter)
    model: str = ""
    prompt: Prompt | None = None
    drafts: Sequence[Draft] = ()
    failure: str = ""
    heard: list[str] = field(default_factory=list)

    def tell(self, piece: str) -> None:
        """Pass a piece on, and remembers it for an answer that never ends."""
        self.heard.append(piece)
        self.on_delta(piece)

    def reset(self, problems: Sequence[Problem]) -> None:
        """What was heard is void."""
        self.heard.clear()
        self.on_reset(problems)
