"""Language models: any server with OpenAI's API, a model file on this machine, or the models of an editor.

Nothing is contacted before a question is asked.
"""

from fieldguide_server.assistant.models.catalog import list_models
from fieldguide_server.assistant.models.editor import Editor
from fieldguide_server.assistant.models.probe import LocalServer, local_servers
from fieldguide_server.assistant.models.selection import Models
from fieldguide_server.assistant.models.types import LanguageModel, Message

__all__ = ["Editor", "LanguageModel", "LocalServer", "Message", "Models", "list_models", "local_servers"]
