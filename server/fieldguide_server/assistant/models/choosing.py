"""From settings to the language model that they name."""

import os
from collections.abc import Mapping

from fieldguide_server.assistant.errors import UnknownModelError
from fieldguide_server.assistant.models.local import LlamaRunner, LocalModel
from fieldguide_server.assistant.models.types import LanguageModel
from fieldguide_server.settings import OFFLINE, ModelSettings


class Models:
    """Gives language models, and runs those of this machine, one at a time, until it is closed or forgotten.

    ``environment`` holds the keys; it is read when a model is asked, not before.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self.runner = LlamaRunner()

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

        return OpenAIModel(settings, self._environment)

    def close(self) -> None:
        """End what was started."""
        self.runner.close()
