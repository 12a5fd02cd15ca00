"""A worker process: its tasks, and what it does with them. ``workers.py`` is the owner's side.

It reads requests from its standard input and writes answers to its output, both pickled by ourselves. When the owner
is gone, however it went, the input ends and so does the worker.
"""

import os
import pickle
import sys
from dataclasses import dataclass
from typing import Any

from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.store.writes import PreparedFile


@dataclass(frozen=True, slots=True)
class Task:
    """A file to prepare, and the hash of the content that is stored of it.

    With a ``text``, that is taken instead of what is on disk; ``is_listed`` says that the file may be indexed.
    """

    entry: FileEntry
    known_hash: bytes = b""
    text: str | None = None
    is_listed: bool = False


def lower_priority(nice: int) -> None:
    """Make this process (on Linux, this thread and those that it starts) stand behind what people wait for."""
    if nice <= 0:
        return
    if sys.platform == "win32":
        import psutil  # noqa: PLC0415 - the standard library cannot do it there

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(nice)


def main() -> int:
    """Return ``python -m fieldguide_indexer.updating.worker``: a worker process."""
    from fieldguide_indexer.tokens import count_tokens  # noqa: PLC0415
    from fieldguide_indexer.updating.prepare import prepare, prepare_text  # noqa: PLC0415 - parsers, which the owner does without

    def take(task: Task) -> PreparedFile:
        if task.text is None:
            return prepare(folder, task.entry, options, task.known_hash)
        return prepare_text(folder, task.entry, options, task.text, is_listed=task.is_listed)

    # A parser that prints must not be taken for an answer.
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    folder, options = pickle.load(requests)  # noqa: S301 - from our own owner
    lower_priority(options.nice)
    count_tokens("")  # reads the vocabulary while the owner is still looking for files
    try:
        while True:
            batch: list[Task] = pickle.load(requests)  # noqa: S301
            _answer([take(task) for task in batch], answers)
    except (EOFError, OSError):
        return 0


def _answer(files: list[PreparedFile], answers: Any) -> None:  # noqa: ANN401 - any writable file
    pickle.dump(files, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
