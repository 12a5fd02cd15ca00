"""Checks the citations of a text against the files as they are now, and corrects or removes the wrong ones."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fieldguide_server.assistant.citations.parser import CitationSpan, claims, code_blocks, find_spans
from fieldguide_server.assistant.citations.paths import as_citations
from fieldguide_server.assistant.citations.proof import CitedLines, FileText, prove_claim, prove_code
from fieldguide_server.assistant.text.paths import workspace_path
from fieldguide_server.assistant.text.terms import is_file_name
from fieldguide_server.assistant.types import Citation, Read

_HOST_SUFFIXES = frozenset({"app", "com", "dev", "internal", "io", "local", "localhost", "net", "org"})


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text whose citations have been checked; ``citations`` are the different ones that it still has.

    ``verified`` counts the citations that stay, ``corrected`` those of them whose path or lines were changed, and
    ``removed`` those that were wrong.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    verified: int = 0
    corrected: int = 0
    removed: int = 0


@dataclass(slots=True)
class CitationChecker:
    """Checks the citations of one answer.

    ``shown_paths`` are the paths that the model saw, which complete a shortened path; ``in_workspace`` looks for a name
    in the workspace. Both files and names are cached.
    """

    folder: Path
    read: Read
    shown_paths: Sequence[str] = ()
    in_workspace: Callable[[str], bool] = lambda _name: False
    _files: dict[str, FileText | None] = field(default_factory=dict)
    _names: dict[str, bool] = field(default_factory=dict)

    def check(self, text: str) -> CheckedText:
        """Check every citation of a text; blocks while it reads files."""
        text = _with_links_as_citations(text, self._is_text)
        found = find_spans(text, self._is_text)
        spans = [span for span in found if any(self._is_citation(span, c) for c in span.citations)]
        pieces, verified, end = [], [], 0
        removed = corrected = 0
        for span, claim in zip(spans, claims(text, spans), strict=True):
            checked = [self._check(span, citation, claim) for citation in span.citations]
            good = [citation for citation in checked if citation]
            removed += len(checked) - len(good)
            corrected += sum(
                new is not None and str(new) != str(old)
                for new, old in zip(checked, span.citations, strict=True)
            )
            verified += good
            pieces += [text[end : span.start], self._replacement(span, good)]
            end = span.end
        new_text = _tidy("".join([*pieces, text[end:]]))
        different = tuple({str(citation): citation for citation in verified}.values())
        return CheckedText(new_text, different, len(verified), corrected, removed)

    def is_file(self, path: str) -> bool:
        """Return whether this is the path of a readable file in the workspace."""
        return self._path(path) is not None

    def _is_text(self, path: str) -> bool:
        """Return whether this is the path of a file that can be read, perhaps without its first folders."""
        found = self._path(path)
        return found is not None and self._file(found) is not None

    def is_known(self, name: str) -> bool:
        """Return whether a name occurs anywhere in the workspace."""
        if name not in self._names:
            self._names[name] = self.in_workspace(name)
        return self._names[name]

    def _check(self, span: CitationSpan, citation: Citation, claim: str) -> Citation | None:
        path = self._path(citation.path)
        file = self._file(path) if path else None
        if path is None or file is None:
            return None
        cited = CitedLines(file, citation.start_line, citation.end_line)
        if span.code is None or citation.quote:
            lines = prove_claim(cited, citation.quote, "" if span.code else claim, self.is_known)
        else:
            lines = prove_code(cited, span.code)
        return lines and Citation(path, *lines, verified=True, quote=citation.quote)

    def _path(self, cited: str) -> str | None:
        """Return the path of the existing file that is cited; None if there is none in this workspace."""
        path = workspace_path(cited, self.folder)
        if path is None or self._file(path):
            return path
        longer = {shown for shown in self.shown_paths if shown.endswith("/" + path)}
        return longer.pop() if len(longer) == 1 else None

    def _file(self, path: str) -> FileText | None:
        if path not in self._files:
            text = self.read(path)
            self._files[path] = None if text is None else FileText(text)
        return self._files[path]

    def _is_citation(self, span: CitationSpan, citation: Citation) -> bool:
        """Return whether this is a citation, and not a port, a slice or a version that looks like one."""
        path = citation.path
        if self._path(path) is not None:
            return True
        name = PurePosixPath(path.replace("\\", "/")).name
        if span.code is not None:
            # Code often looks like a citation: slices, ports, keys with their values.
            return bool(citation.quote) or (span.plain and len(path) > 4 and is_file_name(name))
        suffix = name.rpartition(".")[2] if "." in name else ""
        if "/" not in path and (suffix in _HOST_SUFFIXES or path == "localhost" or suffix.isdigit()):
            return False
        return bool(suffix and suffix[0].isalpha()) if span.plain else any(c.isalpha() for c in path)

    def _replacement(self, span: CitationSpan, good: Sequence[Citation]) -> str:
        """Return the text for a span with these verified citations; NUL marks a gap that ``_tidy`` closes."""
        if span.code is not None and span.plain:
            return str(good[0]) if good else span.citations[0].path
        if not span.plain:
            gap = "\x00" if span.code is None else ""
            return " ".join(f"[{citation}]" for citation in good) or gap
        if good:
            return f"[{good[0]}]"
        path = self._path(span.citations[0].path)
        return f"`{path}`" if path else "\x00"


def _with_links_as_citations(text: str, is_file: Callable[[str], bool]) -> str:
    """Return a text whose links to lines of files, outside of code blocks, are citations."""
    pieces, end = [], 0
    for start, stop in code_blocks(text):
        pieces += [as_citations(text[end:start], is_file), text[start:stop]]
        end = stop
    return "".join([*pieces, as_citations(text[end:], is_file)])


def _tidy(text: str) -> str:
    """Close the gaps that removed citations left, marked by NUL, which a cleaned text never holds."""
    text = re.sub(r"\((?:\s*\x00\s*[,;]?)+\)", "\x00", text)
    text = re.sub(r"(?:[ \t]*\x00[ \t]*)+(?=[.,;:!?)\]])", "", text)
    text = re.sub(r"[ \t]*\x00(?=[ \t]*$)", "", text, flags=re.MULTILINE)
    return re.sub(r"[ \t]*\x00[ \t]*", " ", text)
