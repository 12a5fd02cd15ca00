"""Child processes: how Fieldguide starts its own Python programs, notices their end and ends them.

Most must not outlive their parent (``ChildProcess``); the owner of an index must (``start_detached``).
"""

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

# How long a process has to end when it is asked to, before it is killed.
_STOP_SECONDS = 2.0


def python_command(*arguments: str | Path) -> list[str]:
    """Return the command that runs this Python with arguments: ``-m`` and a module, or a file.

    ``-P`` keeps the working folder off the import path: a workspace may hold files named like our packages.
    """
    return [sys.executable, "-P", *map(str, arguments)]


class ChildProcess:
    """A Python program that ends with this process, or with this object, whichever ends first.

    Its standard input is a pipe, and the program has to read it until it ends: the operating system closes it when
    this process is gone, however that happened (see ``exit_with_parent``).

    Args:
        arguments: For Python: ``-m`` and a module, or a file, and what the program is called with.
        nice: How much lower its priority is than that of this process, 0 to 19.
        log: The file to which its standard error is appended; None for our own standard error.
        folder: Its working folder; None for that of this process.
        environment: Its environment variables; None for those of this process.
    """

    def __init__(
        self,
        *arguments: str | Path,
        nice: int = 0,
        log: Path | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        with _opened(log) as errors:
            self._process = subprocess.Popen(
                python_command(*arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=environment,
                creationflags=_flags("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS" if nice > 0 else ""),
            )
        if nice > 0:
            _lower_priority(self._process.pid, nice)
        self._finalizer = weakref.finalize(self, _stop, self._process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    @property
    def stdin(self) -> IO[bytes]:
        """What the program reads."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """What the program writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    def stop(self, patience: float = _STOP_SECONDS) -> None:
        """Terminate the process, kill it after ``patience`` seconds, and close its pipes. May be called twice."""
        if self._finalizer.detach() is not None:
            _stop(self._process, patience)


def start_detached(*arguments: str | Path, folder: Path, log: Path) -> "subprocess.Popen[bytes]":
    """Start a Python program that outlives this process and that no signal of our terminal reaches.

    Args:
        arguments: As for ``ChildProcess``.
        folder: Its working folder.
        log: The file to which its standard error is appended.
    """
    with _opened(log) as errors:
        process = subprocess.Popen(
            python_command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=folder,
            start_new_session=True,
            creationflags=_flags("CREATE_NO_WINDOW", "CREATE_NEW_PROCESS_GROUP"),
        )
    # Without this a process that ends before us would stay as a zombie.
    threading.Thread(target=process.wait, name="child-reaper", daemon=True).start()
    return process


# For the program itself


def claim_stdout() -> BinaryIO:
    """Return the standard output for our own messages alone; what libraries print goes to standard error instead."""
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return messages


def exit_with_parent() -> threading.Thread:
    """End this process at once when its standard input ends, that is when its parent is gone.

    For a program that reads nothing more from its input. Returns the thread that waits for the end; a program that
    has nothing else to do may join it.
    """

    def wait() -> None:
        # Not by ``sys.stdin``: its lock, held by a daemon thread, would make an ordinary exit crash.
        while os.read(0, 4096):
            pass
        os._exit(0)

    thread = threading.Thread(target=wait, name="parent-watcher", daemon=True)
    thread.start()
    return thread


def receive_requests() -> "queue.SimpleQueue[Any]":
    """Return a queue of the objects that our parent pickles to our standard input, and exit at once when that ends.

    The end is noticed even while a request is worked on, unless native code holds the interpreter's lock: such work has
    to be limited by ``faulthandler.dump_traceback_later``, which needs no lock.
    """
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        with (
            contextlib.suppress(EOFError, OSError, pickle.UnpicklingError),
            open(0, "rb", closefd=False) as stream,
        ):
            while True:
                requests.put(pickle.load(stream))  # noqa: S301 - from our own parent
        os._exit(0)

    threading.Thread(target=read, name="request-reader", daemon=True).start()
    return requests


@contextlib.contextmanager
def _opened(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    with log.open("ab") as file:
        yield file


def _flags(*names: str) -> int:
    """Return the sum of those of the flags for new processes that this platform (Windows) has."""
    return sum(getattr(subprocess, name, 0) for name in names)


def _lower_priority(pid: int, nice: int) -> None:
    if sys.platform != "win32":  # there it is a flag
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid) + nice)


def _stop(process: "subprocess.Popen[bytes]", patience: float = _STOP_SECONDS) -> None:
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return  # it waits for a disk that does not answer; closing its pipes could wait as well
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with contextlib.suppress(OSError):  # what a process that is gone did not read cannot be flushed to it
            pipe.close()
