"""The status of an index, from its stores and from what its engine is doing."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldguide_indexer.generations.generation import Generation
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.catalog import COMPLETE
from fieldguide_indexer.types import IndexStatus, State

_NO_FOLDER = "The workspace folder is gone; its index is kept until {} exists again."
_PAUSED = "Indexing is paused."
_INTERRUPTED = "The last indexing was interrupted; the next update continues it."


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the stores do not know.

    ``problem`` says why vectors cannot be made; ``notes`` are sentences on what does not keep searches from working.
    """

    folder: Root
    busy: State | None
    paused: bool
    problem: str
    notes: tuple[str, ...]
    used_mib: int


def index_status(generation: Generation, engine: EngineState, source: str = "") -> IndexStatus:
    """Return the status of the serving generation; with a ``source``, the numbers and the notes of that one."""
    counts = generation.catalog.counts(source)
    numbers = counts.files, counts.chunks, counts.embedded, counts.skipped
    problem = _problem(generation, engine)
    reason = _PAUSED if engine.paused else problem or " ".join(_notes_on(source, engine.notes))
    if not engine.folder.is_dir():
        state, reason = State.DEGRADED, _NO_FOLDER.format(engine.folder)
    elif engine.busy is not None:
        state = engine.busy
    elif not counts.chunks:
        state = State.EMPTY
    elif problem and not engine.paused:
        state = State.DEGRADED
    else:
        state = State.READY if generation.is_ready else State.LEXICAL_READY
    return IndexStatus(state, *numbers, reason, engine.paused, engine.used_mib)


def _notes_on(source: str, notes: Sequence[str]) -> list[str]:
    """Return the notes on a source, which begin with its name; all that are not empty for ""."""
    prefix = f"{source}: " if source else ""
    return [note.removeprefix(prefix) for note in notes if note and note.startswith(prefix)]


def _problem(generation: Generation, engine: EngineState) -> str:
    interrupted = engine.busy is None and not generation.catalog.facts().get(COMPLETE, 1)
    return engine.problem or (_INTERRUPTED if interrupted else "")
