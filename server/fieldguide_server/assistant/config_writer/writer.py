"""Asks a model what a plan lacks, takes what is proved and passes every check, and asks again for what did not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.assistant.answer_stream import NullStream
from fieldguide_server.assistant.config_writer.context import gather
from fieldguide_server.assistant.config_writer.conversation import Exchange
from fieldguide_server.assistant.config_writer.quotes import Prover, seen_by_people
from fieldguide_server.assistant.config_writer.types import SuggestedConfig
from fieldguide_server.assistant.draft import DraftWriter
from fieldguide_server.assistant.models import LanguageModel, Message, Models
from fieldguide_server.assistant.models.errors import ContextTooLongError, ModelError
from fieldguide_server.assistant.offline.answer import OfflineAnswer
from fieldguide_server.assistant.prompts.builder import Prompt, PromptBuilder
from fieldguide_server.assistant.prompts.persona import Persona
from fieldguide_server.assistant.record import Run, write_record
from fieldguide_server.assistant.tasks import Task, without_secrets
from fieldguide_server.assistant.types import Answer, Citation, Coverage, Read, Retriever
from fieldguide_server.configgen import GeneratedConfig
from fieldguide_server.configgen.additions import (
    Accepted,
    Why,
    begin,
)
from fieldguide_server.configgen.plan.study import study_repository
from fieldguide_server.review import Problem
from fieldguide_server.settings import Settings

_NO_MODEL = "No language model is configured, so this is what the rules alone make."
_RULES_ALONE = "This is what the rules alone make."


def _unheard(_rounds: int) -> None:
    """For somebody who only wants the outcome."""


@dataclass(frozen=True, slots=True)
class _RoundStream:
    """Passes a model's text to the run, and reports each new round."""

    run: Run
    exchange: Exchange
    on_round: Callable[[int], None]

    def add(self, text: str) -> None:
        """Keep a piece of text."""
        self.run.add(text)

    def reset(self, _problems: Sequence[Problem]) -> None:
        """Report a new round; the text of earlier rounds stays, since their additions do."""
        self.on_round(self.exchange.answers)


class ConfigWriter:
    """Makes config files with the help of a model, for one workspace folder.

    ``index`` is asked for docs where there is one. ``read`` gives files as the user has them; secrets are withheld from
    what it gives. ``models`` gives the model.
    """

    def __init__(
        self, index: Retriever | None, read: Read, settings: Settings, folder: Path, models: Models
    ) -> None:
        self._index = index
        self._read = seen_by_people(without_secrets(read))
        self._settings = settings
        self._folder = folder
        self._models = models
        # The rules are the whole of it: how an answer sounds is no matter here.
        self._prompts = PromptBuilder(Persona("", ""), settings, folder, rules="templates/config_rules.txt")

    async def write(
        self, targets: Sequence[str], *, fresh: bool = False, on_round: Callable[[int], None] = _unheard
    ) -> SuggestedConfig:
        """Make the files of targets, with what a model adds to them.

        Args:
            targets: Names of ``configgen.TARGETS``; one exchange serves them all.
            fresh: Leave existing files out of account.
            on_round: Told before each answer how many there were; what it raises ends the exchange.

        Raises:
            ConfigError: The folder cannot be read. Never because of a model: then the files are the rules' own.
        """
        self._models.prepare(self._settings.model)
        so_far, task = await asyncio.to_thread(self._study, targets, fresh)
        run = Run(task, NullStream())
        exchange = Exchange(so_far, Prover(self._folder, self._read), "")
        made: SuggestedConfig | None = None
        try:
            made = await self._written(run, exchange, on_round)
        finally:
            answer = _answer(made) if made else None
            await asyncio.to_thread(
                write_record, run, answer, self._settings, self._folder, self._models.environment
            )
        return made

    async def prompt_for(self, targets: Sequence[str], *, fresh: bool = False) -> tuple[Message, ...]:
        """Exactly what a model would be sent, but for the random word of its fences.

        Raises:
            ConfigError: The folder cannot be read.
        """
        _, task = await asyncio.to_thread(self._study, targets, fresh)
        return (await asyncio.to_thread(self._prompt, task)).messages

    def _study(self, targets: Sequence[str], fresh: bool) -> tuple[Accepted, Task]:
        so_far = begin(study_repository(self._folder), targets, fresh=fresh)
        material = gather(so_far, self._index, self._read, self._settings.answer.max_passages)
        shown = ", ".join(targets)
        values = {"question": f"generate-config {shown}", "targets": shown}
        text = "\n".join(file.content for config in so_far.configs for file in config.files)
        return so_far, Task(
            "config", values, material, Coverage(), lambda: OfflineAnswer(text, (), found=True)
        )

    def _prompt(self, task: Task, share: float = 1.0) -> Prompt:
        return self._prompts.build(task.kind, task.values, task.material, share)

    async def _written(
        self, run: Run, exchange: Exchange, on_round: Callable[[int], None]
    ) -> SuggestedConfig:
        rules = exchange.so_far.configs
        try:
            model = await asyncio.to_thread(self._models.get, self._settings.model)
            if model is None:
                return SuggestedConfig(rules, rules, notice=_NO_MODEL)
            try:
                await self._asked(model, run, exchange, on_round)
            except ContextTooLongError:
                await self._asked(model, run, exchange, on_round, share=0.5)
        except ModelError as error:
            run.failure = str(error)
            return SuggestedConfig(rules, rules, notice=f"{error} {_RULES_ALONE}")
        return _suggested(rules, exchange, run)

    async def _asked(
        self,
        model: LanguageModel,
        run: Run,
        exchange: Exchange,
        on_round: Callable[[int], None],
        share: float = 1.0,
    ) -> None:
        run.prompt = await asyncio.to_thread(self._prompt, run.task, share)
        run.model = exchange.proposer = model.name
        on_round(0)
        writer = DraftWriter(
            model,
            exchange.check,
            exchange.review,
            _RoundStream(run, exchange, on_round),
            exchange.repair,
        )
        run.drafts = await writer.write(run.prompt.messages, self._settings.answer.review_rounds)


def _suggested(rules: tuple[GeneratedConfig, ...], exchange: Exchange, run: Run) -> SuggestedConfig:
    taken, left = exchange.so_far.taken, exchange.left()
    refused = [each for each in left if each.why is not Why.KNOWN]
    broken = next((draft.broken for draft in run.drafts if draft.broken), "")
    told = [broken, _account(len(taken), len(refused)), "" if taken else _RULES_ALONE]
    return SuggestedConfig(
        rules,
        exchange.so_far.configs,
        run.model,
        taken,
        left,
        exchange.answers - 1,
        " ".join(sentence for sentence in told if sentence),
    )


def _account(taken: int, refused: int) -> str:
    """Return what became of the proposals, in a sentence."""
    if not taken + refused:
        return "The model proposed nothing that the plan lacks."
    plural = "" if taken == 1 else "s"
    dropped = f"; {refused} refused and left out" if refused else ""
    return f"{taken or 'No'} addition{plural} of the model taken{dropped}."


def _answer(made: SuggestedConfig) -> Answer:
    """Return the outcome as a record keeps it."""
    cited = tuple(Citation(each.path, each.line, each.line, quote=each.quote) for each in made.additions)
    text = made.diff or "\n".join(file.content for config in made.configs for file in config.files)
    taken, refused = len(made.additions), len(made.refused)
    return Answer(text, made.model, cited, notice=made.notice, verified=taken, removed=refused)
