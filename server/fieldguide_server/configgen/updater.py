"""An existing file brought up to date: what keeps it from being read is put right, then what evidence adds is added."""

from fieldguide_server.configgen.checks.schema import schema_failures
from fieldguide_server.configgen.generator import answer
from fieldguide_server.configgen.inspection.schema_repair import mended
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.targets.base import Target
from fieldguide_server.configgen.types import ConfigFile, GeneratedConfig


def updated(known: Study, target: Target, place: str, text: str | None) -> GeneratedConfig:
    """Return the existing file, changed as little as possible; not offered when it cannot be read."""
    newline = "\r\n" if text and "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n") if text is not None else None
    sound = mended(text or "", place, target)
    parsed = parse(sound.text, target.syntax)
    if text is None or parsed.error:
        reason = f"{place} cannot be read, so it was left alone: {parsed.error or 'it is no text'}."
        return answer(known, target.name, (), (reason,))
    if left := schema_failures(parse(sound.text, target.syntax), target):
        reasons = [f"{place} was left alone: {failure.message}" for failure in left]
        return answer(known, target.name, (), reasons)
    made = target.update(sound.text, known.environment, known.repo)
    changed = (place,) if made.text != text else ()
    file = ConfigFile(place, made.text.replace("\n", newline))
    return answer(known, target.name, (file,), (*sound.notes, *made.notes), changed)
