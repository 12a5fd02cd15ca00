"""Citations in a model's text, checked against the files as they are now: kept, corrected or removed.

Whatever does not check leaves the text, so that no reader is sent to a wrong place.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from fieldguide_server.assistant.citations.parser import Mark, claims, find_marks
from fieldguide_server.assistant.citations.proof import FileText, Place, proven, shown_code
from fieldguide_server.assistant.text.terms import is_file_name
from fieldguide_server.assistant.types import Citation, Read

_HOST_ENDINGS = frozenset({"app", "com", "dev", "internal", "io", "local", "localhost", "net", "org"})


@dataclass(frozen=True, slots=True)
class Settled:
    """A text whose citations have been checked; ``citations`` are the places that it still cites, each once.

    ``verified`` counts the citations that stay, ``corrected`` those of them that now name other lines.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    verified: int = 0
    corrected: int = 0
    removed: int = 0


@dataclass(slots=True)
class Checker:
    """Checks citations of one answer. ``shown`` are the paths that the model saw, for names cut short."""

    folder: Path
    read: Read
    shown: Sequence[str] = ()
    in_workspace: Callable[[str], bool] = lambda _name: False
    _files: dict[str, FileText | None] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)

    def settle(self, text: str) -> Settled:
        """Check every citation of a text. Reads files, so it may take a moment."""
        marks = [mark for mark in find_marks(text) if any(self._is_meant(mark, r) for r in mark.references)]
        pieces, kept, end = [], [], 0
        removed = corrected = 0
        for mark, claim in zip(marks, claims(text, marks), strict=True):
            checked = [self._check(mark, reference, claim) for reference in mark.references]
            good = [citation for citation in checked if citation]
            removed += len(checked) - len(good)
            corrected += sum(
                a is not None and str(a) != str(b) for a, b in zip(checked, mark.references, strict=True)
            )
            kept += good
            pieces += [text[end : mark.start], self._settled(mark, good)]
            end = mark.end
        settled = _tidy("".join([*pieces, text[end:]]))
        places = tuple({str(one): one for one in kept}.values())
        return Settled(settled, places, len(kept), corrected, removed)

    def is_file(self, path: str) -> bool:
        """Return whether this names a file of the workspace that can be read."""
        return self._path(path) is not None

    def is_known(self, name: str) -> bool:
        """Return whether a name stands anywhere in the workspace."""
        if name not in self._known:
            self._known[name] = self.in_workspace(name)
        return self._known[name]

    def _check(self, mark: Mark, reference: Citation, claim: str) -> Citation | None:
        path = self._path(reference.path)
        file = self._file(path) if path else None
        if path is None or file is None:
            return None
        place = Place(file, reference.start_line, reference.end_line)
        if mark.code is None or reference.quote:
            lines = proven(place, reference.quote, "" if mark.code else claim, self.is_known)
        else:
            lines = shown_code(place, mark.code)
        return lines and Citation(path, *lines, verified=True, quote=reference.quote)

    def _path(self, cited: str) -> str | None:
        """Return the path of an existing file that is meant; None when there is none in this workspace."""
        path = workspace_path(cited, self.folder)
        if path is None or self._file(path):
            return path
        longer = {known for known in self.shown if known.endswith("/" + path)}
        return longer.pop() if len(longer) == 1 else None

    def _file(self, path: str) -> FileText | None:
        if path not in self._files:
            text = self.read(path)
            self._files[path] = None if text is None else FileText(text)
        return self._files[path]

    def _is_meant(self, mark: Mark, reference: Citation) -> bool:
        """Return whether this is a citation at all, and no port, slice or version that looks like one."""
        path = reference.path
        if self._path(path) is not None:
            return True
        name = PurePosixPath(path.replace("\\", "/")).name
        if mark.code is not None:
            # Code is full of what looks like a place: slices, ports, keys with their values.
            return bool(reference.quote) or (mark.plain and len(path) > 4 and is_file_name(name))
        ending = name.rpartition(".")[2] if "." in name else ""
        if "/" not in path and (ending in _HOST_ENDINGS or path == "localhost" or ending.isdigit()):
            return False
        return bool(ending and ending[0].isalpha()) if mark.plain else any(c.isalpha() for c in path)

    def _settled(self, mark: Mark, good: Sequence[Citation]) -> str:
        if mark.code is not None and mark.plain:
            return str(good[0]) if good else mark.references[0].path
        if not mark.plain:
            nothing = "\x00" if mark.code is None else ""
            return " ".join(f"[{citation}]" for citation in good) or nothing
        if good:
            return f"[{good[0]}]"
        path = self._path(mark.references[0].path)
        return f"`{path}`" if path else "\x00"


def workspace_path(cited: str, folder: Path) -> str | None:
    """Return a cited path as the workspace names it; None when it leads out of the folder, by a link too."""
    path = cited.strip().strip("`").replace("\\", "/").removeprefix("./")
    windows = PureWindowsPath(path)
    if not path or windows.drive or windows.root or ".." in PurePosixPath(path).parts or "\x00" in path:
        return None
    root = folder.resolve()
    try:
        inside = (root / path).resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return None
    return PurePosixPath(path).as_posix() if inside else None


def _tidy(text: str) -> str:
    """Close the gaps that removed citations (NUL) leave; NUL itself never stands in a cleaned text."""
    text = re.sub(r"\((?:\s*\x00\s*[,;]?)+\)", "\x00", text)
    text = re.sub(r"(?:[ \t]*\x00[ \t]*)+(?=[.,;:!?)\]])", "", text)
    text = re.sub(r"[ \t]*\x00(?=[ \t]*$)", "", text, flags=re.MULTILINE)
    return re.sub(r"[ \t]*\x00[ \t]*", " ", text)
