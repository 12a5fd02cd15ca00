"""What may lie in a workspace and be no plain file of text: named with its reason, and nothing is held up.

Sockets, hostile patterns and deep trees: ``test_workspace.py``.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions
from fieldguide_indexer.sources.workspace import scan
from tests.conftest import owners
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))
NOBODY = 65534

# Root may read and write everything, so permissions are tested as another user.
AS_SOMEBODY = """
import os, sys
from pathlib import Path
sys.path[:0] = {path!r}
from fieldguide_indexer import EmbeddingOptions, FieldguideError, Index, IndexOptions
from fieldguide_indexer.chunking import detect_language
from fieldguide_indexer.sources.workspace import read_document, scan
if os.geteuid() == 0:
    os.setuid({nobody})
folder = Path({folder!r})
words = IndexOptions(embedding=EmbeddingOptions(provider="none"))
{code}
"""


def as_somebody(folder: Path, code: str) -> str:
    """What Python code prints that may do nothing special."""
    script = AS_SOMEBODY.format(nobody=NOBODY, path=sys.path, folder=str(folder), code=code)
    for above in [folder, *folder.parents][:-1]:
        if above.stat().st_uid == os.geteuid():
            above.chmod(above.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "plain.py").write_text("def plain():\n    pass\n", encoding="utf-8")
    yield folder
    for place in tmp_path.rglob("*"):
        if place.is_dir() and not place.is_symlink():
            place.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these names")
def test_files_of_any_name_are_found_by_it(workspace: Path) -> None:
    names = [
        "new\nline.py",
        "tab\there.py",
        " leading space.py",
        "ünïcödé 東京.py",
        "-rf.py",
        "a'b\"c`$(x).py",
    ]
    names.append("x" * 252 + ".py")
    for number, name in enumerate(names):
        (workspace / name).write_text(f"def strange{number}():\n    pass\n", encoding="utf-8")
    with open(os.fsencode(workspace) + b"/\xff\xfe.py", "wb") as file:  # noqa: PTH123 - no text, so no Path
        file.write(b"def unnamed():\n    pass\n")
    with Index.open(workspace, WORDS_ONLY) as index:
        report = index.update()
        assert [each.reason for each in report.skipped] == ["unreadable name"]
        for number, name in enumerate(names):
            assert index.search(f"strange{number}")[0].path == name
            assert index.file_status(name).state == "indexed"
        assert index.update([names[0], "\udcff\udcfe.py"]).failed == ()


def test_names_that_differ_in_their_case_alone_are_each_what_they_are_on_this_disk(workspace: Path) -> None:
    (workspace / "readme.py").write_text("def lower():\n    pass\n", encoding="utf-8")
    (workspace / "README.py").write_text("def upper():\n    pass\n", encoding="utf-8")
    there = {file.name for file in workspace.iterdir()}
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        assert index.status().files == len(there)
        assert index.search("upper")[0].path in there
        (workspace / "README.py").unlink()
        index.update()
        assert index.status().files == len(list(workspace.iterdir()))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device files there")
def test_devices_are_named_and_never_read() -> None:
    found = {each.path: each.reason for each in scan(Path("/dev"), IndexOptions()).skipped}
    assert {found["zero"], found["null"], found["tty"]} == {"not a regular file"}


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean little there")
def test_a_folder_and_a_file_that_are_closed_to_us_are_named(workspace: Path) -> None:
    (workspace / "closed").mkdir()
    (workspace / "closed/inside.py").write_text("x = 1\n", encoding="utf-8")
    (workspace / "secretive.py").write_text("x = 1\n", encoding="utf-8")
    code = """
found = scan(folder, words)
for entry in found.entries:
    each = read_document(folder, entry, words)
    print(entry.path, getattr(each, "reason", "read"))
for each in found.skipped:
    print(each.path, each.reason)
"""
    (workspace / "secretive.py").chmod(0)
    (workspace / "closed").chmod(0)
    told = sorted(as_somebody(workspace, code).splitlines())
    assert told == ["closed/ unreadable folder", "plain.py read", "secretive.py unreadable"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean little there")
def test_a_cache_that_may_only_be_read_is_told_in_one_sentence(workspace: Path, home: Path) -> None:
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        running = owners(home)
        index.stop_owner()
    for owner in running:
        owner.wait(PATIENCE)
    for place in [home, *home.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    code = """
try:
    Index.open(folder, words)
except FieldguideError as error:
    print(error)
"""
    told = as_somebody(workspace, f"os.environ['FIELDGUIDE_HOME'] = {str(home)!r}\n{code}")
    for place in [home, *home.rglob("*")]:
        place.chmod(0o755)
    assert told.startswith("The index cannot be written to ")
    assert told.endswith("(Permission denied); set FIELDGUIDE_HOME to a writable folder.")
    with Index.open(workspace, WORDS_ONLY) as index:
        assert index.search("plain")[0].path == "plain.py"


def test_a_clock_that_jumps_hides_no_change(workspace: Path) -> None:
    file = workspace / "plain.py"
    with Index.open(workspace, WORDS_ONLY) as index:
        index.update()
        for number, time in enumerate((1_000_000_000, 4_000_000_000, 0, 999_999_999)):
            file.write_text(f"def jump{number}():\n    pass\n", encoding="utf-8")
            os.utime(file, (time, time))
            index.update()
            assert index.search(f"jump{number}")[0].symbol == f"jump{number}"
            assert index.update().unchanged == 1


def test_a_file_that_changes_all_the_time_is_right_in_the_end(workspace: Path) -> None:
    file, stop = workspace / "busy.py", threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            file.write_text(
                f"def busy{number % 7}():\n" + "    pass\n" * (number % 500 + 1), encoding="utf-8"
            )

    writer = threading.Thread(target=write)
    with Index.open(workspace, WORDS_ONLY) as index:
        writer.start()
        try:
            for _ in range(10):
                assert index.update().failed == ()
        finally:
            stop.set()
            writer.join()
        file.write_text("def at_last():\n    pass\n", encoding="utf-8")
        index.update()
        assert index.search("at_last")[0].path == "busy.py"
        assert not [hit for hit in index.search("busy3") if hit.symbol.startswith("busy")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names there")
def test_strange_files_are_left_out_with_their_reason_and_hold_nothing_up(workspace: Path) -> None:
    with (workspace / "huge.log").open("wb") as file:
        file.truncate(1 << 30)
    os.mkfifo(workspace / "pipe.py")
    (workspace / "folder").mkdir()
    (workspace / "folder" / "loop").symlink_to(workspace, target_is_directory=True)
    (workspace / "latin.py").write_bytes("# gr\xfc\xdfe\ndef latin():\n    pass\n".encode("latin-1"))
    (workspace / "binary.py").write_bytes(bytes(range(256)) * 100)
    (workspace / "one_line.js").write_text("x=" + "1+" * 200_000 + "1", encoding="utf-8")
    (workspace / "nested.json").write_text("[" * 100_000, encoding="utf-8")
    with Index.open(workspace, WORDS_ONLY) as index:
        report = index.update()
        reasons = {file.path: file.reason for file in report.skipped}
        assert reasons["huge.log"] == "too large"
        assert reasons["binary.py"] == "binary"
        assert {"pipe.py", "folder/loop"} <= reasons.keys()
        assert report.failed == ()
        assert index.search("latin")[0].path == "latin.py"
        assert index.search("plain")[0].path == "plain.py"
