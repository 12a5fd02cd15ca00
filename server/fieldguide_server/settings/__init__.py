"""Settings: one schema with all defaults, and the layers from which they are loaded.

``load(Sources(folder, editor, os.environ, flags))`` returns a ``Loaded``: the settings, the problems as sentences for the
user, and the origin of each value. Invalid input never raises.
"""

from fieldguide_server.settings.endpoints import OPENAI_URL, is_openai
from fieldguide_server.settings.globs import ignore_patterns
from fieldguide_server.settings.loader import WORKSPACE_FILE, Sources, load, user_file
from fieldguide_server.settings.merger import EDITOR, Loaded
from fieldguide_server.settings.profiles import EDITOR_MODELS, OFFLINE, PRESETS
from fieldguide_server.settings.schema import (
    AnswerSettings,
    EmbeddingSettings,
    HoverSettings,
    IndexSettings,
    ModelSettings,
    RecordSettings,
    Settings,
    Spec,
    StoreSettings,
    schema,
)

__all__ = [
    "EDITOR",
    "EDITOR_MODELS",
    "OFFLINE",
    "OPENAI_URL",
    "PRESETS",
    "WORKSPACE_FILE",
    "AnswerSettings",
    "EmbeddingSettings",
    "HoverSettings",
    "IndexSettings",
    "Loaded",
    "ModelSettings",
    "RecordSettings",
    "Settings",
    "Sources",
    "Spec",
    "StoreSettings",
    "ignore_patterns",
    "is_openai",
    "load",
    "schema",
    "user_file",
]
