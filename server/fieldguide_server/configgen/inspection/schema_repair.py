"""Repairs what a schema refuses in an existing file, one edit at a time."""

from fieldguide_server.configgen.inspection.diagnostics import blocking_diagnostics
from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.targets.base import Target, UpdatedText

MAX_EDITS = 20


def repair_schema(text: str, path: str, target: Target) -> UpdatedText:
    """Return the text with the first fix of each schema error applied, since platforms refuse a file with any error."""
    notes: list[str] = []
    for _ in range(MAX_EDITS):
        source = Source(path, text, parse(text, target.syntax), target)
        found = next((item for item in blocking_diagnostics(source) if item.fixes), None)
        if found is None:
            break
        text = found.fixes[0].apply(text)
        notes.append(f"{found.fixes[0].title} ({path}:{found.span.line}): {found.message}")
    return UpdatedText(text, tuple(notes))
