"""The assistant: retrieve, prompt, stream, check; and an offline answer wherever no model writes one."""

import asyncio
import os
import re
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer import Definition
from fieldguide_server.assistant.citations import Checker, Settled
from fieldguide_server.assistant.errors import ContextTooLongError, CutStreamError, ModelError, RefusedError
from fieldguide_server.assistant.models import LanguageModel, Message, model_of
from fieldguide_server.assistant.naming import Named, mark_unknown
from fieldguide_server.assistant.persona import load_persona, workspace_personas
from fieldguide_server.assistant.prompting import Prompt, PromptMaker
from fieldguide_server.assistant.tasks import Task, TaskMaker, withholding
from fieldguide_server.assistant.types import Answer, AskContext, OnDelta, Read, Retriever
from fieldguide_server.assistant.untrusted import Guard, clean, harmless
from fieldguide_server.settings import Settings, user_file

_LONGEST_ANSWER = 400_000
_NO_MODEL = "No language model is configured."
_CUT_MARK = "\n\n*The answer was cut off here.*"
_NOTHING = AskContext()
_MOST_NAMED = 5
# A class of which another one is the base may have names that stand in no file here.
_INHERITS = re.compile(
    r"^\s*(?:export |abstract |public |final )*class\b.*?(?:\(\s*\w|[:<]\s*\w|\bextends\b)"
)


class Assistant:
    """Answers questions about one workspace folder.

    ``index`` and ``read`` are called from worker threads. What is read may be sent to the model's server, so secrets
    are withheld from it as they are from the index.
    """

    def __init__(self, index: Retriever, read: Read, settings: Settings, folder: Path) -> None:
        self._index = index
        self._read = withholding(read)
        self._settings = settings
        self._folder = folder
        own = user_file(os.environ).parent / "personas"
        self._persona = load_persona(settings.answer.persona, own, workspace_personas(settings, folder))
        self._prompts = PromptMaker(self._persona, settings, folder)
        self._tasks = TaskMaker(index, self._read, settings, folder)

    async def ask(self, question: str, on_delta: OnDelta, context: AskContext = _NOTHING) -> Answer:
        """Answers a question.

        Args:
            question: In any words; what is beyond 20,000 characters is left out.
            on_delta: Takes the answer's text while it is written; what it raises ends the answer.
            context: The conversation so far, and what the editor shows.

        Raises:
            FieldguideError: When the index cannot be searched; never because of a model.
        """
        task = await asyncio.to_thread(self._tasks.question, question, context)
        return await self._perform(task, on_delta)

    async def explain(self, path: str, start_line: int, end_line: int, on_delta: OnDelta) -> Answer:
        """Explains lines of a file of the workspace, 1-based and inclusive; see ``ask``.

        Raises:
            FieldguideError: When there is no such file or line, or the index cannot be asked.
        """
        task = await asyncio.to_thread(self._tasks.lines, path, start_line, end_line)
        return await self._perform(task, on_delta)

    async def explain_file(self, path: str, on_delta: OnDelta) -> Answer:
        """Explains a whole file of the workspace: its role, what it offers, who uses it; see ``ask``.

        Raises:
            FieldguideError: When there is no such file, or the index cannot be asked.
        """
        task = await asyncio.to_thread(self._tasks.file, path)
        return await self._perform(task, on_delta)

    async def prompt_for(self, question: str, context: AskContext = _NOTHING) -> tuple[Message, ...]:
        """Exactly what a model would be sent for this question, but for the random word of its fences.

        Raises:
            FieldguideError: When the index cannot be searched.
        """
        task = await asyncio.to_thread(self._tasks.question, question, context)
        return (await asyncio.to_thread(self._prompts.make, task.kind, task.values, task.material)).messages

    async def _perform(self, task: Task, on_delta: OnDelta) -> Answer:
        model = await asyncio.to_thread(model_of, self._settings.model)
        if model is None:
            return await self._offline(task, on_delta)
        if not task.material:
            return await self._offline(
                task, on_delta, "Nothing was found, so the language model was not asked."
            )
        try:
            try:
                return await self._with_model(model, task, on_delta)
            except ContextTooLongError:
                return await self._with_model(model, task, on_delta, share=0.5)
        except ModelError as error:
            return await self._offline(task, on_delta, str(error))

    async def _offline(self, task: Task, on_delta: OnDelta, failure: str = "") -> Answer:
        offline = await asyncio.to_thread(task.offline)
        text = harmless(f"**Offline answer.** {failure or _NO_MODEL} {offline.text}")
        on_delta(text)
        shown = len(offline.citations)
        files = {citation.path for citation in offline.citations}
        coverage = replace(task.coverage, passages=shown, files=len(files))
        notice = f"{failure} This is an offline answer." if failure else ""
        return Answer(text, None, offline.citations, coverage, self._notice(notice), verified=shown)

    async def _with_model(
        self, model: LanguageModel, task: Task, on_delta: OnDelta, share: float = 1.0
    ) -> Answer:
        prompt = await asyncio.to_thread(self._prompts.make, task.kind, task.values, task.material, share)
        written, broken = await _write(model, prompt, on_delta)
        settled, named = await asyncio.to_thread(self._settle, prompt, clean(written))
        packed = prompt.packed
        coverage = replace(
            task.coverage,
            passages=len(packed.passages),
            files=len({passage.path for passage in packed.passages}),
            dropped=packed.dropped,
            tokens=packed.tokens,
            turns=prompt.turns,
        )
        found = (await asyncio.to_thread(task.offline)).found
        weak = "" if found else "Little in the index matches this question."
        return Answer(
            harmless(named.text) + (_CUT_MARK if broken else ""),
            model.name,
            settled.citations,
            coverage,
            self._notice(broken, weak, _account(settled), _nowhere(named)),
            removed=settled.removed,
            corrected=settled.corrected,
            verified=settled.verified,
            unknown_names=named.unknown,
        )

    def _settle(self, prompt: Prompt, written: str) -> tuple[Settled, Named]:
        checker = self._checker(prompt)
        settled = checker.settle(written)
        return settled, mark_unknown(settled.text, checker.is_known, self._is_ours, checker.is_file)

    def _checker(self, prompt: Prompt) -> Checker:
        passages = prompt.packed.passages

        def in_workspace(name: str) -> bool:
            if any(name in line for passage in passages for line in passage.cited):
                return True
            found = self._index.lookup(name)
            return bool(found.definitions or found.references)

        shown = tuple(dict.fromkeys(passage.path for passage in passages))
        return Checker(self._folder, self._read, shown, in_workspace)

    def _is_ours(self, name: str) -> bool:
        """Whether all that belongs to this name is defined in the workspace."""
        definitions = self._index.lookup(name).definitions
        return bool(definitions) and not any(map(_inherits, definitions))

    def _notice(self, *sentences: str) -> str:
        return " ".join(sentence for sentence in (self._persona.problem, *sentences) if sentence)


def _inherits(definition: Definition) -> bool:
    return _INHERITS.match(definition.signature) is not None


async def _write(model: LanguageModel, prompt: Prompt, on_delta: OnDelta) -> tuple[str, str]:
    """The model's whole text, and why it broke off, "" if it did not. Raises when there is no text at all."""
    guard, pieces, length, broken = Guard(), [], 0, ""
    try:
        async with aclosing(model.stream(prompt.messages)) as stream:
            async for piece in stream:
                pieces.append(piece)
                length += len(piece)
                _show(guard.feed(piece), on_delta)
                if length > _LONGEST_ANSWER:
                    raise CutStreamError("The answer grew beyond all measure and was cut.")
    except CutStreamError as error:
        broken = str(error)
    if not "".join(pieces).strip():
        raise RefusedError(broken or "The language model gave an empty answer.")
    _show(guard.flush(), on_delta)
    return "".join(pieces), broken


def _show(text: str, on_delta: Callable[[str], None]) -> None:
    if text:
        on_delta(text)


def _account(settled: Settled) -> str:
    """What became of the citations, in a sentence; "" when all of them checked as they were written."""
    total = settled.verified + settled.removed
    if not total:
        return "The answer cites nothing, so nothing in it was checked."
    parts = [f"{settled.removed} did not check and were removed" if settled.removed else ""]
    parts.append(f"{settled.corrected} were corrected" if settled.corrected else "")
    told = " and ".join(part for part in parts if part)
    return f"{settled.verified} of {total} citations verified; {told}." if told else ""


def _nowhere(named: Named) -> str:
    names = ", ".join(f"`{name}`" for name in named.unknown[:_MOST_NAMED])
    more = f" and {len(named.unknown) - _MOST_NAMED} more" if len(named.unknown) > _MOST_NAMED else ""
    return f"Named in the answer, but not found in this workspace: {names}{more}." if names else ""
