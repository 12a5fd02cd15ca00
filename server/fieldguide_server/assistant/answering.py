"""The assistant: retrieve, prompt, stream, check; and an offline answer wherever no model writes one."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from fieldguide_indexer import FieldguideError, reason_to_skip, redact
from fieldguide_server.assistant.citations import Checker, Settled, workspace_path
from fieldguide_server.assistant.context import Passage, refresh
from fieldguide_server.assistant.errors import ContextTooLongError, CutStreamError, ModelError, RefusedError
from fieldguide_server.assistant.explaining import explanation, related, study
from fieldguide_server.assistant.lines import split_lines
from fieldguide_server.assistant.models import LanguageModel, model_of
from fieldguide_server.assistant.offline import OfflineAnswer, answer
from fieldguide_server.assistant.persona import load_persona
from fieldguide_server.assistant.prompting import Prompt, PromptMaker
from fieldguide_server.assistant.types import Answer, Coverage, OnDelta, Read, Retriever
from fieldguide_server.assistant.untrusted import Guard, clean, harmless
from fieldguide_server.settings import Settings

_LONGEST_QUESTION = 20_000
_LONGEST_ANSWER = 400_000
_NO_MODEL = "No language model is configured."
_CUT_MARK = "\n\n*The answer was cut off here.*"


@dataclass(frozen=True, slots=True)
class Task:
    """What one question comes to: the prompt's kind and values, what was found, and the answer without a model."""

    kind: str
    values: dict[str, str]
    passages: tuple[Passage, ...]
    coverage: Coverage
    offline: OfflineAnswer


def _withholding(read: Read) -> Read:
    """Reads no file that is a secret by its name, and no value that is one by its look."""

    def read_withholding(path: str) -> str | None:
        text = None if reason_to_skip(path) == "secret" else read(path)
        return None if text is None else redact(text)[0]

    return read_withholding


class Assistant:
    """Answers questions about one workspace folder.

    ``index`` and ``read`` are called from worker threads. What is read may be sent to the model's server, so secrets
    are withheld from it as they are from the index.
    """

    def __init__(self, index: Retriever, read: Read, settings: Settings, folder: Path) -> None:
        self._index = index
        self._read = _withholding(read)
        self._settings = settings
        self._folder = folder
        self._persona = load_persona(settings.answer.persona)
        self._prompts = PromptMaker(self._persona, settings, folder)

    async def ask(self, question: str, on_delta: OnDelta) -> Answer:
        """Answers a question.

        Args:
            question: In any words; what is beyond 20,000 characters is left out.
            on_delta: Takes the answer's text while it is written; what it raises ends the answer.

        Raises:
            FieldguideError: When the index cannot be searched; never because of a model.
        """
        task = await asyncio.to_thread(self._question, clean(question)[:_LONGEST_QUESTION].strip())
        return await self._perform(task, on_delta)

    async def explain(self, path: str, start_line: int, end_line: int, on_delta: OnDelta) -> Answer:
        """Explains lines of a file of the workspace, 1-based and inclusive; see ``ask``.

        Raises:
            FieldguideError: When there is no such file or line, or the index cannot be asked.
        """
        task = await asyncio.to_thread(self._lines, path, start_line, end_line)
        return await self._perform(task, on_delta)

    def _question(self, question: str) -> Task:
        hits = self._index.search(question, self._settings.answer.max_passages, "all") if question else ()
        fresh = refresh(hits, self._read)
        coverage = replace(self._state(), retrieved=len(hits), stale=fresh.stale)
        offline = answer(question, fresh.passages, self._docs(fresh.passages))
        return Task("ask", {"question": question}, fresh.passages, coverage, offline)

    def _lines(self, path: str, start_line: int, end_line: int) -> Task:
        inside = workspace_path(path, self._folder)
        text = self._read(inside) if inside else None
        shown = clean(path)[:200]
        if inside is None or text is None:
            raise FieldguideError(f"There is no file {shown} in this workspace.")
        lines = split_lines(text)
        if not 1 <= start_line <= min(end_line, len(lines)):
            raise FieldguideError(
                f"{shown} has {len(lines)} lines; {start_line}-{end_line} are not among them."
            )
        passage = Passage(inside, start_line, min(end_line, len(lines)), lines)
        subject = study(passage, self._index, self._read)
        passages = related(subject, self._read)
        coverage = replace(self._state(), retrieved=len(passages))
        place = f"{inside}:{passage.start}-{passage.end}"
        return Task("explain", {"place": place}, passages, coverage, explanation(subject))

    def _docs(self, passages: Sequence[Passage]) -> dict[tuple[str, str], str]:
        paths = dict.fromkeys(passage.path for passage in passages if passage.symbol)
        known = [one for path in paths for one in self._index.definitions_in(path)]
        return {(one.path, one.symbol): one.doc for one in known if one.doc}

    def _state(self) -> Coverage:
        status = self._index.status()
        return Coverage(
            index_state=str(status.state),
            indexed_files=status.files,
            indexed_chunks=status.chunks,
            embedded_chunks=status.embedded,
        )

    async def _perform(self, task: Task, on_delta: OnDelta) -> Answer:
        model = await asyncio.to_thread(model_of, self._settings.model)
        if model is None:
            return self._offline(task, on_delta)
        if not task.passages:
            return self._offline(task, on_delta, "Nothing was found, so the language model was not asked.")
        try:
            try:
                return await self._with_model(model, task, on_delta)
            except ContextTooLongError:
                return await self._with_model(model, task, on_delta, share=0.5)
        except ModelError as error:
            return self._offline(task, on_delta, str(error))

    def _offline(self, task: Task, on_delta: OnDelta, failure: str = "") -> Answer:
        offline = task.offline
        text = harmless(f"**Offline answer.** {failure or _NO_MODEL} {offline.text}")
        on_delta(text)
        files = {citation.path for citation in offline.citations}
        coverage = replace(task.coverage, passages=len(offline.citations), files=len(files))
        notice = f"{failure} This is an offline answer." if failure else ""
        return Answer(text, None, offline.citations, coverage, self._notice(notice))

    async def _with_model(
        self, model: LanguageModel, task: Task, on_delta: OnDelta, share: float = 1.0
    ) -> Answer:
        prompt = await asyncio.to_thread(self._prompts.make, task.kind, task.values, task.passages, share)
        written, broken = await _write(model, prompt, on_delta)
        settled = await asyncio.to_thread(self._checker(prompt).settle, clean(written))
        packed = prompt.packed
        coverage = replace(
            task.coverage,
            passages=len(packed.passages),
            files=len({passage.path for passage in packed.passages}),
            dropped=packed.dropped,
            tokens=packed.tokens,
        )
        text = harmless(settled.text) + (_CUT_MARK if broken else "")
        weak = "" if task.offline.found else "Little in the index matches this question."
        notice = self._notice(broken, weak, _account(settled))
        return Answer(
            text, model.name, settled.citations, coverage, notice, settled.removed, settled.corrected
        )

    def _checker(self, prompt: Prompt) -> Checker:
        passages = prompt.packed.passages

        def in_workspace(name: str) -> bool:
            if any(name in line for passage in passages for line in passage.cited):
                return True
            found = self._index.lookup(name)
            return bool(found.definitions or found.references)

        shown = tuple(dict.fromkeys(passage.path for passage in passages))
        return Checker(self._folder, self._read, shown, in_workspace)

    def _notice(self, *sentences: str) -> str:
        return " ".join(sentence for sentence in (self._persona.problem, *sentences) if sentence)


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
    """What became of the citations, in a sentence; "" when all of them checked."""
    good = len(settled.citations)
    if not good and not settled.removed:
        return "The answer cites nothing, so nothing in it was checked."
    parts = [f"{settled.removed} did not check and were removed" if settled.removed else ""]
    parts.append(f"{settled.corrected} were corrected" if settled.corrected else "")
    told = " and ".join(part for part in parts if part)
    return f"Of the answer's citations {told}; {good} places remain." if told else ""
