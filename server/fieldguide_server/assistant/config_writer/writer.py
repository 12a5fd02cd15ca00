"""Asks a model for additions to a plan, accepts those that pass every check, and requests corrections of the others."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.assistant.answer_stream import NullStream
from fieldguide_server.assistant.config_writer.context import gather
from fieldguide_server.assistant.config_writer.exchange import Exchange
from fieldguide_server.assistant.config_writer.quotes import QuoteFinder, without_comments
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
from fieldguide_server.configgen.additions import ExtendedStudy, RefusalKind, without_additions
from fieldguide_server.configgen.plan.study import study_repository
from fieldguide_server.review import Problem
from fieldguide_server.settings import Settings

_NO_MODEL = "No language model is configured, so the file is made by the rules alone."
_RULES_ALONE = "The file is made by the rules alone."


def _ignore_round(_answers: int) -> None:
    """Ignore a round, for callers who only want the result."""


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
    """Writes config files of one workspace folder with the help of a model.

    Args:
        index: Searched for docs, if there is one.
        read: Reads files as the user has them; secrets are removed from their text.
        settings: The settings of the folder.
        folder: The workspace folder.
        models: Provides the model.
    """

    def __init__(
        self, index: Retriever | None, read: Read, settings: Settings, folder: Path, models: Models
    ) -> None:
        self._index = index
        self._read = without_comments(without_secrets(read))
        self._settings = settings
        self._folder = folder
        self._models = models
        # No persona, since the answer is JSON.
        self._prompts = PromptBuilder(Persona("", ""), settings, folder, rules="templates/config_rules.txt")

    async def write(
        self, targets: Sequence[str], *, fresh: bool = False, on_round: Callable[[int], None] = _ignore_round
    ) -> SuggestedConfig:
        """Generate the files of targets, with the additions of a model.

        Args:
            targets: Among ``configgen.TARGET_NAMES``; one exchange serves them all.
            fresh: Ignore existing files.
            on_round: Called before each answer with the number of answers so far; an error that it raises ends the
                exchange.

        Raises:
            ConfigError: The folder cannot be read. If the model fails, the files come from the rules alone.
        """
        self._models.prepare(self._settings.model)
        current, task = await asyncio.to_thread(self._study, targets, fresh)
        run = Run(task, NullStream())
        exchange = Exchange(current, QuoteFinder(self._folder, self._read), "")
        suggested: SuggestedConfig | None = None
        try:
            suggested = await self._suggest(run, exchange, on_round)
        finally:
            answer = _answer(suggested) if suggested else None
            await asyncio.to_thread(
                write_record, run, answer, self._settings, self._folder, self._models.environment
            )
        return suggested

    async def prompt_for(self, targets: Sequence[str], *, fresh: bool = False) -> tuple[Message, ...]:
        """Return exactly what would be sent to a model, except for the random word of its fences.

        Raises:
            ConfigError: The folder cannot be read.
        """
        _, task = await asyncio.to_thread(self._study, targets, fresh)
        return (await asyncio.to_thread(self._prompt, task)).messages

    def _study(self, targets: Sequence[str], fresh: bool) -> tuple[ExtendedStudy, Task]:
        current = without_additions(study_repository(self._folder), targets, fresh=fresh)
        material = gather(current, self._index, self._read, self._settings.answer.max_passages)
        names = ", ".join(targets)
        values = {"question": f"generate-config {names}", "targets": names}
        text = "\n".join(file.content for config in current.configs for file in config.files)
        return current, Task(
            "config", values, material, Coverage(), lambda: OfflineAnswer(text, (), found=True)
        )

    def _prompt(self, task: Task, share: float = 1.0) -> Prompt:
        return self._prompts.build(task.kind, task.values, task.material, share)

    async def _suggest(
        self, run: Run, exchange: Exchange, on_round: Callable[[int], None]
    ) -> SuggestedConfig:
        rules = exchange.current.configs
        try:
            model = await asyncio.to_thread(self._models.get, self._settings.model)
            if model is None:
                return SuggestedConfig(rules, rules, notice=_NO_MODEL)
            try:
                await self._ask(model, run, exchange, on_round)
            except ContextTooLongError:
                await self._ask(model, run, exchange, on_round, share=0.5)
        except ModelError as error:
            run.failure = str(error)
            return SuggestedConfig(rules, rules, notice=f"{error} {_RULES_ALONE}")
        return _suggested(rules, exchange, run)

    async def _ask(
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
    additions, remaining = exchange.current.additions, exchange.remaining()
    refused = [each for each in remaining if each.kind is not RefusalKind.KNOWN]
    broken = next((draft.broken for draft in run.drafts if draft.broken), "")
    notices = [broken, _summary(len(additions), len(refused)), "" if additions else _RULES_ALONE]
    return SuggestedConfig(
        rules,
        exchange.current.configs,
        run.model,
        additions,
        remaining,
        exchange.answers - 1,
        " ".join(sentence for sentence in notices if sentence),
    )


def _summary(accepted: int, refused: int) -> str:
    """Return the numbers of accepted and refused additions in a sentence."""
    if not accepted + refused:
        return "The model proposed nothing that the plan lacks."
    additions = "1 addition was" if accepted == 1 else f"{accepted or 'No'} additions were"
    return f"{additions} accepted from the model{f' and {refused} refused' if refused else ''}."


def _answer(suggested: SuggestedConfig) -> Answer:
    """Return the result as an answer for the record."""
    cited = tuple(Citation(each.path, each.line, each.line, quote=each.quote) for each in suggested.additions)
    text = suggested.diff or "\n".join(file.content for config in suggested.configs for file in config.files)
    accepted, refused = len(suggested.additions), len(suggested.refused)
    return Answer(text, suggested.model, cited, notice=suggested.notice, verified=accepted, removed=refused)
