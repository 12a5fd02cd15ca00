"""What an index can do now, told from its stores and from what its engine is at."""

from dataclasses import dataclass
from pathlib import Path

from fieldguide_indexer.generations.generation import Generation
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

    folder: Path
    busy: State | None
    paused: bool
    problem: str
    notes: tuple[str, ...]
    used_mib: int


def tell(generation: Generation, now: EngineState) -> IndexStatus:
    """Return the status of the generation that answers."""
    counts = generation.catalog.counts()
    held = counts.files, counts.chunks, counts.embedded, counts.skipped
    fault = _fault(generation, now)
    reason = _PAUSED if now.paused else fault or " ".join(filter(None, now.notes))
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


def _fault(generation: Generation, now: EngineState) -> str:
    interrupted = now.busy is None and not generation.catalog.facts().get(COMPLETE, 1)
    return now.problem or (_INTERRUPTED if interrupted else "")


def is_ready(generation: Generation) -> bool:
    """Return whether every leg of a search answers."""
    if generation.problem or not generation.is_proven:
        return False
    counts = generation.catalog.counts()
    return counts.embedded == counts.chunks or generation.embedder is None
