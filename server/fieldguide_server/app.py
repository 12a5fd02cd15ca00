"""The composition root: which features there are, and what the server is made of."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer import IndexOptions
from fieldguide_server.features import lifecycle, sync
from fieldguide_server.features.documents import (
    code_actions,
    code_lens,
    completion,
    diagnostics,
    generate_config,
    hover,
)
from fieldguide_server.features.index import add_docs, files, pause, reindex, search, status
from fieldguide_server.features.questions import ask, explain, explain_problem, history, models, personas
from fieldguide_server.lsp.server import Parts, ReadText, Server
from fieldguide_server.settings import Settings
from fieldguide_server.workspace.folders import IndexHandle

if TYPE_CHECKING:
    from fieldguide_server.assistant import Assistant
    from fieldguide_server.assistant.config_writer import ConfigWriter
    from fieldguide_server.assistant.models import Editor, Models
    from fieldguide_server.assistant.types import Retriever
    from fieldguide_server.configgen import GeneratedConfig

FEATURES = (
    lifecycle,
    sync,
    hover,
    diagnostics,
    completion,
    code_actions,
    code_lens,
    ask,
    explain,
    explain_problem,
    models,
    personas,
    generate_config,
    history,
    search,
    status,
    files,
    reindex,
    add_docs,
    pause,
)


def create_server(parts: Parts | None = None) -> Server:
    """Return a server with every feature, not started yet. Tests hand it other parts."""
    # pygls logs whole payloads at INFO: the user's source and questions.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    server = Server(parts or Parts(_open_index, _assistant, _generate, _models, _config_writer))
    for feature in FEATURES:
        feature.register(server)
    return server


# What is imported below would keep `initialize` waiting.
def _open_index(folder: Path, options: IndexOptions) -> IndexHandle:
    from fieldguide_indexer import Index  # noqa: PLC0415 - brings sockets, processes and package metadata

    return Index.open(folder, options)


def _assistant(
    index: "Retriever", read: ReadText, settings: Settings, folder: Path, models: "Models"
) -> "Assistant":
    from fieldguide_server.assistant import Assistant  # noqa: PLC0415 - brings the token counter

    return Assistant(index, read, settings, folder, models)


def _models(environment: Mapping[str, str], editor: "Editor | None") -> "Models":
    from fieldguide_server.assistant.models import Models  # noqa: PLC0415 - see above

    return Models(environment, editor)


def _config_writer(
    index: IndexHandle | None, read: ReadText, settings: Settings, folder: Path, models: "Models"
) -> "ConfigWriter":
    from fieldguide_server.assistant.config_writer import ConfigWriter  # noqa: PLC0415 - see above

    return ConfigWriter(index, read, settings, folder, models)


def _generate(root: Path, target: str) -> "GeneratedConfig":
    from fieldguide_server.configgen import generate  # noqa: PLC0415 - brings YAML and schemas

    return generate(root, target)
