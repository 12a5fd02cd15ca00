"""What is known of a repository before any format is thought of: evidence, and one repaired plan."""

from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.configgen.collecting import collect
from fieldguide_server.configgen.detect.compose import containers
from fieldguide_server.configgen.plan import make_plan
from fieldguide_server.configgen.repair import repaired
from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.types import DevEnvironment, Evidence


@dataclass(frozen=True, slots=True)
class Study:
    """What is known of a repository, before any format is thought of."""

    repo: Repository
    evidence: tuple[Evidence, ...]
    environment: DevEnvironment
    notes: tuple[str, ...]


def study(root: Path) -> Study:
    """Read a repository and plan its environment.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    repo = Repository(root)
    evidence = collect(repo)
    environment, reasons = repaired(make_plan(evidence, containers(repo)), repo)
    return Study(repo, evidence, environment, (*environment.conflicts, *reasons))
