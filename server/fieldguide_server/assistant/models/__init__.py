"""Language models: any server that speaks OpenAI's protocol. Nothing is contacted before a question is asked."""

from fieldguide_server.assistant.models.choosing import Models
from fieldguide_server.assistant.models.listing import list_models
from fieldguide_server.assistant.models.probing import LocalServer, local_servers
from fieldguide_server.assistant.models.types import LanguageModel, Message

__all__ = ["LanguageModel", "LocalServer", "Message", "Models", "list_models", "local_servers"]
