"""A model's text: streamed, settled, its code reviewed, and written again where the review found something."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from fieldguide_server.assistant.answer_stream import AnswerStream
from fieldguide_server.assistant.citations.checker import Settled
from fieldguide_server.assistant.citations.unknown_names import Named
from fieldguide_server.assistant.models import LanguageModel, Message
from fieldguide_server.assistant.models.errors import IncompleteAnswerError, ModelError, ModelResponseError
from fieldguide_server.assistant.prompts.template import fill, text_of
from fieldguide_server.assistant.text.sanitizer import Guard, clean
from fieldguide_server.review import Problem, Review, blocks_of

log = logging.getLogger(__name__)

_LONGEST_ANSWER = 400_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A text of the model's as it came, as it settled, and what the review of its code found.

    ``broken`` says why it broke off, "" if it did not. ``seconds`` are from the request to its end, ``first_seconds``
    to its first piece.
    """

    messages: tuple[Message, ...]
    written: str
    broken: str
    seconds: float
    first_seconds: float
    settled: Settled
    named: Named
    review: Review = field(default_factory=Review)


def repair_of(draft: Draft) -> str:
    """Return what a model is told of the code in its draft."""
    problems = "\n".join(f"- code block {one.block}, {one}" for one in draft.review.problems)
    return fill(text_of("templates/repair.txt"), {"problems": problems})


@dataclass(frozen=True, slots=True)
class Drafting:
    """Writes the drafts of one answer.

    ``settle`` and ``review`` block; ``stream`` receives the text; ``repair`` words the request for the next draft.
    """

    model: LanguageModel
    settle: Callable[[str], tuple[Settled, Named]]
    review: Callable[[Settled], Review]
    stream: AnswerStream
    repair: Callable[[Draft], str] = repair_of

    async def drafts(self, messages: Sequence[Message], rounds: int) -> list[Draft]:
        """Return the first draft, and at most ``rounds`` that followed a review; see ``best_of``.

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
        asked = self.repair(draft)
        return {"role": "assistant", "content": draft.written}, {"role": "user", "content": asked}

    async def _draft(self, messages: Sequence[Message], *, is_reviewed: bool) -> Draft:
        started = time.perf_counter()
        firsts: list[float] = []

        def show(piece: str) -> None:
            if not firsts:
                firsts.append(time.perf_counter() - started)
            self.stream.add(piece)

        written, broken = await _write(self.model, messages, show)
        seconds = time.perf_counter() - started
        settled, named = await asyncio.to_thread(self.settle, clean(written))
        first = firsts[0] if firsts else seconds
        draft = Draft(tuple(messages), written, broken, seconds, first, settled, named)
        if not is_reviewed:
            return draft
        return replace(draft, review=await asyncio.to_thread(self.review, settled))


def best_of(drafts: Sequence[Draft]) -> Draft:
    """Return the draft with the fewest problems; a later one must be whole, and have kept its citations by and large."""
    best = drafts[0]
    for draft in drafts[1:]:
        is_whole = not draft.broken and draft.settled.verified * 2 >= best.settled.verified
        if is_whole and len(draft.review.problems) < len(best.review.problems):
            best = draft
    return best


def fixed_by(drafts: Sequence[Draft]) -> tuple[Problem, ...]:
    """Return the problems of any draft that the best one has no more."""
    left = {(one.check, one.message) for one in best_of(drafts).review.problems}
    seen = {(one.check, one.message): one for draft in drafts for one in draft.review.problems}
    return tuple(one for key, one in seen.items() if key not in left)


def with_problems(text: str, problems: Sequence[Problem]) -> str:
    """Return the text with what a review found said under each block."""
    lines = text.split("\n")
    for block in reversed(blocks_of(text)):
        told = "; ".join(str(one) for one in problems if one.block == block.number)
        if told:
            fence = lines[block.end - 1]
            indent = fence[: len(fence) - len(fence.lstrip())]
            lines[block.end : block.end] = ["", f"{indent}*Unresolved in this block: {told}.*"]
    return "\n".join(lines)


async def _write(
    model: LanguageModel, messages: Sequence[Message], add: Callable[[str], None]
) -> tuple[str, str]:
    """Return the model's whole text, and why it broke off, "" if it did not. Raises when there is no text at all."""
    guard, pieces, length, broken = Guard(), [], 0, ""
    try:
        async with aclosing(model.stream(messages)) as stream:
            async for piece in stream:
                pieces.append(piece)
                length += len(piece)
                _add(guard.feed(piece), add)
                if length > _LONGEST_ANSWER:
                    raise IncompleteAnswerError("The answer grew beyond all measure and was cut.")
    except IncompleteAnswerError as error:
        broken = str(error)
    if not "".join(pieces).strip():
        raise ModelResponseError(broken or "The language model gave an empty answer.")
    _add(guard.flush(), add)
    return "".join(pieces), broken


def _add(text: str, add: Callable[[str], None]) -> None:
    if text:
        add(text)
