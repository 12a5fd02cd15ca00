"""A worker: a process that prepares files, as the owner of an index uses it and as it runs.

Requests and answers are pickled. The owner sends the folder, the options and the time limit first, and the worker
answers ``None`` when it is ready. Then the owner sends lists of ``Task``, each of which is answered with as many
``PreparedFile`` as it has tasks.
"""

import faulthandler
import pickle
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from fieldguide_indexer.child_process import ChildProcess, claim_stdout, receive_requests
from fieldguide_indexer.options import EmbeddingOptions, IndexOptions
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.source_list import Root
from fieldguide_indexer.store.writes import PreparedFile

# A worker takes half a second to start: fewer bytes than this are not worth a second one.
BYTES_WORTH_A_WORKER = 512 * 1024
# A worker grows permanently by about four times the text that it reads, so it is replaced after a while.
_MOST_BYTES = 12 * 1024 * 1024
# How long a worker may take to start, on a busy machine.
_START_SECONDS = 120.0
# The additional time for large files.
_SECONDS_PER_BYTE = 1e-5
# How much later than its owner a worker ends itself: its owner may be gone, or may be about to end it.
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """A file to prepare, and the hash of the content that is stored of it.

    With a ``text``, that is taken instead of what is on disk; ``is_listed`` says that the file may be indexed.
    """

    entry: FileEntry
    known_hash: bytes = b""
    text: str | None = None
    is_listed: bool = False


class EndedWorkerError(Exception):
    """The process has ended, or does not start."""


class SlowFileError(Exception):
    """A file takes longer than the limit. The worker has to be ended."""


class Worker:
    """One worker process, for its owner. It ends with its owner, since its standard input ends then.

    Args:
        folder: The folder or the sources whose files it prepares.
        options: How they are indexed.
        file_seconds: How long it may take for one file. Large files have more time.
    """

    def __init__(self, folder: Root, options: IndexOptions, file_seconds: float) -> None:
        self._process = ChildProcess("-m", "fieldguide_indexer.updating.worker", nice=options.nice)
        self._bytes = 0
        self._file_seconds = file_seconds
        self._is_ready = False
        self._answers: queue.SimpleQueue[PreparedFile | Exception | None] = queue.SimpleQueue()
        # A thread, because a read from a pipe cannot be given a time limit on every platform.
        reader = threading.Thread(
            target=_read_answers, args=(self._process.stdout, self._answers), daemon=True
        )
        reader.start()
        # Preparing files takes no API key, so a worker gets none.
        self._send((folder, replace(options, embedding=EmbeddingOptions()), file_seconds))

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

    def prepare(self, batch: Sequence[Task]) -> Iterator[PreparedFile]:
        """Yield the files of a batch, in order.

        Raises:
            EndedWorkerError: The process has ended.
            SlowFileError: The next file takes too long.
        """
        if not self._is_ready:
            self._receive(_START_SECONDS)
            self._is_ready = True
        self._bytes += sum(task.entry.size for task in batch)
        self._send(batch)
        for task in batch:
            file = self._receive(_time_limit(self._file_seconds, task))
            assert file is not None
            yield file

    def _receive(self, seconds: float) -> PreparedFile | None:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            if not self._is_ready:
                raise EndedWorkerError("It did not start.") from None
            raise SlowFileError from None
        if isinstance(answer, Exception):
            raise EndedWorkerError(repr(answer)) from answer
        return answer

    def _send(self, message: object) -> None:
        try:
            _write(message, self._process.stdin)
        except OSError as error:
            raise EndedWorkerError(repr(error)) from error

    def stop(self) -> None:
        """End the process, even in the middle of a batch."""
        self._process.stop()


def _time_limit(file_seconds: float, task: Task) -> float:
    return file_seconds + task.entry.size * _SECONDS_PER_BYTE


def _read_answers(pipe: IO[bytes], answers: "queue.SimpleQueue[PreparedFile | Exception | None]") -> None:
    try:
        while True:
            answers.put(pickle.load(pipe))  # noqa: S301 - from our own process
    except Exception as error:  # noqa: BLE001 - a truncated pickle raises any kind of error
        answers.put(error)


def _write(message: object, pipe: IO[bytes]) -> None:
    pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def main() -> int:
    """Run the worker: read batches from standard input until it ends, and write their files to standard output.

    A file that takes much longer than the limit ends the process, even where native code holds the interpreter's lock
    and the owner is gone.
    """
    from fieldguide_indexer.tokens import count_tokens  # noqa: PLC0415
    from fieldguide_indexer.updating.prepare import prepare, prepare_text  # noqa: PLC0415 - parsers, which the owner does without

    def run(task: Task) -> PreparedFile:
        if task.text is None:
            return prepare(folder, task.entry, options, task.known_hash)
        return prepare_text(folder, task.entry, options, task.text, is_listed=task.is_listed)

    answers = claim_stdout()
    requests: queue.SimpleQueue[Any] = receive_requests()
    folder, options, file_seconds = requests.get()
    count_tokens("")  # reads the vocabulary while the owner is still looking for files
    try:
        _write(None, answers)
        while True:
            batch: list[Task] = requests.get()
            for task in batch:
                faulthandler.dump_traceback_later(_time_limit(file_seconds, task) + _GRACE_SECONDS, exit=True)
                file = run(task)
                faulthandler.cancel_dump_traceback_later()
                _write(file, answers)
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
