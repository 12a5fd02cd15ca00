"""The language models that an editor offers: it asks them for us, so no key and no address of theirs is known here."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings

_FAILED = (errors.RefusedError, "The language model of your editor failed.")
_REFUSALS: Mapping[str, tuple[type[errors.ModelError], str]] = {
    "absent": (errors.UnreachableError, "Your editor offers Fieldguide no language models."),
    "blocked": (errors.RefusedError, "Your editor keeps Fieldguide from the language model {name}."),
    "cancelled": (errors.RefusedError, "The language model {name} was stopped in your editor."),
    "filtered": (errors.ContentFilterError, "The language model's content filter refused the question."),
    "late": (errors.ModelTimeoutError, "The language model of your editor did not answer in time."),
    "permission": (
        errors.RefusedError,
        "You have not allowed Fieldguide to use the language models of your editor.",
    ),
    "quota": (
        errors.RateLimitedError,
        "The language model {name} takes no more requests for now, or its quota is used up.",
    ),
    "tooLong": (errors.ContextTooLongError, "The prompt is too long for the model {name}."),
    "unknown": (errors.UnknownModelError, "Your editor has no language model {name}."),
}


class Editor(Protocol):
    """What may offer language models of its own."""

    async def longest_prompt(self, model: str) -> int | None:
        """Return the tokens that a prompt for a model may have; None where that is not told."""

    def stream(self, settings: ModelSettings, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """See ``LanguageModel``."""


@dataclass(frozen=True, slots=True)
class EditorModel:
    """A model that ``editor`` asks."""

    settings: ModelSettings
    editor: Editor

    @property
    def name(self) -> str:
        """The model's name as the editor knows it."""
        return self.settings.name

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Stream the answer; see ``LanguageModel``."""
        return self.editor.stream(self.settings, messages)


def refusal(kind: str, name: str, *, begun: bool = False) -> errors.ModelError:
    """Return the error for the reason that an editor gave.

    Args:
        kind: One of those that ``PROTOCOL.md`` lists; any other is told as a plain failure.
        name: The model's.
        begun: Whether some of the answer had come.
    """
    if begun:
        return errors.CutStreamError(errors.BROKE_OFF)
    made, sentence = _REFUSALS.get(kind, _FAILED)
    return made(sentence.format(name=name))
