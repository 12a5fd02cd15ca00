"""From a folder to files: evidence, plan, repair, rendering or updating, and the reasons for each line."""

from collections.abc import Sequence

from fieldguide_server.configgen.differences import existing
from fieldguide_server.configgen.explaining import explain
from fieldguide_server.configgen.mending import mended
from fieldguide_server.configgen.parsing import parse
from fieldguide_server.configgen.repair import rendered
from fieldguide_server.configgen.schema_checking import schema_failures
from fieldguide_server.configgen.studying import Study
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.base import Target
from fieldguide_server.configgen.types import ConfigError, ConfigFile, GeneratedConfig


def generate_files(known: Study, target: str, *, fresh: bool) -> GeneratedConfig:
    """The files of one target; see ``configgen.generate``."""
    found = TARGETS.get(target)
    if found is None:
        raise ConfigError(f"There is no target {target}; known are {', '.join(TARGETS)}.")
    place = found.format.existing(known.repo.files)
    if place is not None and not fresh:
        return _updated(known, found, place, existing(known.repo.root, place))
    if known.environment.is_empty:
        return _answer(
            known, target, (), ("No file is offered: nothing says how the project is set up or run.",)
        )
    files, reasons = rendered(known.environment, known.repo, target)
    if not files and not reasons:
        reasons = [
            f"No {target} file is offered: there is nothing that the repository does not check already."
        ]
    return _answer(known, target, files, reasons)


def _updated(known: Study, target: Target, place: str, text: str | None) -> GeneratedConfig:
    """The existing file, changed as little as possible; not offered when it cannot be read."""
    newline = "\r\n" if text and "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n") if text is not None else None
    sound = mended(text or "", place, target)
    parsed = parse(sound.text, target.syntax)
    if text is None or parsed.error:
        reason = f"{place} cannot be read, so it was left alone: {parsed.error or 'it is no text'}."
        return _answer(known, target.name, (), (reason,))
    if left := schema_failures(parse(sound.text, target.syntax), target):
        reasons = [f"{place} was left alone: {failure.message}" for failure in left]
        return _answer(known, target.name, (), reasons)
    made = target.update(sound.text, known.environment, known.repo)
    updated = (place,) if made.text != text else ()
    file = ConfigFile(place, made.text.replace("\n", newline))
    return _answer(known, target.name, (file,), (*sound.notes, *made.notes), updated)


def _answer(
    known: Study,
    target: str,
    files: Sequence[ConfigFile],
    notes: Sequence[str],
    updated: tuple[str, ...] = (),
) -> GeneratedConfig:
    problems = tuple(dict.fromkeys([*known.repo.problems, *known.notes, *notes]))
    lines = explain(files, known.evidence)
    return GeneratedConfig(
        target, tuple(files), known.evidence, known.environment.unknown, problems, lines, updated
    )
