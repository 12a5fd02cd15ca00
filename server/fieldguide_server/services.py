"""The services of the language server and the shell: the index, the assistant, config generation, the models.

Each is imported when it is first needed, so that neither ``initialize`` nor ``fieldguide --help`` waits for it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldguide_indexer import Index, IndexOptions
    from fieldguide_server.assistant import Assistant, Retriever
    from fieldguide_server.assistant.config_writer import ConfigWriter
    from fieldguide_server.assistant.models import Editor, LocalServer, Models
    from fieldguide_server.configgen import GeneratedConfig
    from fieldguide_server.configgen.plan.study import Study
    from fieldguide_server.settings import Settings

ReadText = Callable[[str], str | None]
"""Returns the current text of a path relative to a folder, with ``/``; None if there is no such file."""


def _open_index(folder: Path, options: "IndexOptions") -> "Index":
    from fieldguide_indexer import Index  # noqa: PLC0415 - brings sockets, processes and package metadata

    return Index.open(folder, options)


def _open_docs(sources: Path, options: "IndexOptions") -> "Index":
    from fieldguide_indexer import Index  # noqa: PLC0415 - see above

    return Index.open_sources(sources, options)


def _assistant(
    index: "Retriever", read: ReadText, settings: "Settings", folder: Path, models: "Models"
) -> "Assistant":
    from fieldguide_server.assistant import Assistant  # noqa: PLC0415 - brings the token counter

    return Assistant(index, read, settings, folder, models)


def _models(environment: Mapping[str, str], editor: "Editor | None" = None) -> "Models":
    from fieldguide_server.assistant.models import Models  # noqa: PLC0415 - see above

    return Models(environment, editor)


def _config_writer(
    index: "Retriever | None", read: ReadText, settings: "Settings", folder: Path, models: "Models"
) -> "ConfigWriter":
    from fieldguide_server.assistant.config_writer import ConfigWriter  # noqa: PLC0415 - see above

    return ConfigWriter(index, read, settings, folder, models)


def _generate(root: Path, target: str) -> "GeneratedConfig":
    from fieldguide_server.configgen import generate  # noqa: PLC0415 - brings YAML and schemas

    return generate(root, target)


async def _local_servers() -> "tuple[LocalServer, ...]":
    from fieldguide_server.assistant.models import local_servers  # noqa: PLC0415 - see above

    return await local_servers()


def _study(root: Path) -> "Study":
    from fieldguide_server.configgen.plan.study import study_repository  # noqa: PLC0415 - brings the patterns of all detectors

    return study_repository(root)


@dataclass(frozen=True, slots=True)
class Services:
    """The constructors of the parts; tests replace some of them."""

    open_index: "Callable[[Path, IndexOptions], Index]" = _open_index
    assistant: "Callable[[Retriever, ReadText, Settings, Path, Models], Assistant]" = _assistant
    models: "Callable[[Mapping[str, str], Editor | None], Models]" = _models
    local_servers: "Callable[[], Awaitable[tuple[LocalServer, ...]]]" = _local_servers
    config_writer: "Callable[[Retriever | None, ReadText, Settings, Path, Models], ConfigWriter]" = (
        _config_writer
    )
    generate: "Callable[[Path, str], GeneratedConfig]" = _generate
    study: "Callable[[Path], Study]" = _study
    open_docs: "Callable[[Path, IndexOptions], Index]" = _open_docs
