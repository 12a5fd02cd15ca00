"""From settings to the language model that they name."""

import os
import sys
import threading
from collections.abc import Mapping
from importlib import import_module

from fieldguide_server.assistant.errors import UnknownModelError
from fieldguide_server.assistant.models.local import LlamaRunner, LocalModel
from fieldguide_server.assistant.models.types import LanguageModel
from fieldguide_server.settings import OFFLINE, ModelSettings

_CLIENT = "fieldguide_server.assistant.models.openai_model"


class Models:
    """Gives language models, and runs those of this machine, one at a time, until it is closed or forgotten.

    ``environment`` holds the keys; it is read when a model is asked, not before.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.environment = environment
        self.runner = LlamaRunner()

    def prepare(self, settings: ModelSettings) -> None:
        """Load the client library in the background: it takes longer than to find what the model is to read."""
        if settings.title and _CLIENT not in sys.modules:
            threading.Thread(target=import_module, args=(_CLIENT,), name="model client").start()

    def of(self, settings: ModelSettings) -> LanguageModel | None:
        """The configured model, None when there is none. Nothing is contacted or started.

        Raises:
            UnknownModelError: A server is chosen, but no model of it.
        """
        if settings.file:
            return LocalModel(settings, self.runner)
        if not settings.name and settings.profile not in ("", OFFLINE):
            raise UnknownModelError(
                f"The profile {settings.profile} names no model: say {settings.profile}:MODEL, or set its name."
            )
        if not settings.name:
            return None
        # Importing the client library takes longer than starting the whole language server may.
        from fieldguide_server.assistant.models.openai_model import OpenAIModel  # noqa: PLC0415

        return OpenAIModel(settings, self.environment)

    def close(self) -> None:
        """End what was started."""
        self.runner.close()
