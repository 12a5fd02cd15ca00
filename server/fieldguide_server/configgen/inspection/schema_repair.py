"""Puts right what a schema refuses in an existing file, one edit at a time, and says so."""

from fieldguide_server.configgen.inspection.diagnostics import grave_diagnostics
from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.inspection.types import Edit, Fix
from fieldguide_server.configgen.reading.document import parse
from fieldguide_server.configgen.targets.base import Target, Updated

MAX_EDITS = 20


def mended(text: str, path: str, target: Target) -> Updated:
    """Return the text with the first fix of each schema error made; platforms drop a file with one error as a whole."""
    notes: list[str] = []
    for _ in range(MAX_EDITS):
        source = Source(path, text, parse(text, target.syntax), target)
        found = next((item for item in grave_diagnostics(source) if item.fixes), None)
        if found is None:
            break
        text = with_fix(text, found.fixes[0])
        notes.append(f"{found.fixes[0].title} ({path}:{found.span.line}): {found.message}")
    return Updated(text, tuple(notes))


def with_fix(text: str, fix: Fix) -> str:
    """Return the text after a fix; its edits do not overlap, and the last is made first so that the others keep their place."""
    for edit in sorted(fix.edits, key=lambda item: (item.span.line, item.span.start), reverse=True):
        text = _with_edit(text, edit)
    return text


def _with_edit(text: str, edit: Edit) -> str:
    lines = text.split("\n")
    span = edit.span
    before = "\n".join([*lines[: span.line - 1], lines[span.line - 1][: span.start]])
    last = lines[span.end_line - 1][span.end :] if span.end_line <= len(lines) else ""
    return before + edit.text + "\n".join([last, *lines[span.end_line :]])
