"""What one question comes to before anybody writes: what was found for it, and the answer without a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldguide_indexer import FieldguideError, reason_to_skip, redact
from fieldguide_server.assistant.citations.checker import workspace_path
from fieldguide_server.assistant.git.commit import current_commit
from fieldguide_server.assistant.git.history import last_change
from fieldguide_server.assistant.offline.answer import OfflineAnswer, answer
from fieldguide_server.assistant.offline.file_outline import described, outline_of
from fieldguide_server.assistant.offline.line_facts import explanation, related, study
from fieldguide_server.assistant.passages.passage import Passage, refresh
from fieldguide_server.assistant.prompts.builder import Material
from fieldguide_server.assistant.prompts.history import query_of
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.assistant.text.terms import stems, terms
from fieldguide_server.assistant.text.weights import best_window, rarity
from fieldguide_server.assistant.types import AskContext, Coverage, Read, Retriever
from fieldguide_server.settings import Settings

_LONGEST_QUESTION = 20_000
_MOST_OPEN = 5
_OPEN_LINES = 40
_LAST_LINE = 10_000_000


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt's kind and values, what was found for it, and how to answer without a model, which takes a moment."""

    kind: str
    values: dict[str, str]
    material: Material
    coverage: Coverage
    offline: Callable[[], OfflineAnswer]


def withholding(read: Read) -> Read:
    """Read no file that is a secret by its name, and no value that is one by its look."""

    def read_withholding(path: str) -> str | None:
        text = None if reason_to_skip(path) == "secret" else read(path)
        return None if text is None else redact(text)[0]

    return read_withholding


@dataclass(frozen=True, slots=True)
class TaskMaker:
    """Asks the index and reads files for one workspace folder; all of it blocks."""

    index: Retriever
    read: Read
    settings: Settings
    folder: Path

    def question(self, text: str, context: AskContext) -> Task:
        """Return what is found for a question."""
        question = clean(text)[:_LONGEST_QUESTION].strip()
        selected = self._selected(context)
        query = query_of(question, context.history, selected)
        hits = self.index.search(query, self.settings.answer.max_passages, "all") if query else ()
        fresh = refresh(hits, self.read)
        material = Material(
            fresh.passages,
            (selected,) if selected else (),
            self._opened(query, context.open_files),
            context.history,
        )
        coverage = replace(self._state(), retrieved=len(hits), stale=fresh.stale, stale_files=fresh.changed)

        def offline() -> OfflineAnswer:
            return answer(query, fresh.passages, self.index, self._docs(fresh.passages))

        return Task("ask", {"question": question}, material, coverage, offline)

    def lines(self, path: str, start_line: int, end_line: int) -> Task:
        """Return what is found about lines of a file, 1-based and inclusive.

        Raises:
            FieldguideError: There is no such file or line.
        """
        passage = self._passage(path, start_line, end_line)
        subject = study(passage, self.index, self.read, self.folder)
        passages = related(subject, self.read)
        coverage = self._coverage(passages)
        place = f"{passage.path}:{passage.start}-{passage.end}"
        return Task("explain", {"place": place}, Material(passages), coverage, lambda: explanation(subject))

    def file(self, path: str) -> Task:
        """Return what is found about a whole file.

        Raises:
            FieldguideError: There is no such file.
        """
        passage = self._passage(path, 1, _LAST_LINE)
        outline = outline_of(passage, self.index, self.read)
        passages = outline.passages(self.read)
        coverage = self._coverage(passages)

        def offline() -> OfflineAnswer:
            change = last_change(self.folder, passage.path, passage.lines, passage.start, passage.end)
            return described(outline, change)

        return Task("explain", {"place": passage.path}, Material(passages), coverage, offline)

    def _passage(self, path: str, start_line: int, end_line: int) -> Passage:
        inside = workspace_path(path, self.folder)
        text = self.read(inside) if inside else None
        shown = " ".join(clean(path).split())[:200]
        if inside is None or text is None or "\0" in text:
            raise FieldguideError(f"There is no text file {shown} in this workspace.")
        lines = split_lines(text)
        if not 1 <= start_line <= min(end_line, len(lines)):
            # What follows the last line's end is a line to editors alone.
            count = len(lines) - (not lines[-1])
            asked = f"{start_line}-{end_line}" if end_line != start_line else f"{start_line}"
            raise FieldguideError(f"{shown} has {count} line{'s' * (count != 1)}: there is no {asked}.")
        return Passage(inside, start_line, min(end_line, len(lines)), lines)

    def _selected(self, context: AskContext) -> Passage | None:
        """Return the selected lines; None when they are gone by now: a question is worth answering without them."""
        if context.selection is None:
            return None
        try:
            return self._passage(
                context.selection.path, context.selection.start_line, context.selection.end_line
            )
        except FieldguideError:
            return None

    def _opened(self, query: str, paths: Sequence[str]) -> tuple[Passage, ...]:
        """Return the lines of each open file that say most about the question; files that say nothing are left out."""
        found = []
        for path in [inside for one in paths if (inside := workspace_path(one, self.folder))][:_MOST_OPEN]:
            lines = split_lines(self.read(path) or "")
            by_line = [stems(line) for line in lines]
            weights = {word: weight for word, weight in rarity(terms(query), by_line).items() if weight}
            if weights:
                start, end = best_window(by_line, weights, _OPEN_LINES)
                found.append(Passage(path, start + 1, end, lines))
        return tuple(found)

    def _docs(self, passages: Sequence[Passage]) -> dict[tuple[str, str], str]:
        paths = dict.fromkeys(passage.path for passage in passages if passage.symbol)
        known = [one for path in paths for one in self.index.definitions_in(path)]
        return {(one.path, one.symbol): one.doc for one in known if one.doc}

    def _coverage(self, passages: Sequence[Passage]) -> Coverage:
        """For passages that were read now: their lines are right, but the index may know older ones of the file."""
        files = dict.fromkeys(passage.path for passage in passages)
        changed = tuple(path for path in files if self.index.file_status(path).state == "stale")
        stale = sum(passage.path in changed for passage in passages)
        return replace(self._state(), retrieved=len(passages), stale=stale, stale_files=changed)

    def _state(self) -> Coverage:
        status = self.index.status()
        return Coverage(
            index_state=str(status.state),
            indexed_files=status.files,
            indexed_chunks=status.chunks,
            embedded_chunks=status.embedded,
            commit=current_commit(self.folder),
        )
