"""Studies a repository: all its evidence, and one plan without problems, independent of any config format."""

from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.configgen.checks.sessions import check_environment
from fieldguide_server.configgen.detect.deployment.compose import containers
from fieldguide_server.configgen.plan.collect import collect
from fieldguide_server.configgen.plan.plan import make_plan
from fieldguide_server.configgen.plan.repair import repair
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import DevEnvironment, Evidence, Key

START_KEYS = frozenset({Key.START, Key.COMPANION})


@dataclass(frozen=True, slots=True)
class Study:
    """The facts about a repository: its evidence, the plan, and a sentence for each problem of the plan."""

    repo: Repository
    evidence: tuple[Evidence, ...]
    environment: DevEnvironment
    problems: tuple[str, ...]


def study_repository(root: Path) -> Study:
    """Read a repository and plan its environment.

    Raises:
        ConfigError: ``root`` cannot be read.
    """
    repo = Repository(root)
    evidence = collect(repo)
    environment, reasons = _plan(evidence, repo)
    return Study(repo, evidence, environment, (*environment.conflicts, *reasons))


def _plan(evidence: tuple[Evidence, ...], repo: Repository) -> tuple[DevEnvironment, list[str]]:
    """Return the repaired plan; if the checks refuse a start command, the plan is made again without it."""
    reasons: list[str] = []
    listed = containers(repo)
    while True:
        environment = make_plan(evidence, listed)
        messages = {problem.command: problem.message for problem in check_environment(environment, repo)}
        refused = [item for item in evidence if item.key in START_KEYS and item.value in messages]
        if not refused:
            environment, removed = repair(environment, repo)
            return environment, [*reasons, *removed]
        reasons += dict.fromkeys(f"Left out `{item.value}`: {messages[item.value]}" for item in refused)
        evidence = tuple(item for item in evidence if item not in refused)
