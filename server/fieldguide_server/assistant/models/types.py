"""What the assistant needs of a language model."""

from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol, TypedDict


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
        """Return the answer in pieces. Raises a ``ModelError``, at any point; closing the generator stops the model."""
