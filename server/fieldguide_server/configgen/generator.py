"""From a folder to files: evidence, plan, repair, rendering or updating, and the reasons for each line."""

from collections.abc import Sequence

from fieldguide_server.configgen.diff import existing
from fieldguide_server.configgen.inspection.line_evidence import explain
from fieldguide_server.configgen.plan.repair import rendered
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.types import ConfigError, ConfigFile, GeneratedConfig


def generate_files(known: Study, target: str, *, fresh: bool) -> GeneratedConfig:
    """Return the files of one target; see ``configgen.generator``."""
    found = TARGETS.get(target)
    if found is None:
        raise ConfigError(f"There is no target {target}; known are {', '.join(TARGETS)}.")
    place = found.format.existing(known.repo.files)
    if place is not None and not fresh:
        from fieldguide_server.configgen.updater import updated  # noqa: PLC0415 - a new file needs none of it

        return updated(known, found, place, existing(known.repo.root, place))
    if known.environment.is_empty:
        return answer(
            known, target, (), ("No file is offered: nothing says how the project is set up or run.",)
        )
    files, reasons = rendered(known.environment, known.repo, target)
    if not files and not reasons:
        reasons = [
            f"No {target} file is offered: there is nothing that the repository does not check already."
        ]
    return answer(known, target, files, reasons)


def answer(
    known: Study,
    target: str,
    files: Sequence[ConfigFile],
    notes: Sequence[str],
    updated: tuple[str, ...] = (),
) -> GeneratedConfig:
    """Return what was made, with every sentence that is to be said of it, each once."""
    problems = tuple(dict.fromkeys([*known.repo.problems, *known.notes, *notes]))
    lines = explain(files, known.evidence)
    return GeneratedConfig(
        target, tuple(files), known.evidence, known.environment.unknown, problems, lines, updated
    )
