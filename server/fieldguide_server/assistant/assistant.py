"""The assistant: retrieve, prompt, stream, check; and an offline answer wherever no model writes one."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVarTuple

from fieldguide_indexer import Definition
from fieldguide_server.assistant.answer_stream import AnswerStream, NullStream
from fieldguide_server.assistant.citations.checker import Checker, Settled
from fieldguide_server.assistant.citations.unknown_names import Named, mark_unknown
from fieldguide_server.assistant.draft import Draft, Drafting, best_of, fixed_by, with_problems
from fieldguide_server.assistant.models import LanguageModel, Message, Models
from fieldguide_server.assistant.models.errors import ContextTooLongError, ModelError
from fieldguide_server.assistant.prompts.builder import Prompt, PromptMaker
from fieldguide_server.assistant.prompts.persona import load_persona, own_personas, workspace_personas
from fieldguide_server.assistant.record import Run, keep
from fieldguide_server.assistant.tasks import Task, TaskMaker, withholding
from fieldguide_server.assistant.text.sanitizer import harmless
from fieldguide_server.assistant.types import (
    Answer,
    AskContext,
    CodeReview,
    Coverage,
    Read,
    Retriever,
)
from fieldguide_server.review import Names, Review, blocks_of
from fieldguide_server.settings import Settings

if TYPE_CHECKING:
    from fieldguide_server.review import Reviewer

Args = TypeVarTuple("Args")
_NO_MODEL = "No language model is configured."
_NOTHING_FOUND = "Nothing was found, so the language model was not asked."
_CUT_MARK = "\n\n*The answer was cut off here.*"
_NO_CONTEXT = AskContext()
_NO_STREAM = NullStream()
_MOST_NAMED = 5
# A class of which another one is the base may have names that stand in no file here.
_INHERITS = re.compile(
    r"^\s*(?:export |abstract |public |final )*class\b.*?(?:\(\s*\w|[:<]\s*\w|\bextends\b)"
)


class Assistant:
    """Answers questions about one workspace folder.

    ``index`` and ``read`` are called from worker threads. What is read may be sent to the model's server, so secrets
    are withheld from it as they are from the index. ``models`` gives the model that writes.
    """

    def __init__(
        self, index: Retriever, read: Read, settings: Settings, folder: Path, models: Models | None = None
    ) -> None:
        self._index = index
        self._read = withholding(read)
        self._settings = settings
        self._folder = folder
        self._models = models or Models()
        theirs = workspace_personas(settings, folder)
        self._persona = load_persona(settings.answer.persona, own_personas(), theirs)
        self._prompts = PromptMaker(self._persona, settings, folder)
        self._tasks = TaskMaker(index, self._read, settings, folder)

    async def ask(
        self, question: str, context: AskContext = _NO_CONTEXT, stream: AnswerStream = _NO_STREAM
    ) -> Answer:
        """Answer a question.

        Args:
            question: In any words; characters after the first 20,000 are ignored.
            context: The conversation so far, and what the editor shows.
            stream: Receives the answer's text while it is written.

        Raises:
            FieldguideError: When the index cannot be searched; never because of a model.
        """
        task = await self._found(self._tasks.question, question, context)
        return await self._perform(Run(task, stream))

    async def explain(
        self, path: str, start_line: int, end_line: int, stream: AnswerStream = _NO_STREAM
    ) -> Answer:
        """Explain lines of a file of the workspace, 1-based and inclusive; see ``ask``.

        Raises:
            FieldguideError: When there is no such file or line, or the index cannot be asked.
        """
        task = await self._found(self._tasks.lines, path, start_line, end_line)
        return await self._perform(Run(task, stream))

    async def explain_file(self, path: str, stream: AnswerStream = _NO_STREAM) -> Answer:
        """Explain a whole file of the workspace: its role, what it offers, who uses it; see ``ask``.

        Raises:
            FieldguideError: When there is no such file, or the index cannot be asked.
        """
        task = await self._found(self._tasks.file, path)
        return await self._perform(Run(task, stream))

    async def prompt_for(self, question: str, context: AskContext = _NO_CONTEXT) -> tuple[Message, ...]:
        """Exactly what a model would be sent for this question, but for the random word of its fences.

        Raises:
            FieldguideError: When the index cannot be searched.
        """
        task = await asyncio.to_thread(self._tasks.question, question, context)
        return (await asyncio.to_thread(self._prompts.make, task.kind, task.values, task.material)).messages

    async def _found(self, find: Callable[[*Args], Task], *args: *Args) -> Task:
        """Look for what an answer needs, while the client of the model is loaded."""
        self._models.prepare(self._settings.model)
        return await asyncio.to_thread(find, *args)

    async def _perform(self, run: Run) -> Answer:
        answer: Answer | None = None
        try:
            answer = await self._answered(run)
        finally:
            # Of an answer that was stopped, too, a record tells what was sent and heard.
            await asyncio.to_thread(keep, run, answer, self._settings, self._folder, self._models.environment)
        return answer

    async def _answered(self, run: Run) -> Answer:
        try:
            model = await asyncio.to_thread(self._models.get, self._settings.model)
            if model is None:
                return await self._offline(run)
            if not run.task.material:
                return await self._offline(run, _NOTHING_FOUND)
            try:
                return await self._with_model(model, run)
            except ContextTooLongError:
                return await self._with_model(model, run, share=0.5)
        except ModelError as error:
            return await self._offline(run, str(error))

    async def _offline(self, run: Run, failure: str = "") -> Answer:
        offline = await asyncio.to_thread(run.task.offline)
        text = harmless(f"**Offline answer.** {failure or _NO_MODEL} {offline.text}")
        run.add(text)
        run.failure = failure
        shown = len(offline.citations)
        files = {citation.path for citation in offline.citations}
        coverage = replace(run.task.coverage, passages=shown, files=len(files))
        notice = f"{failure} This is an offline answer." if failure else ""
        return Answer(text, None, offline.citations, coverage, self._notice(notice), verified=shown)

    async def _with_model(self, model: LanguageModel, run: Run, share: float = 1.0) -> Answer:
        task = run.task
        prompt = await asyncio.to_thread(self._prompts.make, task.kind, task.values, task.material, share)
        run.model, run.prompt = model.name, prompt
        drafting = Drafting(model, partial(self._settle, prompt), self._reviewing(), run)
        run.drafts = await drafting.drafts(prompt.messages, self._settings.answer.review_rounds)
        found = (await asyncio.to_thread(task.offline)).found
        return self._answer(model.name, _coverage(task, prompt), run.drafts, found=found)

    def _answer(self, model: str, coverage: Coverage, drafts: Sequence[Draft], *, found: bool) -> Answer:
        draft = best_of(drafts)
        settled, named, problems = draft.settled, draft.named, draft.review.problems
        weak = "" if found else "Little in the index matches this question."
        review = draft.review
        return Answer(
            harmless(with_problems(named.text, problems)) + (_CUT_MARK if draft.broken else ""),
            model,
            settled.citations,
            coverage,
            self._notice(draft.broken, weak, _account(settled), _nowhere(named), _remaining(review)),
            removed=settled.removed,
            corrected=settled.corrected,
            verified=settled.verified,
            unknown_names=named.unknown,
            problems=problems,
            review=CodeReview(
                review.blocks, review.parsed, len(drafts) - 1, fixed_by(drafts), review.unchecked
            )
            if self._settings.answer.review_rounds
            else None,
        )

    def _reviewing(self) -> Callable[[Settled], Review]:
        """Review the texts of one answer; the files of the folder are listed once for all of them."""

        @cache
        def reviewer() -> "Reviewer":
            # Brings grammars and schemas, which an answer without code never needs.
            from fieldguide_server.review import Reviewer  # noqa: PLC0415

            return Reviewer(self._folder, self._read, Names(self._is_imported, self._stands))

        def review(settled: Settled) -> Review:
            text = settled.text
            if not blocks_of(text):
                return Review()
            # Citations in the code are none of its code.
            for citation in settled.citations:
                text = text.replace(f"[{citation}]", "")
            return reviewer().review(text)

        return review

    def _is_imported(self, name: str) -> bool:
        return any(one.usage == "import" for one in self._index.lookup(name).references)

    def _stands(self, name: str) -> bool:
        found = self._index.lookup(name)
        return bool(found.definitions or found.references)

    def _settle(self, prompt: Prompt, written: str) -> tuple[Settled, Named]:
        checker = self._checker(prompt)
        settled = checker.settle(written)
        return settled, mark_unknown(settled.text, checker.is_known, self._is_ours, checker.is_file)

    def _checker(self, prompt: Prompt) -> Checker:
        passages = prompt.packed.passages

        def in_workspace(name: str) -> bool:
            if any(name in line for passage in passages for line in passage.cited):
                return True
            return self._stands(name)

        shown = tuple(dict.fromkeys(passage.path for passage in passages))
        return Checker(self._folder, self._read, shown, in_workspace)

    def _is_ours(self, name: str) -> bool:
        """Return whether all that belongs to this name is defined in the workspace."""
        definitions = self._index.lookup(name).definitions
        return bool(definitions) and not any(map(_inherits, definitions))

    def _notice(self, *sentences: str) -> str:
        return " ".join(sentence for sentence in (self._persona.problem, *sentences) if sentence)


def _inherits(definition: Definition) -> bool:
    return _INHERITS.match(definition.signature) is not None


def _coverage(task: Task, prompt: Prompt) -> Coverage:
    packed = prompt.packed
    return replace(
        task.coverage,
        passages=len(packed.passages),
        files=len({passage.path for passage in packed.passages}),
        dropped=packed.dropped,
        tokens=packed.tokens,
        turns=prompt.turns,
    )


def _remaining(review: Review) -> str:
    """Return what is left to say of the code, in a sentence."""
    count = len(review.problems)
    told = (
        f"{count} problem{'s' if count != 1 else ''} of its code remain{'s' if count == 1 else ''}."
        if count
        else ""
    )
    return " ".join((told, *review.unchecked)).strip()


def _account(settled: Settled) -> str:
    """Return what became of the citations, in a sentence; "" when all of them checked as they were written."""
    total = settled.verified + settled.removed
    if not total:
        return "The answer cites nothing, so nothing in it was checked."
    parts = [
        f"{settled.removed} did not check and {_was(settled.removed)} removed" if settled.removed else ""
    ]
    parts.append(f"{settled.corrected} {_was(settled.corrected)} corrected" if settled.corrected else "")
    told = " and ".join(part for part in parts if part)
    return f"{settled.verified} of {total} citations verified; {told}." if told else ""


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _nowhere(named: Named) -> str:
    names = ", ".join(f"`{name}`" for name in named.unknown[:_MOST_NAMED])
    more = f" and {len(named.unknown) - _MOST_NAMED} more" if len(named.unknown) > _MOST_NAMED else ""
    return f"Named in the answer, but not found in this workspace: {names}{more}." if names else ""
