"""Config generation: the files of a development environment, with the line of the repository behind each part.

::

    reading/     a repository and its formats: files, YAML, JSON with comments, shell commands
    tools/       facts about developer tools, and readers of their files
    checks/      commands, references and schemas checked against a repository
    detect/      evidence from manifests, scripts, compose files, workflows and guides
    plan/        all evidence weighed into one DevEnvironment, with its conflicts
    targets/     the environment rendered in one format, and existing files of that format checked and updated
    inspection/  diagnostics, quick fixes, hovers and completions for an existing file
    generator    files generated or updated from a study
    additions/   what a language model proposes for a plan, accepted only with evidence

Each imports only what is above it in this list. Knows no editor protocol and needs no index. Nothing is written to the
repository.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_server.configgen.formats import formats as _formats
from fieldguide_server.configgen.types import (
    ConfigError,
    ConfigFile,
    DevEnvironment,
    Evidence,
    GeneratedConfig,
    Key,
)

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.inspector import Inspection

TARGET_NAMES: tuple[str, ...] = tuple(_formats())
DEFAULT_TARGET = TARGET_NAMES[0]

__all__ = [
    "DEFAULT_TARGET",
    "TARGET_NAMES",
    "ConfigError",
    "ConfigFile",
    "DevEnvironment",
    "Evidence",
    "GeneratedConfig",
    "Key",
    "generate",
    "generate_all",
    "inspect",
    "unified_diff",
]


# The detectors compile many patterns when they are imported, which a server that generates no config need not do.
def generate(root: Path, target: str = DEFAULT_TARGET, *, fresh: bool = False) -> GeneratedConfig:
    """Generate the config for developers of the repository at ``root``.

    An existing file is updated: its comments, order and other choices stay, and ``problems`` has a sentence for every
    change. Nothing is written.

    Args:
        root: The repository; it is only read.
        target: One of ``TARGET_NAMES``.
        fresh: Ignore an existing file and generate a new one.

    Returns:
        Files that pass every check, their evidence, what is unknown, and the problems.

    Raises:
        ConfigError: ``root`` cannot be read, or ``target`` is unknown.
    """
    from fieldguide_server.configgen.generator import generate_files  # noqa: PLC0415 - see above
    from fieldguide_server.configgen.plan.study import study_repository  # noqa: PLC0415

    return generate_files(study_repository(root), target, fresh=fresh)


def generate_all(root: Path, *, fresh: bool = False) -> tuple[GeneratedConfig, ...]:
    """Generate the config of every target; the repository is read once.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    from fieldguide_server.configgen.generator import generate_files  # noqa: PLC0415 - see above
    from fieldguide_server.configgen.plan.study import study_repository  # noqa: PLC0415

    study = study_repository(root)
    return tuple(generate_files(study, target, fresh=fresh) for target in TARGET_NAMES)


def inspect(root: Path, path: str, text: str) -> "Inspection":
    """Inspect an existing config file.

    Args:
        root: The repository; it is only read.
        path: The file's path in it, with ``/``.
        text: The text of the file in the editor.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    from fieldguide_server.configgen.inspection.inspector import inspect_file  # noqa: PLC0415 - see above

    return inspect_file(root, path, text)


def unified_diff(root: Path, file: ConfigFile) -> str:
    """Return the difference between the file on disk and the generated one, "" if there is none."""
    from fieldguide_server.configgen.diff import unified_diff as diff  # noqa: PLC0415 - difflib

    return diff(root, file)
