"""What may happen to an index: killed owners and workers, full disks, removed folders, strange files. Nothing is lost.

``FIELDGUIDE_TEST_KILLS`` sets how often the owner is killed at a random moment (default 10; done with 50).

========================================================  ===================================================
what happens                                              where it is tested
========================================================  ===================================================
``kill -9`` of the owner, its workers, a client           here
a full disk                                               here; for vectors alone: ``test_damage``
a cache removed, another file in its place                here; read-only: ``test_strange_files``
Chroma's files cut, scrambled, deleted; a cut catalog     ``test_damage``; while in use: ``test_engine_damage``
an older, a newer version's index                         ``test_engine_damage``, ``test_damage``
owners started at once                                    here, ``test_damage``
a gigabyte, links in circles, pipes, encodings            ``test_strange_files``, ``test_workspace``
devices, odd names, closed folders, a jumping clock       ``test_strange_files``
a file changed while it is read                           ``test_workspace``, ``test_strange_files``
more files than a project has                             ``test_big_trees``
folders that vanish, limits of watching, lost events      ``test_watcher_trouble``
changes while the owner was dead, processes side by side  ``test_freshness``
========================================================  ===================================================
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, State, StorageError
from fieldguide_indexer.store.catalog import Catalog
from fieldguide_indexer.store.vectors.local import LocalVectors
from tests.conftest import owners
from tests.fakes.openai_embeddings import EmbeddingServer
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("FIELDGUIDE_TEST_KILLS", "10"))
WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))
Content = dict[str, list[tuple[int, int, str, str]]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


def with_vectors(server: EmbeddingServer) -> IndexOptions:
    return IndexOptions(embedding=EmbeddingOptions("openai", None, server.url, "scripted"))


def write(workspace: Path, count: int, name: str = "function") -> list[str]:
    paths = [f"{name}{number}.py" for number in range(count)]
    for path in paths:
        (workspace / path).write_text(f"def {path[:-3]}():\n    return 1\n", encoding="utf-8")
    return paths


def kill(process: psutil.Process) -> None:
    process.kill()
    process.wait(PATIENCE)


def kill_owner(owner: psutil.Process) -> None:
    """Kill an owner, if it still runs: one that has started second ends by itself."""
    with contextlib.suppress(psutil.NoSuchProcess):
        owner.kill()


def kill_workers(owner: psutil.Process) -> None:
    """Kill the workers of an owner, if it still runs."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for worker in owner.children(recursive=True):
            worker.kill()


def content(home: Path) -> Content:
    """Return the chunks of each file of a closed index, after finding each by its words and vectors."""
    (lock,) = home.glob("indexes/*/owner.lock")
    generation = lock.parent / (lock.parent / "current").read_text(encoding="utf-8")
    catalog, vectors = Catalog(generation / "catalog.sqlite"), LocalVectors(generation / "vectors", 8)
    assert vectors.open(catalog.stored_slots()) is None
    found: Content = {}
    for row in sorted(catalog.chunk_rows(range(1, 10_000)).values(), key=lambda row: row.start_line):
        text = catalog.texts([row.id])[row.id]
        assert row.id in {chunk_id for chunk_id, _ in catalog.match([row.path[:-3]], 10)}
        assert vectors.finds([row.slot]) == 1.0
        found.setdefault(row.path, []).append((row.start_line, row.end_line, row.symbol, text))
    assert catalog.counts().embedded == catalog.counts().chunks
    catalog.close()
    vectors.close()
    return found


def leave(index: Index, home: Path) -> None:
    """Stop the owner and wait until it has ended."""
    running = owners(home)
    index.stop_owner()
    index.close()
    psutil.wait_procs(running, timeout=PATIENCE)


def test_an_owner_killed_at_any_moment_loses_nothing_that_was_acknowledged(
    workspace: Path, home: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    options, moments = with_vectors(server), random.Random(7)
    write(workspace, 300)
    index = Index.open(workspace, options)
    acknowledged: list[str] = []
    for round_ in range(KILLS):
        (path,) = write(workspace, 1, f"round{round_}x")
        index.update([path])
        acknowledged.append(path)
        for owner in owners(home):
            threading.Timer(moments.uniform(0, 1.0), kill_owner, [owner]).start()
            threading.Timer(moments.uniform(0, 1.0), kill_workers, [owner]).start()
            update = threading.Thread(target=index.update)
            update.start()
            owner.wait(PATIENCE)
            update.join(PATIENCE)
        assert {index.file_status(each).state for each in acknowledged} == {"indexed"}
    index.update()
    assert index.wait_until_ready(PATIENCE).state is State.READY
    leave(index, home)
    monkeypatch.setenv("FIELDGUIDE_HOME", str(tmp_path / "unharmed"))
    unharmed = Index.open(workspace, options)
    unharmed.update()
    unharmed.wait_until_ready(PATIENCE)
    leave(unharmed, tmp_path / "unharmed")
    assert content(home) == content(tmp_path / "unharmed")


def test_vectors_that_were_stored_are_not_made_again_after_a_kill(
    workspace: Path, home: Path, server: EmbeddingServer
) -> None:
    write(workspace, 300)
    with Index.open(workspace, with_vectors(server)) as index:
        index.update()
        index.wait_until_ready(PATIENCE)
        for owner in owners(home):
            kill(owner)
        server.requests.clear()
        assert index.wait_until_ready(PATIENCE).state is State.READY
        assert sum(len(request["input"]) for request in server.requests) <= 1, "one for the length of vectors"


def test_a_client_that_waits_for_an_update_does_not_notice_that_the_owner_was_killed(
    workspace: Path, home: Path
) -> None:
    write(workspace, 400)
    killed: list[psutil.Process] = []

    def kill_once(_: object) -> None:
        if not killed:
            killed.extend(owners(home))
            killed[0].kill()

    with Index.open(workspace, WORDS_ONLY) as index:
        report = index.update(None, kill_once)
        assert killed
        assert report.added + report.unchanged == 400
        assert index.status().chunks == 400


def test_workers_end_with_their_owner(workspace: Path, home: Path) -> None:
    write(workspace, 10)
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        (owner,) = owners(home)
        workers = owner.children(recursive=True)
        assert workers
        kill(owner)
        assert not psutil.wait_procs(workers, timeout=PATIENCE)[1]


def test_no_file_is_lost_with_a_killed_worker(workspace: Path, home: Path) -> None:
    write(workspace, 200)
    killed: list[psutil.Process] = []

    def kill_workers(_: object) -> None:
        if not killed:
            killed.extend(owners(home)[0].children(recursive=True))
            for worker in killed:
                worker.kill()

    with Index.open(workspace, WORDS_ONLY) as index:
        report = index.update(None, kill_workers)
        assert killed
        assert (report.added, report.failed) == (200, ())
        for worker in owners(home)[0].children(recursive=True):
            worker.kill()
        write(workspace, 1, "late")
        assert index.update(["late0.py"]).added == 1


def test_the_owner_continues_the_update_of_a_killed_client(workspace: Path, home: Path) -> None:
    write(workspace, 300)
    code = "import sys; from pathlib import Path; from fieldguide_indexer import *\n"
    code += "words = IndexOptions(embedding=EmbeddingOptions(provider='none'))\n"
    code += "Index.open(Path(sys.argv[1]), words).update(None, print)"
    with subprocess.Popen([sys.executable, "-u", "-c", code, workspace], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline(), "it is in the middle of the update"
        client.kill()
    with Index.open(workspace, WORDS_ONLY) as index:
        report = index.update()
        assert (report.added + report.unchanged, report.failed) == (300, ())
        assert len(owners(home)) == 1


def test_a_second_owner_ends_at_once(workspace: Path, home: Path) -> None:
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        (running,) = owners(home)
        rival = subprocess.run([*running.cmdline()], cwd=home, timeout=PATIENCE, check=False)
        assert rival.returncode == 0
        assert owners(home) == [running]
        assert index.status().state is State.EMPTY


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes there")
def test_a_full_disk_is_an_error_of_one_sentence_and_everything_stored_before_stays(
    workspace: Path, home: Path
) -> None:
    import resource  # noqa: PLC0415 - POSIX alone has it

    write(workspace, 5)
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        leave(index, home)
    for number in range(200):
        (workspace / f"large{number}.txt").write_text(
            f"word{number} plenty of text\n" * 400, encoding="utf-8"
        )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))  # which the owner inherits
    try:
        with Index.open(workspace, WORDS_ONLY) as index:
            with pytest.raises(StorageError, match=r"^The index cannot be (written|read): .*\.$"):
                index.update()
            assert index.search("function3")[0].path == "function3.py"
            leave(index, home)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        assert index.status().files == 205
        assert index.search("word77")[0].path == "large77.txt"


def test_a_cache_that_is_removed_while_the_owner_runs_is_built_again(workspace: Path, home: Path) -> None:
    write(workspace, 5)
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        running = owners(home)
        shutil.rmtree(home / "indexes")
        assert not psutil.wait_procs(running, timeout=PATIENCE)[1], "its folder was removed"
        index.update()
        assert index.search("function3")[0].path == "function3.py"
        assert len(owners(home)) == 1


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwrite(file: Path) -> None:
    file.write_bytes(b"this is no database" * 100)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("catalog.sqlite", truncate),
        ("catalog.sqlite", Path.unlink),
        ("chroma.sqlite3", truncate),
        ("recipe.json", overwrite),
        ("current", Path.unlink),
    ],
)
def test_an_index_with_a_damaged_file_is_built_again(
    workspace: Path, home: Path, server: EmbeddingServer, name: str, damage: Callable[[Path], None]
) -> None:
    write(workspace, 10)
    options = with_vectors(server)
    with Index.open(workspace, options) as index:
        index.update()
        index.wait_until_ready(PATIENCE)
        leave(index, home)
    for file in (home / "indexes").rglob(name):
        damage(file)
    with Index.open(workspace, options) as index:
        index.update()
        assert index.wait_until_ready(PATIENCE).state is State.READY
        assert index.search("function3")[0].path == "function3.py"
        assert index.status().embedded == 10


def test_vectors_whose_damage_ends_the_owner_are_made_again(
    workspace: Path, home: Path, server: EmbeddingServer
) -> None:
    write(workspace, 2_000)
    options = with_vectors(server)
    with Index.open(workspace, options) as index:
        index.update()
        index.wait_until_ready(PATIENCE)
        leave(index, home)
    (header,) = (home / "indexes").rglob("header.bin")
    truncate(header)
    write(workspace, 1, "late")
    with Index.open(workspace, options) as index:
        index.update()
        assert index.wait_until_ready(PATIENCE).state is State.READY
        assert index.search("late0")[0].path == "late0.py"
