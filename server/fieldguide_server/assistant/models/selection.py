"""From settings to the language model that they name."""

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module

from fieldguide_server.assistant.models.editor import Editor, EditorModel, editor_error
from fieldguide_server.assistant.models.errors import ModelOffError, UnknownModelError
from fieldguide_server.assistant.models.local import LlamaRunner, LocalModel
from fieldguide_server.assistant.models.types import LanguageModel
from fieldguide_server.settings import EDITOR_MODELS, OFFLINE, ModelSettings

_CLIENT = "fieldguide_server.assistant.models.openai_model"


class Models:
    """Makes language models of settings, and runs those of this machine until it is closed or collected.

    ``environment`` holds the keys; it is read when a model is asked, not before. ``editor`` is None where there is no
    editor. ``runner`` runs model files, one at a time.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        editor: Editor | None = None,
        runner: LlamaRunner | None = None,
    ) -> None:
        self.environment = environment
        self.editor = editor
        self.runner = runner or LlamaRunner()

    def prepare(self, settings: ModelSettings) -> None:
        """Import the client library in the background: that takes longer than the search for passages."""
        if settings.title and settings.profile != EDITOR_MODELS and _CLIENT not in sys.modules:
            threading.Thread(target=import_module, args=(_CLIENT,), name="model client").start()

    async def fit_window(self, settings: ModelSettings) -> ModelSettings:
        """Return the settings with the model's real context window where the editor tells it."""
        if settings.profile != EDITOR_MODELS or self.editor is None or not settings.name:
            return settings
        prompt_tokens = await self.editor.longest_prompt(settings.name)
        # An editor counts the prompt alone; a window holds the answer too.
        window = (prompt_tokens or settings.context_window) + settings.max_output_tokens
        return replace(settings, context_window=min(settings.context_window, window))

    def get(self, settings: ModelSettings) -> LanguageModel | None:
        """Return the configured model, None if there is none. Nothing is contacted or started.

        Raises:
            ModelOffError: The settings name no address that can be used.
            UnknownModelError: A server is chosen, but no model of it.
            UnreachableError: A model of the editor is chosen, and no editor offers any.
        """
        if settings.off:
            raise ModelOffError(settings.off)
        if settings.file:
            return LocalModel(settings, self.runner)
        if not settings.name and settings.profile not in ("", OFFLINE):
            raise UnknownModelError(
                f"The profile {settings.profile} names no model: choose {settings.profile}:MODEL, or set its name."
            )
        if not settings.name:
            return None
        if settings.profile == EDITOR_MODELS:
            if self.editor is None:
                raise editor_error("absent", settings.name)
            return EditorModel(settings, self.editor)
        # This import alone takes longer than the language server may take to start.
        from fieldguide_server.assistant.models.openai_model import OpenAIModel  # noqa: PLC0415

        return OpenAIModel(settings, self.environment)

    def close(self) -> None:
        """End the process that runs a model file, if there is one."""
        self.runner.close()
