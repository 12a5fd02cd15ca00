"""A workflow as somebody wrote it: its steps, where each runs, and what it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.checks.portability import Surroundings
from fieldguide_server.configgen.checks.problems import like, like_path
from fieldguide_server.configgen.checks.sessions import Phase, Session
from fieldguide_server.configgen.checks.working_tree import BRINGS, is_harmless, is_ignored
from fieldguide_server.configgen.reading.repository import as_object, as_strings, join
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.base import Context
from fieldguide_server.configgen.types import Failure

EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
SETTING_UP = re.compile(
    r"^actions/checkout@|(?:^|/)(?:setup-|action-setup|cache|configure-|gradle-build-action)|actions-rs/toolchain"
)
# A checkout with one of these brings other files than those that are here.
ELSEWHERE = frozenset({"repository", "path", "ref", "sparse-checkout"})
# The runners tell apt to take a yes for granted.
WHERE = Surroundings(is_bare=True)
SHELLS = ("bash", "sh")


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``folder`` is where it runs, "" for the root and None when that cannot be told.

    ``is_known``: the files are still those of the repository. ``place`` leads to what says the folder.
    """

    job: str
    index: int
    body: dict[str, object]
    folder: str | None
    is_known: bool
    is_shell: bool
    place: Path

    @property
    def script(self) -> str:
        """The shell text with expressions as variables of the same length; "" when it runs none."""
        text = self.body.get("run")
        if not isinstance(text, str) or not self.is_shell:
            return ""
        return EXPRESSION.sub(lambda found: "$" + re.sub(r"[^\n]", "_", found.group()[1:]), text)


def steps(document: object) -> Iterator[Step]:
    """Yield the steps of every job, in order."""
    for name, job in as_object(as_object(document).get("jobs")).items():
        body = as_object(job)
        listed = body.get("steps")
        is_here = is_known = False
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            step = as_object(entry)
            used = str(step.get("uses", ""))
            if used.startswith("actions/checkout@"):
                is_here = is_known = not ELSEWHERE & as_object(step.get("with")).keys()
            folder, place = _folder(document, body, step, (name, index))
            made = Step(
                name,
                index,
                step,
                folder if is_here else None,
                is_known,
                _is_shell(document, body, step),
                place,
            )
            yield made
            commands = split_quietly(made.script)
            is_known = is_known and (not used or SETTING_UP.search(used) is not None)
            is_known = is_known and not BRINGS.search(made.script) and all(map(is_harmless, commands))


def _folder(
    document: object, job: dict[str, object], step: dict[str, object], at: tuple[str, int]
) -> tuple[str | None, Path]:
    places: list[tuple[object, Path]] = [
        (step.get("working-directory"), ("jobs", at[0], "steps", at[1], "working-directory")),
        (_default(job, "working-directory"), ("jobs", at[0], "defaults", "run", "working-directory")),
        (_default(document, "working-directory"), ("defaults", "run", "working-directory")),
    ]
    for where, place in places:
        if isinstance(where, str):
            return (None if where.startswith(("/", "~")) or "$" in where else join("", where)), place
    return "", ()


def _default(holder: object, key: str) -> object:
    return as_object(as_object(as_object(holder).get("defaults")).get("run")).get(key)


def _is_shell(document: object, job: dict[str, object], step: dict[str, object]) -> bool:
    """Return whether the text is for a shell that we can read; on Windows it is for another one unless it says so."""
    told = step.get("shell") or _default(job, "shell") or _default(document, "shell")
    if isinstance(told, str):
        return told.split()[:1] in ([shell] for shell in SHELLS)
    return "windows" not in f"{job.get('runs-on')} {job.get('strategy')}".lower()


def sessions(document: object) -> Iterator[Session]:
    """Yield the ``run`` steps of a job, each a shell of its own. Whether one must end is for its author to know."""
    for step in steps(document):
        if step.script:
            phase = Phase(
                "run",
                ("jobs", step.job, "steps", step.index, "run"),
                step.script,
                must_end=False,
                where=WHERE,
            )
            yield Session((phase,), step.folder, step.job, step.is_known)


def names(document: object, context: Context) -> Iterator[Failure]:
    """Yield jobs that jobs need, local actions and workflows, working directories, and files with versions."""
    jobs = as_object(as_object(document).get("jobs"))
    for name, job in jobs.items():
        body = as_object(job)
        for wanted in as_strings(body.get("needs")):
            if wanted not in jobs:
                yield Failure(
                    f"There is no job {wanted}.",
                    wanted,
                    ("jobs", name, "needs"),
                    0,
                    wanted,
                    like(wanted, jobs),
                )
        yield from _local(body.get("uses"), ("jobs", name, "uses"), context)
    told: set[Path] = set()
    for step in steps(document):
        if step.folder is None or not step.is_known:
            continue
        if step.folder not in context.repo.folders and step.place not in told and "run" in step.body:
            told.add(step.place)
            if not is_ignored(context.repo, step.folder):
                near = like_path(step.folder, context.repo.folders)
                word = step.folder.rpartition("/")[2]
                yield Failure(f"The folder {step.folder} does not exist.", word, step.place, 0, word, near)
        yield from _local(step.body.get("uses"), ("jobs", step.job, "steps", step.index, "uses"), context)
        yield from _version_files(step, context)


def _local(used: object, path: Path, context: Context) -> Iterator[Failure]:
    """Yield an action or workflow of the repository itself."""
    if not isinstance(used, str) or not used.startswith("./") or "$" in used:
        return
    place = join("", used)
    if not context.has(place):
        yield Failure(f"{place} does not exist.", place, path, 0, place, "")


def _version_files(step: Step, context: Context) -> Iterator[Failure]:
    for key, value in as_object(step.body.get("with")).items():
        if (
            key.endswith("-version-file")
            and isinstance(value, str)
            and "$" not in value
            and not context.has(join("", value))
        ):
            path: Path = ("jobs", step.job, "steps", step.index, "with", key)
            near = like_path(join("", value), context.repo.files)
            yield Failure(f"The file {value} does not exist.", value, path, 0, value.rpartition("/")[2], near)
