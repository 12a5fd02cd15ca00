"""The assistant: retrieves, prompts, streams and checks; answers offline where no model does."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVarTuple

from fieldguide_server.assistant.answer_stream import AnswerStream, NullStream
from fieldguide_server.assistant.checks import AnswerChecks
from fieldguide_server.assistant.draft import Draft, DraftWriter, best_of, fixed_by, with_problems
from fieldguide_server.assistant.models import LanguageModel, Message, Models
from fieldguide_server.assistant.models.errors import ContextTooLongError, ModelError
from fieldguide_server.assistant.notice import citation_notice, code_notice, name_notice
from fieldguide_server.assistant.prompts.builder import Prompt, PromptBuilder
from fieldguide_server.assistant.prompts.persona import load_persona, user_personas, workspace_personas
from fieldguide_server.assistant.record import Run, write_record
from fieldguide_server.assistant.tasks import Task, TaskBuilder, without_secrets
from fieldguide_server.assistant.text.sanitizer import sanitize
from fieldguide_server.assistant.types import (
    Answer,
    AskContext,
    CodeReview,
    Coverage,
    Read,
    Retriever,
)
from fieldguide_server.settings import Settings

Args = TypeVarTuple("Args")
_NO_MODEL = "No language model is configured."
_NOTHING_FOUND = "Nothing was found, so the language model was not asked."
_WEAK_MATCH = "Little in the index matches this question."
_CUT_OFF = "\n\n*The answer was cut off here.*"
_NO_CONTEXT = AskContext()
_NO_STREAM = NullStream()


class Assistant:
    """Answers questions about one workspace folder.

    ``index`` and ``read`` are called from worker threads. Files may be sent to the model's server, so secrets are
    removed from what ``read`` returns, as they are from the index. ``models`` gives the model that answers.
    """

    def __init__(
        self, index: Retriever, read: Read, settings: Settings, folder: Path, models: Models | None = None
    ) -> None:
        read = without_secrets(read)
        self._settings = settings
        self._folder = folder
        self._models = models or Models()
        workspace = workspace_personas(settings, folder)
        self._persona = load_persona(settings.answer.persona, user_personas(), workspace)
        self._prompts = PromptBuilder(self._persona, settings, folder)
        self._tasks = TaskBuilder(index, read, settings, folder)
        self._checks = AnswerChecks(index, read, folder)

    async def ask(
        self, question: str, context: AskContext = _NO_CONTEXT, stream: AnswerStream = _NO_STREAM
    ) -> Answer:
        """Answer a question.

        Args:
            question: In any words; characters after the first 20,000 are ignored.
            context: The conversation so far, and what the editor shows.
            stream: Receives the answer's text while it is written.

        Raises:
            FieldguideError: The index cannot be searched. An error of the model leads to an offline answer.
        """
        task = await self._prepare(self._tasks.question, question, context)
        return await self._perform(Run(task, stream))

    async def explain(
        self, path: str, start_line: int, end_line: int, stream: AnswerStream = _NO_STREAM
    ) -> Answer:
        """Explain lines of a file of the workspace, 1-based and inclusive; see ``ask``.

        Raises:
            FieldguideError: There is no such file or line, or the index cannot be searched.
        """
        task = await self._prepare(self._tasks.lines, path, start_line, end_line)
        return await self._perform(Run(task, stream))

    async def explain_file(self, path: str, stream: AnswerStream = _NO_STREAM) -> Answer:
        """Explain a file of the workspace: its role, what it defines, and who uses it; see ``ask``.

        Raises:
            FieldguideError: There is no such file, or the index cannot be searched.
        """
        task = await self._prepare(self._tasks.file, path)
        return await self._perform(Run(task, stream))

    async def prompt_for(self, question: str, context: AskContext = _NO_CONTEXT) -> tuple[Message, ...]:
        """Return the messages that a model would be sent for a question; only the random fences differ each time.

        Raises:
            FieldguideError: The index cannot be searched.
        """
        task = await asyncio.to_thread(self._tasks.question, question, context)
        return (await asyncio.to_thread(self._prompts.build, task.kind, task.values, task.material)).messages

    async def _prepare(self, build: Callable[[*Args], Task], *args: *Args) -> Task:
        """Build a task while the model's client library is imported."""
        self._models.prepare(self._settings.model)
        return await asyncio.to_thread(build, *args)

    async def _perform(self, run: Run) -> Answer:
        answer: Answer | None = None
        try:
            answer = await self._answer(run)
        finally:
            # An answer that was stopped is recorded, too.
            await asyncio.to_thread(
                write_record, run, answer, self._settings, self._folder, self._models.environment
            )
        return answer

    async def _answer(self, run: Run) -> Answer:
        try:
            model = await asyncio.to_thread(self._models.get, self._settings.model)
            if model is None:
                return await self._offline_answer(run)
            if not run.task.material:
                return await self._offline_answer(run, _NOTHING_FOUND)
            try:
                return await self._model_answer(model, run)
            except ContextTooLongError:
                return await self._model_answer(model, run, share=0.5)
        except ModelError as error:
            return await self._offline_answer(run, str(error))

    async def _offline_answer(self, run: Run, failure: str = "") -> Answer:
        offline = await asyncio.to_thread(run.task.offline)
        text = sanitize(f"**Offline answer.** {failure or _NO_MODEL} {offline.text}")
        run.add(text)
        run.failure = failure
        cited = len(offline.citations)
        files = {citation.path for citation in offline.citations}
        coverage = replace(run.task.coverage, passages=cited, files=len(files))
        notice = f"{failure} This is an offline answer." if failure else ""
        return Answer(text, None, offline.citations, coverage, self._notice(notice), verified=cited)

    async def _model_answer(self, model: LanguageModel, run: Run, share: float = 1.0) -> Answer:
        task = run.task
        prompt = await asyncio.to_thread(self._prompts.build, task.kind, task.values, task.material, share)
        run.model, run.prompt = model.name, prompt
        writer = DraftWriter(model, partial(self._checks.check, prompt), self._checks.code_review(), run)
        run.drafts = await writer.write(prompt.messages, self._settings.answer.review_rounds)
        found = (await asyncio.to_thread(task.offline)).found
        return self._checked_answer(model.name, _coverage(task, prompt), run.drafts, found=found)

    def _checked_answer(
        self, model: str, coverage: Coverage, drafts: Sequence[Draft], *, found: bool
    ) -> Answer:
        draft = best_of(drafts)
        checked, marked, review = draft.checked, draft.marked, draft.review
        notice = self._notice(
            draft.broken,
            "" if found else _WEAK_MATCH,
            citation_notice(checked),
            name_notice(marked),
            code_notice(review),
        )
        return Answer(
            sanitize(with_problems(marked.text, review.problems)) + (_CUT_OFF if draft.broken else ""),
            model,
            checked.citations,
            coverage,
            notice,
            removed=checked.removed,
            corrected=checked.corrected,
            verified=checked.verified,
            unknown_names=marked.unknown,
            problems=review.problems,
            review=self._code_review(drafts),
        )

    def _code_review(self, drafts: Sequence[Draft]) -> CodeReview | None:
        if not self._settings.answer.review_rounds:
            return None
        review = best_of(drafts).review
        return CodeReview(review.blocks, review.parsed, len(drafts) - 1, fixed_by(drafts), review.unchecked)

    def _notice(self, *sentences: str) -> str:
        return " ".join(filter(None, (self._persona.problem, *sentences)))


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
