"""Where a proposal's quote stands, in the files as they are now and as people see them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fieldguide_server.assistant.citations.proof import FileText, find_quote
from fieldguide_server.assistant.text.paths import workspace_path
from fieldguide_server.assistant.types import Read
from fieldguide_server.configgen.additions import Addition, Proof

_LARGEST = 400_000
_LINES_ABOVE = 10
_MARKUP = (".md", ".mdx", ".markdown", ".html")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def seen_by_people(read: Read) -> Read:
    """Read documents without their comments: what a reader of the page never sees proves nothing, and tells nothing."""

    def read_visible(path: str) -> str | None:
        text = read(path)
        if text is None or not path.lower().endswith(_MARKUP):
            return text
        return _HIDDEN.sub(lambda hidden: "\n" * hidden.group().count("\n"), text)

    return read_visible


@dataclass(frozen=True, slots=True)
class Prover:
    """Finds quotes; each file is read once."""

    folder: Path
    read: Callable[[str], str | None]
    _files: dict[str, FileText | None] = field(default_factory=dict)

    def __call__(self, addition: Addition) -> Proof | str:
        """Return the place of the quote that is nearest to the line it was said to be in, or why there is none."""
        file = self._file(addition.path)
        if file is None:
            return f"There is no file {addition.path} that could be read."
        found = find_quote(file, addition.quote)
        if not found:
            return f"The quote does not stand in {addition.path}."
        start, end = min(found, key=lambda place: abs(place[0] - addition.line))
        above = file.lines[max(0, start - 1 - _LINES_ABOVE) : start - 1]
        return Proof(start, "\n".join(file.lines[start - 1 : end]), "\n".join(above))

    def _file(self, path: str) -> FileText | None:
        if path not in self._files:
            inside = workspace_path(path, self.folder)
            text = self.read(inside) if inside else None
            self._files[path] = FileText(text) if text is not None and len(text) <= _LARGEST else None
        return self._files[path]
