"""A search over several folders at once: each index answers for itself, and the hits are merged."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fieldguide_indexer import FieldguideError, Hit
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.protocol import MOST_HITS, SearchParams
from fieldguide_server.timings import Timings
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.folders import Folders
from fieldguide_server.workspace.unsaved import UnsavedDocuments


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits with their folders, best first; ``notice`` says in one sentence which folders are missing, and why."""

    hits: list[tuple[Folder, Hit]]
    notice: str


@dataclass(frozen=True, slots=True)
class _FolderResult:
    hits: list[Hit]
    incomplete_notice: str


Tasks = dict[Folder, "asyncio.Task[_FolderResult]"]
Errors = dict[Folder, FieldguideError | None]


class FolderSearch:
    """Searches folders. One that is still being indexed is not waited for while others can answer."""

    def __init__(
        self, folders: Folders, unsaved: UnsavedDocuments, executors: Executors, timings: Timings
    ) -> None:
        self._folders = folders
        self._unsaved = unsaved
        self._executors = executors
        self._timings = timings

    async def search(self, folders: Sequence[Folder], params: SearchParams) -> SearchResult:
        """Search the index of each folder.

        Raises:
            FieldguideError: No folder could be searched.
        """
        # Hits in a folder within another are merged; the outer one needs more than are shown.
        outer = {one for one in folders for other in folders if one.relative(other.path)}
        tasks = {
            folder: asyncio.ensure_future(
                self._search_one(folder, replace(params, limit=MOST_HITS) if folder in outer else params)
            )
            for folder in folders
        }
        try:
            await asyncio.wait(tasks.values(), timeout=self._timings.slow_folder)
            if not any(task.done() and _error(task) is None for task in tasks.values()):
                await asyncio.wait(tasks.values())
            return await self._merged(tasks, params)
        finally:
            for task in tasks.values():
                task.cancel()

    async def best_folder(self, question: str) -> Folder:
        """Return the folder with the best hits for a question; the first folder if there are none.

        Raises:
            FieldguideError: No folder could be searched, or none is open.
        """
        first = self._folders.select()
        folders = list(self._folders)
        if len(folders) == 1:
            return first
        scores: defaultdict[Folder, float] = defaultdict(float)
        for folder, hit in (await self.search(folders, SearchParams(query=question))).hits:
            scores[folder] += hit.score
        return max(scores, key=scores.__getitem__, default=first)

    async def _search_one(self, folder: Folder, params: SearchParams) -> _FolderResult:
        index = await self._unsaved.ready(folder, self._timings.first_search)
        notice = folder.incomplete_notice()
        hits = await self._executors.run(index.search, params.query, params.limit, params.within)
        return _FolderResult(hits, notice)

    async def _merged(self, tasks: Tasks, params: SearchParams) -> SearchResult:
        from fieldguide_indexer import merge_hits  # noqa: PLC0415 - not needed by `initialize`

        errors: Errors = {folder: _error(task) for folder, task in tasks.items()}
        searched = {folder.real: folder for folder, error in errors.items() if error is None}
        if not searched and (first := next(filter(None, errors.values()), None)):
            raise first
        hits = [(real, tasks[folder].result().hits) for real, folder in searched.items()]
        merged = await self._executors.run(merge_hits, hits, params.limit)
        return SearchResult([(searched[real], hit) for real, hit in merged], _notice(tasks, errors))


def _error(task: "asyncio.Task[_FolderResult]") -> FieldguideError | None:
    if not task.done():
        return FieldguideError("it is still being indexed.")
    error = task.exception()
    if error is not None and not isinstance(error, FieldguideError):
        raise error
    return error


def _notice(tasks: Tasks, errors: Errors) -> str:
    missing = [f"{folder.path.name} ({str(error).rstrip('.')})" for folder, error in errors.items() if error]
    sentences = [f"Not searched: {', '.join(missing)}."] if missing else []
    for folder, error in errors.items():
        if error is None and (notice := tasks[folder].result().incomplete_notice):
            sentences.append(f"{folder.path.name}: {notice}" if len(tasks) > 1 else notice)
    return " ".join(sentences)
