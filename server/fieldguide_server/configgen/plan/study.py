"""What is known of a repository before any format is thought of: evidence, and one repaired plan."""

from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.configgen.checks.sessions import check_environment
from fieldguide_server.configgen.detect.deployment.compose import containers
from fieldguide_server.configgen.plan.collect import collect
from fieldguide_server.configgen.plan.plan import make_plan
from fieldguide_server.configgen.plan.repair import repaired
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import DevEnvironment, Evidence, Key


@dataclass(frozen=True, slots=True)
class Study:
    """What is known of a repository, before any format is thought of."""

    repo: Repository
    evidence: tuple[Evidence, ...]
    environment: DevEnvironment
    notes: tuple[str, ...]


STARTING = frozenset({Key.START, Key.COMPANION})


def _planned(evidence: tuple[Evidence, ...], repo: Repository) -> tuple[DevEnvironment, list[str]]:
    """Return the repaired plan. A start command that the checks refuse is no evidence: the others are weighed again."""
    reasons: list[str] = []
    beside = containers(repo)
    while True:
        environment = make_plan(evidence, beside)
        failures = {failure.command: failure.message for failure in check_environment(environment, repo)}
        refused = [item for item in evidence if item.key in STARTING and item.value in failures]
        if not refused:
            environment, more = repaired(environment, repo)
            return environment, [*reasons, *more]
        reasons += dict.fromkeys(f"Left out `{item.value}`: {failures[item.value]}" for item in refused)
        evidence = tuple(item for item in evidence if item not in refused)


def study(root: Path) -> Study:
    """Read a repository and plan its environment.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    repo = Repository(root)
    evidence = collect(repo)
    environment, reasons = _planned(evidence, repo)
    return Study(repo, evidence, environment, (*environment.conflicts, *reasons))
