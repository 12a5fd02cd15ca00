"""Tasks: a question or a place to explain, with what was found for it and its answer without a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldguide_indexer import FieldguideError, reason_to_skip, redact
from fieldguide_server.assistant.git.commit import current_commit
from fieldguide_server.assistant.git.history import last_change
from fieldguide_server.assistant.offline.answer import OfflineAnswer
from fieldguide_server.assistant.offline.file import explain_file, outline_file
from fieldguide_server.assistant.offline.lines import explain_lines, gather_facts, related_passages
from fieldguide_server.assistant.offline.question import answer_question
from fieldguide_server.assistant.passages.passage import Passage, refresh
from fieldguide_server.assistant.prompts.builder import Material
from fieldguide_server.assistant.prompts.history import search_query
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.text.paths import workspace_path
from fieldguide_server.assistant.text.sanitizer import clean, one_line
from fieldguide_server.assistant.text.terms import stems, terms
from fieldguide_server.assistant.text.weights import best_window, rarity
from fieldguide_server.assistant.types import AskContext, Coverage, Read, Retriever
from fieldguide_server.settings import Settings

_MAX_QUESTION_LENGTH = 20_000
_MAX_OPEN_FILES = 5
_OPEN_FILE_LINES = 40
_MAX_NAME_LENGTH = 200
_LAST_LINE = 10_000_000


@dataclass(frozen=True, slots=True)
class Task:
    """The kind and the values of a prompt, the material for it, and a function that answers offline, which blocks."""

    kind: str
    values: dict[str, str]
    material: Material
    coverage: Coverage
    offline: Callable[[], OfflineAnswer]


def without_secrets(read: Read) -> Read:
    """Return a ``read`` that skips files whose name says that they are secret, and redacts secrets in all others."""

    def read_redacted(path: str) -> str | None:
        text = None if reason_to_skip(path) == "secret" else read(path)
        return None if text is None else redact(text)[0]

    return read_redacted


@dataclass(frozen=True, slots=True)
class TaskBuilder:
    """Builds the tasks of one workspace folder; all methods block."""

    index: Retriever
    read: Read
    settings: Settings
    folder: Path

    def question(self, text: str, context: AskContext) -> Task:
        """Return the task to answer a question."""
        question = clean(text)[:_MAX_QUESTION_LENGTH].strip()
        selected = self._selected(context)
        query = search_query(question, context.history, selected)
        hits = self.index.search(query, self.settings.answer.max_passages, "all") if query else ()
        refreshed = refresh(hits, self.read)
        material = Material(
            refreshed.passages,
            (selected,) if selected else (),
            self._open_files(query, context.open_files),
            context.history,
        )
        coverage = replace(
            self._state(), retrieved=len(hits), stale=refreshed.stale, stale_files=refreshed.changed
        )

        def offline() -> OfflineAnswer:
            return answer_question(query, refreshed.passages, self.index, self._docs(refreshed.passages))

        return Task("ask", {"question": question}, material, coverage, offline)

    def lines(self, path: str, start_line: int, end_line: int) -> Task:
        """Return the task to explain lines of a file, 1-based and inclusive.

        Raises:
            FieldguideError: There is no such file or line.
        """
        passage = self._passage(path, start_line, end_line)
        facts = gather_facts(passage, self.index, self.read, self.folder)
        passages = related_passages(facts, self.read)
        coverage = self._coverage(passages)
        place = f"{passage.path}:{passage.start}-{passage.end}"
        return Task("explain", {"place": place}, Material(passages), coverage, lambda: explain_lines(facts))

    def file(self, path: str) -> Task:
        """Return the task to explain a file.

        Raises:
            FieldguideError: There is no such file.
        """
        passage = self._passage(path, 1, _LAST_LINE)
        outline = outline_file(passage, self.index, self.read)
        passages = outline.passages(self.read)
        coverage = self._coverage(passages)

        def offline() -> OfflineAnswer:
            change = last_change(self.folder, passage.path, passage.lines, passage.start, passage.end)
            return explain_file(outline, change)

        return Task("explain", {"place": passage.path}, Material(passages), coverage, offline)

    def _passage(self, path: str, start_line: int, end_line: int) -> Passage:
        inside = workspace_path(path, self.folder)
        text = self.read(inside) if inside else None
        name = one_line(path)[:_MAX_NAME_LENGTH]
        if inside is None or text is None or "\0" in text:
            raise FieldguideError(f"There is no text file {name} in this workspace.")
        lines = split_lines(text)
        if not 1 <= start_line <= min(end_line, len(lines)):
            # Only editors count the empty text after the last line break as a line.
            count = len(lines) - (not lines[-1])
            missing = (
                f"lines {start_line}-{end_line} do not exist"
                if end_line != start_line
                else f"line {start_line} does not exist"
            )
            raise FieldguideError(f"{name} has {count} line{'s' * (count != 1)}: {missing}.")
        return Passage(inside, start_line, min(end_line, len(lines)), lines)

    def _selected(self, context: AskContext) -> Passage | None:
        """Return the selected lines; None if they no longer exist, since the question can be answered without them."""
        if context.selection is None:
            return None
        try:
            return self._passage(
                context.selection.path, context.selection.start_line, context.selection.end_line
            )
        except FieldguideError:
            return None

    def _open_files(self, query: str, paths: Sequence[str]) -> tuple[Passage, ...]:
        """Return the most relevant lines of each open file, without the files that have no relevant line."""
        found = []
        inside = [path for name in paths if (path := workspace_path(name, self.folder))]
        for path in inside[:_MAX_OPEN_FILES]:
            lines = split_lines(self.read(path) or "")
            by_line = [stems(line) for line in lines]
            weights = {word: weight for word, weight in rarity(terms(query), by_line).items() if weight}
            if weights:
                start, end = best_window(by_line, weights, _OPEN_FILE_LINES)
                found.append(Passage(path, start + 1, end, lines))
        return tuple(found)

    def _docs(self, passages: Sequence[Passage]) -> dict[tuple[str, str], str]:
        paths = dict.fromkeys(passage.path for passage in passages if passage.symbol)
        definitions = [definition for path in paths for definition in self.index.definitions_in(path)]
        return {(each.path, each.symbol): each.doc for each in definitions if each.doc}

    def _coverage(self, passages: Sequence[Passage]) -> Coverage:
        """Return the coverage of passages that were read just now; the index may hold an older version of their files."""
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
