"""Language models: what the assistant needs of one, and where it gets one."""

import os
from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol, TypedDict

from fieldguide_server.settings import ModelSettings


class Message(TypedDict):
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """Something that continues a conversation."""

    @property
    def name(self) -> str:
        """How the user calls it."""

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The answer in pieces. Raises a ``ModelError``, at any point; closing the generator stops the model."""


def model_of(settings: ModelSettings) -> LanguageModel | None:
    """The configured model, None when there is none. Nothing is contacted."""
    if not settings.name:
        return None
    # Importing the client library takes longer than starting the whole language server may.
    from fieldguide_server.assistant.openai_model import OpenAIModel  # noqa: PLC0415

    return OpenAIModel(settings, os.environ)
