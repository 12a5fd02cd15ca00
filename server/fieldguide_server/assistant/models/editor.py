"""The language models of an editor, which sends the requests itself: their keys and addresses are not known here."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fieldguide_server.assistant.models import errors
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings

_OTHER = (errors.ModelResponseError, "The language model of your editor failed.")
_BY_REASON: Mapping[str, tuple[type[errors.ModelError], str]] = {
    "absent": (errors.UnreachableError, "Your editor offers no language models to Fieldguide."),
    "blocked": (
        errors.ModelResponseError,
        "Your editor does not let Fieldguide use the language model {name}.",
    ),
    "cancelled": (
        errors.ModelResponseError,
        "The request to the language model {name} was cancelled in your editor.",
    ),
    "filtered": (errors.ContentFilterError, "The language model's content filter refused the question."),
    "late": (errors.ModelTimeoutError, "The language model of your editor did not answer in time."),
    "permission": (
        errors.ModelResponseError,
        "You have not allowed Fieldguide to use the language models of your editor.",
    ),
    "quota": (
        errors.RateLimitedError,
        "The language model {name} accepts no more requests for now, or its quota is used up.",
    ),
    "tooLong": (errors.ContextTooLongError, "The prompt is too long for the model {name}."),
    "unknown": (errors.UnknownModelError, "Your editor has no language model {name}."),
}


class Editor(Protocol):
    """An editor that may offer language models of its own."""

    async def longest_prompt(self, model: str) -> int | None:
        """Return the number of tokens that a prompt for a model may have; None if the editor does not say."""

    def stream(self, settings: ModelSettings, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Stream an answer; see ``LanguageModel.stream``."""


@dataclass(frozen=True, slots=True)
class EditorModel:
    """A language model of ``editor``."""

    settings: ModelSettings
    editor: Editor

    @property
    def name(self) -> str:
        """The model's name in the editor."""
        return self.settings.name

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Stream an answer; see ``LanguageModel.stream``."""
        return self.editor.stream(self.settings, messages)


def editor_error(reason: str, name: str, *, begun: bool = False) -> errors.ModelError:
    """Return the error for the reason that an editor gave.

    Args:
        reason: One of those in ``PROTOCOL.md``; any other gives a ``ModelResponseError``.
        name: The name of the model.
        begun: Whether part of the answer had arrived.
    """
    if begun:
        return errors.IncompleteAnswerError(errors.CONNECTION_LOST)
    error, sentence = _BY_REASON.get(reason, _OTHER)
    return error(sentence.format(name=name))
