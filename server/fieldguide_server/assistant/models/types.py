"""The interface of a language model."""

from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol, TypedDict


class Message(TypedDict):
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """A model that continues a conversation."""

    @property
    def name(self) -> str:
        """The name that the user knows the model by."""

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Yield the answer in pieces; closing the generator stops the model.

        Raises:
            ModelError: At any point.
        """
