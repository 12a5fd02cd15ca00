"""Answers about a workspace: retrieve, prompt, stream, check every citation. Knows no editor and no protocol.

``Assistant(index, read, settings, folder)`` answers ``ask`` and ``explain``; with no language model, or when it
fails before its first word, the answer is made of the passages themselves.
"""

from fieldguide_server.assistant.answer_stream import AnswerStream, NullStream
from fieldguide_server.assistant.assistant import Assistant
from fieldguide_server.assistant.models import LanguageModel, Message
from fieldguide_server.assistant.models.errors import ModelError
from fieldguide_server.assistant.prompts.persona import BUILT_IN, list_personas
from fieldguide_server.assistant.types import (
    Answer,
    AskContext,
    Citation,
    Coverage,
    Retriever,
    Selection,
    Turn,
)

__all__ = [
    "BUILT_IN",
    "Answer",
    "AnswerStream",
    "AskContext",
    "Assistant",
    "Citation",
    "Coverage",
    "LanguageModel",
    "Message",
    "ModelError",
    "NullStream",
    "Retriever",
    "Selection",
    "Turn",
    "list_personas",
]
