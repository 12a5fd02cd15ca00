"""Config generation: a development environment's file, with the line of the repository behind every part.

::

    detect/   evidence from manifests, scripts, compose files, READMEs
    plan      all evidence weighed into one DevEnvironment
    targets/  the environment rendered as one format's files
    validate  the files checked against their schema and the repository
    repair    what a check refused taken out, with its reason

Knows no editor protocol and needs no index. Nothing is written to the repository.
"""

from pathlib import Path

from fieldguide_server.configgen.targets import RENDERERS
from fieldguide_server.configgen.types import (
    ConfigError,
    ConfigFile,
    DevEnvironment,
    Evidence,
    GeneratedConfig,
    Key,
)

TARGETS: tuple[str, ...] = tuple(RENDERERS)

__all__ = [
    "TARGETS",
    "ConfigError",
    "ConfigFile",
    "DevEnvironment",
    "Evidence",
    "GeneratedConfig",
    "Key",
    "generate",
]


def generate(root: Path, target: str = "gitpod") -> GeneratedConfig:
    """Make the config that a developer of the repository at ``root`` would want.

    Args:
        root: The repository; it is only read.
        target: One of ``TARGETS``.

    Returns:
        Files without any failure, their evidence, what is unknown, and the problems met on the way.

    Raises:
        ConfigError: ``root`` cannot be read, or ``target`` is unknown.
    """
    if target not in TARGETS:
        raise ConfigError(f"There is no target {target}; known are {', '.join(TARGETS)}.")
    # The detectors' many patterns are compiled at import: a server that makes no config shall not wait for them.
    from fieldguide_server.configgen.detect import collect  # noqa: PLC0415
    from fieldguide_server.configgen.plan import make_plan  # noqa: PLC0415
    from fieldguide_server.configgen.repair import repaired  # noqa: PLC0415
    from fieldguide_server.configgen.repository import Repository  # noqa: PLC0415

    repo = Repository(root)
    evidence = collect(repo)
    environment = make_plan(evidence)
    files, reasons = repaired(environment, repo, target)
    problems = tuple(dict.fromkeys([*repo.problems, *reasons]))
    return GeneratedConfig(target, files, evidence, environment.unknown, problems)
