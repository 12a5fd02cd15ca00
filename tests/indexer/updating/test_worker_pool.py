"""Worker processes: a file that takes too long, or ends its worker, is one failed file; and workers end with their owner."""

import os
import socket
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import ChildProcess, EmbeddingOptions, IndexOptions
from fieldguide_indexer.memory import Memory
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.updating.worker import Task
from fieldguide_indexer.updating.worker_pool import WorkerPool
from tests.patience import PATIENCE, scaled

pytestmark = pytest.mark.slow

OPTIONS = IndexOptions(embedding=EmbeddingOptions(provider="none"), threads=1)
# Workers import this when they start. SLOW holds the interpreter's lock in native code for hours, as a pattern does.
PATCH = """
    import os, re, socket
    from fieldguide_indexer import redaction

    redact = redaction.redact

    def redact_slowly(text):
        if "SLOW" in text or "BUSY" in text:
            socket.create_connection(("127.0.0.1", PORT)).close()
        if "SLOW" in text:
            re.match("(a|aa)+$", "a" * 100 + "!")
        if "BUSY" in text:
            while True:
                sum(range(1000))
        if "DEADLY" in text:
            os._exit(9)
        return redact(text)

    redaction.redact = redact_slowly
"""
POOL = """
    import sys
    from pathlib import Path
    from tests.indexer.updating.test_worker_pool import pool_of, task

    folder, name, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    pool = pool_of(folder, seconds)
    pool.warm()
    print(*pool.pids, flush=True)
    list(pool.prepare([task(folder, name)]))
"""


def task(folder: Path, name: str) -> Task:
    return Task(FileEntry(name, (folder / name).stat().st_size, 0))


def pool_of(folder: Path, file_seconds: float) -> WorkerPool:
    return WorkerPool(folder, OPTIONS, Memory(OPTIONS.memory_mib), file_seconds)


@pytest.fixture
def started() -> Iterator[socket.socket]:
    """A socket to which a worker connects before it is busy."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.fixture
def folder(tmp_path: Path, started: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "patch").mkdir()
    text = textwrap.dedent(PATCH).replace("PORT", str(started.getsockname()[1]))
    (tmp_path / "patch" / "sitecustomize.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (tmp_path / "patch", Path.cwd()))))
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        (folder / f"{name}.py").write_text(f"def {name}(): ...\n", encoding="utf-8")
    for name in ("slow", "busy", "deadly"):
        (folder / f"{name}.py").write_text(f"word = '{name.upper()}'\n", encoding="utf-8")
    return folder


@pytest.fixture
def pool(folder: Path) -> Iterator[WorkerPool]:
    pool = pool_of(folder, scaled(1.0))
    yield pool
    pool.close()


def test_files_that_take_too_long_or_end_their_worker_fail_alone(pool: WorkerPool, folder: Path) -> None:
    names = ["a.py", "slow.py", "b.py", "deadly.py", "c.py", "busy.py", "d.py"]
    files = [file for batch in pool.prepare([task(folder, name) for name in names]) for file in batch]
    assert [(file.path, file.state, file.reason) for file in files] == [
        ("a.py", "indexed", ""),
        ("slow.py", "failed", "took too long"),
        ("b.py", "indexed", ""),
        ("deadly.py", "failed", "reading it ended the process"),
        ("c.py", "indexed", ""),
        ("busy.py", "failed", "took too long"),
        ("d.py", "indexed", ""),
    ]


def test_a_worker_that_was_stopped_by_a_signal_keeps_nobody_waiting(pool: WorkerPool, folder: Path) -> None:
    pool.warm()
    list(pool.prepare([task(folder, "a.py")]))
    psutil.Process(pool.pids[0]).suspend()
    assert [file.reason for [file] in pool.prepare([task(folder, "b.py")])] == ["took too long"]
    assert [file.state for [file] in pool.prepare([task(folder, "b.py")])] == ["indexed"]


@pytest.mark.parametrize("name", ["slow.py", "busy.py"], ids=["in native code", "in Python"])
def test_a_worker_in_the_middle_of_a_file_ends_with_its_owner(
    folder: Path, tmp_path: Path, started: socket.socket, name: str
) -> None:
    program = tmp_path / "owner.py"
    program.write_text(textwrap.dedent(POOL), encoding="utf-8")
    # A worker that cannot notice the end of its owner ends by the time limit. The other one does not need it.
    seconds = scaled(5.0) if name == "slow.py" else PATIENCE * 10
    owner = ChildProcess(program, folder, name, str(seconds))
    worker = psutil.Process(int(owner.stdout.readline()))
    started.accept()[0].close()
    psutil.Process(owner.pid).kill()
    assert not psutil.wait_procs([worker], timeout=PATIENCE)[1]
    owner.stop()
