"""Language models: any server that speaks OpenAI's protocol. Nothing is contacted before a question is asked."""

from fieldguide_server.assistant.models.choosing import Models
from fieldguide_server.assistant.models.types import LanguageModel, Message

__all__ = ["LanguageModel", "Message", "Models"]
