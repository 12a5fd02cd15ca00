"""Finds the quotes of additions in the current text of files, as readers see it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fieldguide_server.assistant.citations.proof import FileText, find_quote
from fieldguide_server.assistant.text.paths import workspace_path
from fieldguide_server.assistant.types import Read
from fieldguide_server.configgen.additions import Addition, QuotedText

_MAX_CHARACTERS = 400_000
_LINES_ABOVE = 10
_MARKUP = (".md", ".mdx", ".markdown", ".html")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def without_comments(read: Read) -> Read:
    """Return a reader that leaves out the comments of documents, since text that readers do not see proves nothing."""

    def read_visible(path: str) -> str | None:
        text = read(path)
        if text is None or not path.lower().endswith(_MARKUP):
            return text
        return _HIDDEN.sub(lambda hidden: "\n" * hidden.group().count("\n"), text)

    return read_visible


@dataclass(frozen=True, slots=True)
class QuoteFinder:
    """Finds quotes in the files of a folder; each file is read once."""

    folder: Path
    read: Callable[[str], str | None]
    _files: dict[str, FileText | None] = field(default_factory=dict)

    def __call__(self, addition: Addition) -> QuotedText | str:
        """Return the occurrence of the quote that is nearest to the line of the addition, or why there is none."""
        file = self._file(addition.path)
        if file is None:
            return f"{addition.path} does not exist or cannot be read."
        found = find_quote(file, addition.quote)
        if not found:
            return f"The quote is not in {addition.path}."
        start, end = min(found, key=lambda place: abs(place[0] - addition.line))
        above = file.lines[max(0, start - 1 - _LINES_ABOVE) : start - 1]
        return QuotedText(start, "\n".join(file.lines[start - 1 : end]), "\n".join(above))

    def _file(self, path: str) -> FileText | None:
        if path not in self._files:
            checked = workspace_path(path, self.folder)
            text = self.read(checked) if checked else None
            self._files[path] = FileText(text) if text is not None and len(text) <= _MAX_CHARACTERS else None
        return self._files[path]
