"""What an index can do now, told from its stores and from what its engine is at."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.types import IndexStatus, State
from fieldguide_indexer.updating.updater import COMPLETE

_GONE = "The workspace folder is gone; its index is kept until {} is there again."
_PAUSED = "Indexing is paused."
_INTERRUPTED = "The last indexing was interrupted; the next update goes on with it."


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the stores do not know.

    ``problem`` says why vectors cannot be made; ``notes`` what is to be known but keeps nothing from answering.
    """

    folder: Root
    busy: State | None
    paused: bool
    problem: str
    notes: tuple[str, ...]
    used_mib: int


def tell(generation: Generation, now: EngineState, source: str = "") -> IndexStatus:
    """Return the status of the generation that answers; with a ``source``, the sizes and the notes of that one."""
    counts = generation.catalog.counts(source)
    held = counts.files, counts.chunks, counts.embedded, counts.skipped
    fault = _fault(generation, now)
    reason = _PAUSED if now.paused else fault or " ".join(_notes_on(source, now.notes))
    if not now.folder.is_dir():
        state, reason = State.DEGRADED, _GONE.format(now.folder)
    elif now.busy is not None:
        state = now.busy
    elif not counts.chunks:
        state = State.EMPTY
    elif fault and not now.paused:
        state = State.DEGRADED
    else:
        state = State.READY if is_ready(generation) else State.LEXICAL_READY
    return IndexStatus(state, *held, reason, now.paused, now.used_mib)


def _notes_on(source: str, notes: Sequence[str]) -> list[str]:
    """Return the notes that are not empty; those on a source begin with its name."""
    prefix = f"{source}: " if source else ""
    return [note.removeprefix(prefix) for note in notes if note and note.startswith(prefix)]


def _fault(generation: Generation, now: EngineState) -> str:
    interrupted = now.busy is None and not generation.catalog.facts().get(COMPLETE, 1)
    return now.problem or (_INTERRUPTED if interrupted else "")


def is_ready(generation: Generation) -> bool:
    """Return whether every leg of a search answers."""
    if generation.problem or not generation.is_proven:
        return False
    counts = generation.catalog.counts()
    return counts.embedded == counts.chunks or generation.embedder is None
