"""GitHub Actions workflows: the test commands, the versions and the databases of CI."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import Repository, as_object, join
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.tools.compose import INFRASTRUCTURE
from fieldguide_server.configgen.tools.databases import DATABASE_NAMES
from fieldguide_server.configgen.tools.package_managers import ANY_NODE_MANAGER, PYTHON_MANAGERS
from fieldguide_server.configgen.tools.setup_actions import SETUP_ACTIONS
from fieldguide_server.configgen.types import CONVENTION, DOCUMENTED, Evidence, Key

FILE = re.compile(r"\.github/workflows/[\w. -]+\.ya?ml")
MAX_FILES = 12
TESTS = re.compile(
    rf"^(?:(?:{ANY_NODE_MANAGER}) (?:run )?test\b|(?:(?:{'|'.join(PYTHON_MANAGERS)}) run )?(?:python -m )?pytest\b"
    r"|tox\b|nox\b|go test\b|cargo test\b|(?:\./)?mvnw? .*\b(?:test|verify)\b|(?:\./)?gradlew? .*\b(?:test|check)\b"
    r"|(?:bundle exec |bin/)(?:rspec|rake test|rails test)\b|(?:vendor/bin/)?phpunit\b|composer (?:run )?test\b"
    r"|dotnet test\b|mix test\b|make (?:test|check)\b|sbt .*\btest\b|stack test\b|cabal test\b|swift test\b|ctest\b)"
)
EXACT = re.compile(r"v?\d[\d.]*(?:\.x)?")


@dataclass(frozen=True, slots=True)
class Run:
    """A line of a ``run`` step and the folder that it runs in, None if an expression sets it."""

    text: str
    folder: str | None
    path: str
    line: int


def workflow_files(repo: Repository) -> list[str]:
    """Return the paths of the workflows of a repository, sorted."""
    return sorted(path for path in repo.in_folder(".github/workflows") if FILE.fullmatch(path))[:MAX_FILES]


def runs(repo: Repository) -> Iterator[Run]:
    """Yield every line of the ``run`` steps of all workflows."""
    for path in workflow_files(repo):
        for keys, job in _jobs(repo, path):
            for index, step in enumerate(_steps(job)):
                yield from _lines(repo, path, (*keys, "steps", index), step)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the test commands, versions and databases of all workflows."""
    seen: set[tuple[str, str]] = set()
    for run in runs(repo):
        for command in split_quietly(run.text, run.folder):
            text = " ".join(command.words)
            folder = command.folder
            if folder is not None and TESTS.match(text) and "$" not in text and (folder, text) not in seen:
                seen.add((folder, text))
                yield Evidence(
                    Key.TEST, text, run.path, run.line, DOCUMENTED, folder, "workflow", "run by CI"
                )
    for path in workflow_files(repo):
        for keys, job in _jobs(repo, path):
            yield from _versions(repo, path, keys, job)
            yield from _services(repo, path, keys, job)


def _jobs(repo: Repository, path: str) -> Iterator[tuple[tuple[str, ...], dict[str, object]]]:
    jobs = as_object(as_object(repo.yaml(path).value).get("jobs"))
    for name, job in jobs.items():
        yield ("jobs", name), as_object(job)


def _steps(job: dict[str, object]) -> list[dict[str, object]]:
    steps = job.get("steps")
    return [as_object(step) for step in steps] if isinstance(steps, list) else []


def _lines(
    repo: Repository, path: str, keys: tuple[str | int, ...], step: dict[str, object]
) -> Iterator[Run]:
    text = step.get("run")
    if not isinstance(text, str):
        return
    where = step.get("working-directory", "")
    folder = join("", where) if isinstance(where, str) and "$" not in where else None
    first = repo.yaml(path).line(*keys, "run")
    # The text of a block begins on the line below its key.
    block = 1 if "\n" in text else 0
    for offset, line in enumerate(text.split("\n")):
        if line.strip():
            yield Run(line.strip(), folder, path, first + offset + block)


def _versions(
    repo: Repository, path: str, keys: tuple[str, ...], job: dict[str, object]
) -> Iterator[Evidence]:
    """Yield the exact version in each set-up action; the versions of a matrix prove none."""
    for index, step in enumerate(_steps(job)):
        action, _, release = str(step.get("uses") or "").partition("@")
        # The release of this action is that of the tool chain.
        inputs: dict[str, object] = {"toolchain": release} if action == "dtolnay/rust-toolchain" else {}
        inputs |= as_object(step.get("with"))
        for setup in [setup for setup in SETUP_ACTIONS if setup.name == action]:
            if isinstance(value := inputs.get(setup.version_input), str) and EXACT.fullmatch(value):
                line = repo.yaml(path).line(*keys, "steps", index, "with", setup.version_input)
                yield Evidence(Key.VERSION, value, path, line, 0.7, "", setup.stack, "CI runs on it")


def _services(
    repo: Repository, path: str, keys: tuple[str, ...], job: dict[str, object]
) -> Iterator[Evidence]:
    for name, body in as_object(job.get("services")).items():
        found = INFRASTRUCTURE.search(str(as_object(body).get("image") or "").lower())
        if found and (database := DATABASE_NAMES.get(found.group(1))):
            line = repo.yaml(path).line(*keys, "services", name)
            yield Evidence(Key.DATABASE, database, path, line, CONVENTION, "", "workflow", "CI tests with it")
