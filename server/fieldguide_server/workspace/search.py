"""A search over several workspace folders at once: each index answers for itself, and one list is made of it."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fieldguide_indexer import FieldguideError, Hit
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import MOST_HITS, SearchParams
from fieldguide_server.workspace import unsaved
from fieldguide_server.workspace.folders import FIRST_SEARCH_SECONDS, Folder

# Folders that can answer are not kept waiting for one whose index is just being made.
PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Findings:
    """Hits with their folders, best first; ``notice`` says in one sentence which folders are missing, and why."""

    hits: list[tuple[Folder, Hit]]
    notice: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one folder says; ``unread`` is a sentence about what it may lack."""

    hits: list[Hit]
    unread: str


async def search(server: Server, folders: Sequence[Folder], params: SearchParams) -> Findings:
    """Ask every folder's index at once.

    Raises:
        FieldguideError: No folder could be asked.
    """
    # Of a folder that holds another one, hits are left out again.
    outer = {one for one in folders for other in folders if one.relative(other.path)}
    tasks = {
        folder: asyncio.ensure_future(
            _search_one(server, folder, replace(params, limit=MOST_HITS) if folder in outer else params)
        )
        for folder in folders
    }
    try:
        await asyncio.wait(tasks.values(), timeout=PATIENCE_SECONDS)
        if not any(task.done() and _failure(task) is None for task in tasks.values()):
            await asyncio.wait(tasks.values())
        return await _merged(server, tasks, params)
    finally:
        for task in tasks.values():
            task.cancel()


async def most_telling(server: Server, question: str) -> Folder:
    """Return the folder in which most is found of what a question asks; the first where nothing is.

    Raises:
        FieldguideError: No folder could be asked, or none is open.
    """
    first = server.workspaces.chosen()
    folders = list(server.workspaces)
    if len(folders) == 1:
        return first
    told: defaultdict[Folder, float] = defaultdict(float)
    for folder, hit in (await search(server, folders, SearchParams(query=question))).hits:
        told[folder] += hit.score
    return max(told, key=told.__getitem__, default=first)


async def _search_one(server: Server, folder: Folder, params: SearchParams) -> _Answer:
    index = await unsaved.ready(server, folder, FIRST_SEARCH_SECONDS)
    unread = folder.unread()
    hits = await server.run(index.search, params.query, params.limit, params.within)
    return _Answer(hits, unread)


async def _merged(
    server: Server, tasks: "dict[Folder, asyncio.Task[_Answer]]", params: SearchParams
) -> Findings:
    from fieldguide_indexer import merge_hits  # noqa: PLC0415 - nobody needs it who opened one folder

    failures = {folder: _failure(task) for folder, task in tasks.items()}
    found = {folder.real: folder for folder, failure in failures.items() if failure is None}
    if not found and (first := next(filter(None, failures.values()), None)):
        raise first
    lists = [(real, tasks[folder].result().hits) for real, folder in found.items()]
    merged = await server.run(merge_hits, lists, params.limit)
    return Findings([(found[real], hit) for real, hit in merged], _notice(tasks, failures))


def _failure(task: "asyncio.Task[_Answer]") -> FieldguideError | None:
    if not task.done():
        return FieldguideError("it is still being indexed.")
    error = task.exception()
    if error is not None and not isinstance(error, FieldguideError):
        raise error
    return error


def _notice(
    tasks: "dict[Folder, asyncio.Task[_Answer]]", failures: "dict[Folder, FieldguideError | None]"
) -> str:
    missing = [
        f"{folder.path.name} ({str(error).rstrip('.')})" for folder, error in failures.items() if error
    ]
    lacking = {folder: tasks[folder].result().unread for folder, error in failures.items() if error is None}
    sentences = [f"Not searched: {', '.join(missing)}." if missing else ""]
    sentences += [
        f"{folder.path.name}: {unread}" if len(tasks) > 1 else unread
        for folder, unread in lacking.items()
        if unread
    ]
    return " ".join(filter(None, sentences))
