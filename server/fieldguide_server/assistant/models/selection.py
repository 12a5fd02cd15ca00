"""From settings to the language model that they name."""

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module

from fieldguide_server.assistant.models.editor import Editor, EditorModel, refusal
from fieldguide_server.assistant.models.errors import UnknownModelError
from fieldguide_server.assistant.models.local import LlamaRunner, LocalModel
from fieldguide_server.assistant.models.types import LanguageModel
from fieldguide_server.settings import EDITOR_MODELS, OFFLINE, ModelSettings

_CLIENT = "fieldguide_server.assistant.models.openai_model"


class Models:
    """Gives language models, and runs those of this machine, one at a time, until it is closed or forgotten.

    ``environment`` holds the keys; it is read when a model is asked, not before. ``editor`` is who offers models of its
    own, None where there is no editor.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ, editor: Editor | None = None) -> None:
        self.environment = environment
        self.editor = editor
        self.runner = LlamaRunner()

    def prepare(self, settings: ModelSettings) -> None:
        """Load the client library in the background: it takes longer than to find what the model is to read."""
        if settings.title and settings.profile != EDITOR_MODELS and _CLIENT not in sys.modules:
            threading.Thread(target=import_module, args=(_CLIENT,), name="model client").start()

    async def measured(self, settings: ModelSettings) -> ModelSettings:
        """Return the settings with the window that the model has, where an editor tells it; only it knows its own models."""
        if settings.profile != EDITOR_MODELS or self.editor is None or not settings.name:
            return settings
        room = await self.editor.longest_prompt(settings.name)
        # An editor counts the prompt alone; a window holds the answer too.
        window = (room or settings.context_window) + settings.max_output_tokens
        return replace(settings, context_window=min(settings.context_window, window))

    def of(self, settings: ModelSettings) -> LanguageModel | None:
        """Return the configured model, None when there is none. Nothing is contacted or started.

        Raises:
            UnknownModelError: A server is chosen, but no model of it.
            UnreachableError: A model of the editor is chosen, and no editor offers any.
        """
        if settings.file:
            return LocalModel(settings, self.runner)
        if not settings.name and settings.profile not in ("", OFFLINE):
            raise UnknownModelError(
                f"The profile {settings.profile} names no model: say {settings.profile}:MODEL, or set its name."
            )
        if not settings.name:
            return None
        if settings.profile == EDITOR_MODELS:
            if self.editor is None:
                raise refusal("absent", settings.name)
            return EditorModel(settings, self.editor)
        # Importing the client library takes longer than starting the whole language server may.
        from fieldguide_server.assistant.models.openai_model import OpenAIModel  # noqa: PLC0415

        return OpenAIModel(settings, self.environment)

    def close(self) -> None:
        """End what was started."""
        self.runner.close()
