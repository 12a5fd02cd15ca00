"""The drafts of an answer: streamed, checked, their code reviewed, and written again where a review found problems."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from fieldguide_server.assistant.answer_stream import AnswerStream
from fieldguide_server.assistant.citations.checker import CheckedText
from fieldguide_server.assistant.citations.unknown_names import MarkedText
from fieldguide_server.assistant.models import LanguageModel, Message
from fieldguide_server.assistant.models.errors import (
    IncompleteAnswerError,
    ModelError,
    ModelResponseError,
    OutputLimitError,
)
from fieldguide_server.assistant.models.thinking import ThinkingFilter
from fieldguide_server.assistant.prompts.template import fill, text_of
from fieldguide_server.assistant.text.sanitizer import StreamSanitizer, clean
from fieldguide_server.review import Problem, Review, blocks_of

log = logging.getLogger(__name__)

_MAX_ANSWER_LENGTH = 400_000
_EMPTY = "The language model returned an empty answer."
_ONLY_THINKING = "The language model returned its thinking, but no answer."
_THINKING_LIMIT = "The language model's thinking used up the output tokens: raise model.max_output_tokens."


@dataclass(frozen=True, slots=True)
class Draft:
    """A text of a model, and what the checks made of it.

    ``written`` is the text as it arrived; ``broken`` says why it is incomplete, "" if it is complete. ``seconds`` is the
    time from the request to its end, ``first_seconds`` to its first piece.
    """

    messages: tuple[Message, ...]
    written: str
    broken: str
    seconds: float
    first_seconds: float
    checked: CheckedText
    marked: MarkedText
    review: Review = field(default_factory=Review)


def repair_request(draft: Draft) -> str:
    """Return the message that asks a model to repair the code of its draft."""
    problems = "\n".join(f"- code block {problem.block}, {problem}" for problem in draft.review.problems)
    return fill(text_of("templates/repair.txt"), {"problems": problems})


@dataclass(frozen=True, slots=True)
class DraftWriter:
    """Writes the drafts of one answer with a model.

    ``check`` and ``review`` block; ``stream`` receives the text; ``repair`` words the request for the next draft.
    """

    model: LanguageModel
    check: Callable[[str], tuple[CheckedText, MarkedText]]
    review: Callable[[CheckedText], Review]
    stream: AnswerStream
    repair: Callable[[Draft], str] = repair_request

    async def write(self, messages: Sequence[Message], rounds: int) -> list[Draft]:
        """Return the first draft, and at most ``rounds`` more that repair problems of its review; see ``best_of``.

        Raises:
            ModelError: There is no first draft.
        """
        drafts = [await self._draft(messages, is_reviewed=rounds > 0)]
        while len(drafts) <= rounds and (latest := drafts[-1]).review.problems and not latest.broken:
            self.stream.reset(latest.review.problems)
            try:
                drafts.append(await self._draft((*messages, *self._repair(latest)), is_reviewed=True))
            except ModelError as error:
                log.info("the answer was not written again: %s", error)
                break
            if best_of(drafts) is not drafts[-1]:
                break
        return drafts

    def _repair(self, draft: Draft) -> tuple[Message, Message]:
        request = self.repair(draft)
        return {"role": "assistant", "content": draft.written}, {"role": "user", "content": request}

    async def _draft(self, messages: Sequence[Message], *, is_reviewed: bool) -> Draft:
        started = time.perf_counter()
        first_seconds: list[float] = []

        def add(piece: str) -> None:
            if not first_seconds:
                first_seconds.append(time.perf_counter() - started)
            self.stream.add(piece)

        written, broken = await _stream(self.model, messages, _Received(self.stream, add))
        seconds = time.perf_counter() - started
        checked, marked = await asyncio.to_thread(self.check, clean(written))
        first = first_seconds[0] if first_seconds else seconds
        draft = Draft(tuple(messages), written, broken, seconds, first, checked, marked)
        if not is_reviewed:
            return draft
        return replace(draft, review=await asyncio.to_thread(self.review, checked))


def best_of(drafts: Sequence[Draft]) -> Draft:
    """Return the draft with the fewest problems; a later one must be complete, and keep half of the citations."""
    best = drafts[0]
    for draft in drafts[1:]:
        is_eligible = not draft.broken and draft.checked.verified * 2 >= best.checked.verified
        if is_eligible and len(draft.review.problems) < len(best.review.problems):
            best = draft
    return best


def fixed_by(drafts: Sequence[Draft]) -> tuple[Problem, ...]:
    """Return the problems of any draft that the best one does not have."""
    remaining = {(problem.check, problem.message) for problem in best_of(drafts).review.problems}
    every = {
        (problem.check, problem.message): problem for draft in drafts for problem in draft.review.problems
    }
    return tuple(problem for key, problem in every.items() if key not in remaining)


def with_problems(text: str, problems: Sequence[Problem]) -> str:
    """Return the text with the problems of each code block below it."""
    lines = text.split("\n")
    for block in reversed(blocks_of(text)):
        listed = "; ".join(str(problem) for problem in problems if problem.block == block.number)
        if listed:
            fence = lines[block.end - 1]
            indent = fence[: len(fence) - len(fence.lstrip())]
            lines[block.end : block.end] = ["", f"{indent}*Unresolved in this block: {listed}.*"]
    return "\n".join(lines)


@dataclass(slots=True)
class _Received:
    """The text of an answer as it arrives, without the model's thinking; what can be shown goes to ``stream``."""

    stream: AnswerStream
    add: Callable[[str], None]
    thinking: ThinkingFilter = field(default_factory=ThinkingFilter)
    sanitizer: StreamSanitizer = field(default_factory=StreamSanitizer)
    pieces: list[str] = field(default_factory=list)

    def feed(self, piece: str) -> None:
        self._take(*self.thinking.feed(piece))

    def end(self) -> str:
        """Return the whole text."""
        self._take(*self.thinking.flush())
        self._show(self.sanitizer.flush())
        return "".join(self.pieces)

    def _take(self, text: str, is_void: bool) -> None:
        if is_void and self.pieces:
            self.pieces.clear()
            self.sanitizer = StreamSanitizer()
            self.stream.reset(())
        if text:
            self.pieces.append(text)
            self._show(self.sanitizer.feed(text))

    def _show(self, text: str) -> None:
        if text:
            self.add(text)


async def _stream(model: LanguageModel, messages: Sequence[Message], received: _Received) -> tuple[str, str]:
    """Return the model's text, and why it is incomplete, "" if it is complete.

    Raises:
        ModelError: There is no text at all.
    """
    length, broken, is_limited = 0, "", False
    try:
        async with aclosing(model.stream(messages)) as stream:
            async for piece in stream:
                received.feed(piece)
                length += len(piece)
                if length > _MAX_ANSWER_LENGTH:
                    raise IncompleteAnswerError(
                        f"The answer was cut off after {_MAX_ANSWER_LENGTH:,} characters."
                    )
    except IncompleteAnswerError as error:
        broken, is_limited = str(error), isinstance(error, OutputLimitError)
    text = received.end()
    if not text.strip():
        only_thinking = _ONLY_THINKING if received.thinking.has_thought else _EMPTY
        raise ModelResponseError(_THINKING_LIMIT if is_limited else broken or only_thinking)
    return text, broken
