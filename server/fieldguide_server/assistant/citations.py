"""Citations in a model's text: found, checked against the files as they are now, corrected or removed.

A citation is ``[path:12-20 "quoted words"]``, several may share the brackets; ``path:12-20`` in backticks or in
plain text counts too. Whatever does not check leaves the text, so that no reader is sent to a wrong place.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath

from fieldguide_server.assistant.evidence import FileText, Place, names_in, proven
from fieldguide_server.assistant.types import Citation, Read

_BRACKET_PATH = r"((?:[A-Za-z]:[/\\])?(?:[^\[\]`\"“<>|:,;#\n]|\[[^\[\]\s:]*\]){1,260})[:#]"
_PLAIN_PATH = r"((?:[\w.@+~-]+/)*[\w.@+-]*\.[A-Za-z]\w*|(?:[\w.@+-]+/)*[A-Z][a-z]+file):"
_LINES = r"L?(\d{1,7})(?:\s*[-–—]\s*L?(\d{1,7}))?(?!\w|\.\d)"
_REFERENCE = re.compile(rf"\s*{_BRACKET_PATH}{_LINES}")
_MORE_LINES = re.compile(rf"\s*(){_LINES}")
_MARK = re.compile(
    rf"(?<![\w\]\)])\[|`{_PLAIN_PATH}{_LINES}`|(?<![\w./:`@-])(?<!\w\[){_PLAIN_PATH}{_LINES}(?!:)"
)
_QUOTE_START = re.compile(r",?\s*([\"“'`])")
_CLOSING = {'"': '"', "“": "”", "'": "'", "`": "`"}
_NEXT_REFERENCE = re.compile(rf"[\[\"”'`]\s*[,;]?\s*{_BRACKET_PATH}L?\d|\n\s*\n")
_AFTER_QUOTE = re.compile(rf"\s*\]|\s*[,;]\s*(?:{_BRACKET_PATH})?L?\d")
_LONGEST_QUOTE = 600
_LONGEST_CLAIM = 500
_GROUP_END = re.compile(r"\s*\]")
_SEPARATOR = re.compile(r"\s*[,;]")
_FENCE = re.compile(r"^ *(?:`{3,}[^`\n]*|~{3,}[^\n]*)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?:\s+|$)|\n[ \t]*(?=\n|[-*+>#|]|\d+[.)]\s|$)")
_HOST_ENDINGS = frozenset({"app", "com", "dev", "internal", "io", "local", "localhost", "net", "org"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text that cites. ``plain`` ones are words of their sentence; bracketed ones stand beside it."""

    start: int
    end: int
    references: tuple[Citation, ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A text whose citations have been checked; ``citations`` are those that it still holds, each once."""

    text: str
    citations: tuple[Citation, ...] = ()
    removed: int = 0
    corrected: int = 0


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
        """Checks every citation of a text. Reads files, so it may take a moment."""
        marks = [mark for mark in find_marks(text) if any(self._is_meant(mark, r) for r in mark.references)]
        pieces, kept, end = [], [], 0
        removed = corrected = 0
        for mark, claim in zip(marks, _claims(text, marks), strict=True):
            checked = [self._check(reference, claim) for reference in mark.references]
            good = [citation for citation in checked if citation]
            removed += len(checked) - len(good)
            corrected += sum(
                a is not None and str(a) != str(b) for a, b in zip(checked, mark.references, strict=True)
            )
            kept += good
            pieces += [text[end : mark.start], self._settled(mark, good)]
            end = mark.end
        pieces.append(text[end:])
        return Settled(
            _tidy("".join(pieces)), tuple({str(one): one for one in kept}.values()), removed, corrected
        )

    def _check(self, reference: Citation, claim: str) -> Citation | None:
        path = self._path(reference.path)
        file = self._file(path) if path else None
        if path is None or file is None:
            return None
        place = Place(file, reference.start_line, reference.end_line)
        lines = proven(place, reference.quote, claim, self._is_known)
        return lines and Citation(path, *lines, verified=True, quote=reference.quote)

    def _path(self, cited: str) -> str | None:
        """The path of an existing file that is meant; None when there is none in this workspace."""
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

    def _is_known(self, name: str) -> bool:
        if name not in self._known:
            self._known[name] = self.in_workspace(name)
        return self._known[name]

    def _is_meant(self, mark: Mark, reference: Citation) -> bool:
        """Whether this is a citation at all, and no port, slice or version that looks like one."""
        path = reference.path
        if self._path(path) is not None:
            return True
        name = PurePosixPath(path.replace("\\", "/")).name
        ending = name.rpartition(".")[2] if "." in name else ""
        if "/" not in path and (ending in _HOST_ENDINGS or path == "localhost" or ending.isdigit()):
            return False
        return bool(ending and ending[0].isalpha()) if mark.plain else any(c.isalpha() for c in path)

    def _settled(self, mark: Mark, good: Sequence[Citation]) -> str:
        if not mark.plain:
            return " ".join(f"[{citation}]" for citation in good) or "\x00"
        if good:
            return f"[{good[0]}]"
        path = self._path(mark.references[0].path)
        return f"`{path}`" if path else "\x00"


def find_marks(text: str) -> list[Mark]:
    """All that looks like a citation, in order, outside of code blocks."""
    return list(_marks(text))


def _marks(text: str) -> Iterator[Mark]:
    blocks = _code_blocks(text)
    end = 0
    for match in _MARK.finditer(text):
        if match.start() < end or any(a <= match.start() < b for a, b in blocks):
            continue
        mark = _bracketed(text, match.start()) if match.group() == "[" else _plain(match)
        if mark is not None:
            end = mark.end
            yield mark


def _code_blocks(text: str) -> list[tuple[int, int]]:
    edges = [match.start() for match in _FENCE.finditer(text)]
    return list(zip(edges[::2], [*edges[1::2], len(text)], strict=False))


def _plain(match: re.Match[str]) -> Mark:
    path, first, last = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    return Mark(match.start(), match.end(), (_citation(path, first, last),), plain=True)


def _bracketed(text: str, at: int) -> Mark | None:
    references: list[Citation] = []
    position, path = at + 1, ""
    while match := _REFERENCE.match(text, position) or (path and _MORE_LINES.match(text, position)):
        path = match[1].strip() or path
        quote, position = _quote(text, match.end())
        references.append(_citation(path, match[2], match[3], quote))
        if ending := _GROUP_END.match(text, position):
            return Mark(at, ending.end(), tuple(references))
        if not (separator := _SEPARATOR.match(text, position)):
            break
        position = separator.end()
    return None


def _quote(text: str, at: int) -> tuple[str, int]:
    """A quote at this position and where it ends; ("", at) when there is none."""
    opening = _QUOTE_START.match(text, at)
    if not opening:
        return "", at
    start, closing = opening.end(), _CLOSING[opening[1]]
    further = _NEXT_REFERENCE.search(text, start, start + _LONGEST_QUOTE)
    limit = further.start() + 1 if further else start + _LONGEST_QUOTE
    # From the right, for a quote may hold quotes and brackets itself: it ends where the citation ends.
    end = text.rfind(closing, start, limit)
    while end > start and not _AFTER_QUOTE.match(text, end + 1):
        end = text.rfind(closing, start, end)
    return (text[start:end], end + 1) if end > start else ("", at)


def _citation(path: str, first: str, last: str | None, quote: str = "") -> Citation:
    return Citation(path, int(first), int(last or first), verified=False, quote=quote.strip())


def workspace_path(cited: str, folder: Path) -> str | None:
    """A cited path as the workspace names it; None when it leads out of the folder, by a link too."""
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


def _claims(text: str, marks: Sequence[Mark]) -> Iterator[str]:
    """What each citation is cited for: the words since the last citation if they name code, else its sentence.

    All citations are blanked out before, so that no claim is proven by the words of its own place.
    """
    masked = _mask(text, marks)
    edges = [0, *(match.end() for match in _SENTENCE_END.finditer(masked)), len(masked)]
    starts = [start for start, end in pairwise(edges) if masked[start:end].strip()]
    last_end = 0
    for mark in marks:
        # A citation after a full stop belongs to the sentence before it.
        at = bisect_left(starts, mark.end)
        start = starts[at - 1] if at else mark.end
        end = starts[at] if at < len(starts) else len(masked)
        clause = masked[max(start, last_end, mark.start - _LONGEST_CLAIM) : mark.start]
        sentence = masked[max(start, mark.start - _LONGEST_CLAIM) : min(end, mark.end + _LONGEST_CLAIM)]
        yield clause if names_in(clause) else sentence
        last_end = mark.end


def _mask(text: str, marks: Sequence[Mark]) -> str:
    masked, end = [], 0
    for mark in marks:
        masked += [text[end : mark.start], " " * (mark.end - mark.start)]
        end = mark.end
    return "".join([*masked, text[end:]])


def _tidy(text: str) -> str:
    """Closes the gaps that removed citations (NUL) leave; NUL itself never stands in a cleaned text."""
    text = re.sub(r"\((?:\s*\x00\s*[,;]?)+\)", "\x00", text)
    text = re.sub(r"(?:[ \t]*\x00[ \t]*)+(?=[.,;:!?)\]])", "", text)
    text = re.sub(r"[ \t]*\x00(?=[ \t]*$)", "", text, flags=re.MULTILINE)
    return re.sub(r"[ \t]*\x00[ \t]*", " ", text)
