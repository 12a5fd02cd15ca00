"""A worker: a process that prepares files, as the owner of an index uses it and as it runs.

Requests and answers are pickled. The owner sends the folder and the options first, then lists of ``Task``; each is
answered with a list of ``PreparedFile``.
"""

import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from fieldguide_indexer.child_process import ChildProcess, claim_stdout
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.writes import PreparedFile

# A worker takes half a second to start: fewer bytes than this are not worth a second one.
BYTES_WORTH_A_WORKER = 512 * 1024
# What is read makes a worker grow by about four times as much, for good: then another one takes its place.
_MOST_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Task:
    """A file to prepare, and the hash of the content that is stored of it.

    With a ``text``, that is taken instead of what is on disk; ``is_listed`` says that the file may be indexed.
    """

    entry: FileEntry
    known_hash: bytes = b""
    text: str | None = None
    is_listed: bool = False


class Worker:
    """One worker process, for its owner. It ends with its owner, since its standard input ends then."""

    def __init__(self, folder: Root, options: IndexOptions) -> None:
        self._process = ChildProcess("-m", "fieldguide_indexer.updating.worker", nice=options.nice)
        self._bytes = 0
        # Preparing files takes no API key, so a worker gets none.
        self._send((folder, replace(options, embedding=EmbeddingOptions())))

    @property
    def is_spent(self) -> bool:
        """Whether it has grown so much that a new one should take the next task."""
        return self._bytes > _MOST_BYTES

    @property
    def is_warm(self) -> bool:
        """Whether it has read enough to be worth its start."""
        return self._bytes > BYTES_WORTH_A_WORKER

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def prepare(self, batch: Sequence[Task]) -> list[PreparedFile]:
        """Return the files of a batch.

        Raises:
            OSError, EOFError, pickle.UnpicklingError: The process has ended.
        """
        self._bytes += sum(task.entry.size for task in batch)
        self._send(batch)
        files: list[PreparedFile] = pickle.load(self._process.stdout)  # noqa: S301 - from our own process
        return files

    def _send(self, message: object) -> None:
        _write(message, self._process.stdin)

    def stop(self) -> None:
        """End the process, even in the middle of a batch."""
        self._process.stop()


def _write(message: object, pipe: IO[bytes]) -> None:
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def main() -> int:
    """Run the worker: read batches from standard input until it ends, and write their files to standard output."""
    from fieldguide_indexer.tokens import count_tokens  # noqa: PLC0415
    from fieldguide_indexer.updating.prepare import prepare, prepare_text  # noqa: PLC0415 - parsers, which the owner does without

    def run(task: Task) -> PreparedFile:
        if task.text is None:
            return prepare(folder, task.entry, options, task.known_hash)
        return prepare_text(folder, task.entry, options, task.text, is_listed=task.is_listed)

    requests: Any = sys.stdin.buffer
    answers = claim_stdout()
    folder, options = pickle.load(requests)  # noqa: S301 - from our own owner
    count_tokens("")  # reads the vocabulary while the owner is still looking for files
    try:
        while True:
            batch: list[Task] = pickle.load(requests)  # noqa: S301
            _write([run(task) for task in batch], answers)
    except (EOFError, OSError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
