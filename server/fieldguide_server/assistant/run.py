"""One answer in the making: its task, its stream, and what has happened so far."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from fieldguide_server.assistant.answer_stream import AnswerStream
from fieldguide_server.assistant.draft import Draft
from fieldguide_server.assistant.prompt import Prompt
from fieldguide_server.assistant.tasks import Task
from fieldguide_server.review import Problem


@dataclass(slots=True)
class Run:
    """A task on its way to an answer; itself a stream that keeps the text and passes it on.

    ``started`` is ``time.perf_counter()`` when the question came; ``model`` is the model that was asked, "" if none was;
    ``streamed`` holds the text that was passed on, which a record of a stopped answer needs.
    """

    task: Task
    stream: AnswerStream
    started: float = field(default_factory=time.perf_counter)
    model: str = ""
    prompt: Prompt | None = None
    drafts: Sequence[Draft] = ()
    failure: str = ""
    streamed: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Pass a piece of text on, and keep it."""
        self.streamed.append(text)
        self.stream.add(text)

    def reset(self, problems: Sequence[Problem]) -> None:
        """Discard the text so far, here and in the stream."""
        self.streamed.clear()
        self.stream.reset(problems)
