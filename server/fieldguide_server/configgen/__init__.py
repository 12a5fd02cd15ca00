"""Config generation: a development environment's file, with the line of the repository behind every part.

::

    reading/     a repository and its formats: files, YAML, JSON with comments, shell commands
    tools/       facts about developer tools, and readers of their files
    detect/      evidence from manifests, scripts, compose files, workflows, READMEs
    plan/        all evidence weighed into one DevEnvironment; conflicts named
    targets/     the environment rendered as one format's files, or an existing file brought up to date
    checks/      files checked against their schema and the repository; what fails is taken out, with its reason
    inspection/  an existing file read: what is wrong, why a line is there, what could follow
    additions/   what a language model proposes for a plan, accepted only with evidence

Knows no editor protocol and needs no index. Nothing is written to the repository.
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

TARGETS: tuple[str, ...] = tuple(_formats())

__all__ = [
    "TARGETS",
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


# The detectors' many patterns are compiled at import: a server that makes no config shall not wait for them.
def generate(root: Path, target: str = "gitpod", *, fresh: bool = False) -> GeneratedConfig:
    """Make the config that a developer of the repository at ``root`` would want.

    A file that exists is brought up to date: its comments, order and own choices stay, and every change is a
    sentence in ``problems``. Nothing is written.

    Args:
        root: The repository; it is only read.
        target: One of ``TARGETS``.
        fresh: Leave an existing file out of account and make the file anew.

    Returns:
        Files without any failure, their evidence, what is unknown, and the problems met on the way.

    Raises:
        ConfigError: ``root`` cannot be read, or ``target`` is unknown.
    """
    from fieldguide_server.configgen.generator import generate_files  # noqa: PLC0415 - see above
    from fieldguide_server.configgen.plan.study import study  # noqa: PLC0415

    return generate_files(study(root), target, fresh=fresh)


def generate_all(root: Path, *, fresh: bool = False) -> tuple[GeneratedConfig, ...]:
    """Return ``generate`` for every target, with the repository read once.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    from fieldguide_server.configgen.generator import generate_files  # noqa: PLC0415 - see above
    from fieldguide_server.configgen.plan.study import study  # noqa: PLC0415

    known = study(root)
    return tuple(generate_files(known, target, fresh=fresh) for target in TARGETS)


def inspect(root: Path, path: str, text: str) -> "Inspection":
    """Read an existing config file against its repository.

    Args:
        root: The repository; it is only read.
        path: The file's path in it, with ``/``.
        text: The file as the editor has it.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    from fieldguide_server.configgen.inspection.inspector import inspect_file  # noqa: PLC0415 - see above

    return inspect_file(root, path, text)


def unified_diff(root: Path, file: ConfigFile) -> str:
    """Return the change from the file as it is on disk to the generated one; "" when they are the same."""
    from fieldguide_server.configgen.diff import unified_diff as diff  # noqa: PLC0415 - difflib

    return diff(root, file)
