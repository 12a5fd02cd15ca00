"""Generates a target's files from the study of a repository, or updates the existing one."""

from collections.abc import Sequence

from fieldguide_server.configgen.checks.schema import schema_problems
from fieldguide_server.configgen.diff import existing_text
from fieldguide_server.configgen.inspection.diagnostics import repair_schema
from fieldguide_server.configgen.inspection.line_evidence import explain
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.base import Target
from fieldguide_server.configgen.targets.validation import validate
from fieldguide_server.configgen.types import ConfigError, ConfigFile, GeneratedConfig

NO_PLAN = "No file was generated: the repository does not show how the project is set up or run."


def generate_files(study: Study, name: str, *, fresh: bool) -> GeneratedConfig:
    """Return the files of one target; see ``configgen.generate``.

    Raises:
        ConfigError: There is no such target.
    """
    target = TARGETS.get(name)
    if target is None:
        raise ConfigError(f"There is no target {name}. Available targets: {', '.join(TARGETS)}.")
    path = target.format.existing(study.repo.files)
    if path is not None and not fresh:
        return _updated(study, target, path)
    if study.environment.is_empty:
        return _result(study, name, (), (NO_PLAN,))
    files = target.render(study.environment, study.repo)
    if problems := validate(files, study.repo, name):
        # No file is better than one that the platform rejects.
        return _result(study, name, (), [problem.message for problem in problems])
    reason = f"No {name} file was generated: the repository's CI already runs every check."
    return _result(study, name, files, () if files else (reason,))


def _updated(study: Study, target: Target, path: str) -> GeneratedConfig:
    """Return the existing file with as few changes as possible; none if it cannot be read."""
    original = existing_text(study.repo.root, path)
    newline = "\r\n" if original and "\r\n" in original else "\n"
    text = (original or "").replace("\r\n", "\n")
    repaired = repair_schema(text, path, target)
    parsed = parse(repaired.text, target.syntax)
    if original is None or parsed.error:
        reason = (
            f"{path} was not changed because it cannot be read: {parsed.error or 'it is not a text file'}."
        )
        return _result(study, target.name, (), (reason,))
    if problems := schema_problems(parsed, target.name):
        reasons = [f"{path} was not changed: {problem.message}" for problem in problems]
        return _result(study, target.name, (), reasons)
    made = target.update(repaired.text, study.environment, study.repo)
    changed = (path,) if made.text != text else ()
    file = ConfigFile(path, made.text.replace("\n", newline))
    return _result(study, target.name, (file,), (*repaired.notes, *made.notes), changed)


def _result(
    study: Study,
    target: str,
    files: Sequence[ConfigFile],
    notes: Sequence[str],
    updated: tuple[str, ...] = (),
) -> GeneratedConfig:
    """Return the files with every sentence about them, each once."""
    problems = tuple(dict.fromkeys([*study.repo.problems, *study.problems, *notes]))
    unknown, lines = study.environment.unknown, explain(files, study.evidence)
    return GeneratedConfig(target, tuple(files), study.evidence, unknown, problems, lines, updated)
