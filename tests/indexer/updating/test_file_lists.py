"""Lists of files by state and reason, and updates that read every file again."""

import os

import pytest

from fieldguide_indexer import FileGroup, FileStatus
from fieldguide_indexer.engine.engine import Engine
from tests.fakes.engine import EngineHarness, ready

pytestmark = pytest.mark.slow


@pytest.fixture
def engine(harness: EngineHarness) -> Engine:
    harness.write_functions("one", "two", "three")
    for name in ("a.png", "b.png", "c.png"):
        harness.write(f"pictures/{name}", "\0\1\2")
    harness.write("bundle.min.js", "x" * 500)
    harness.write("keys/id_rsa", "hush")
    engine = harness.open()
    engine.update()
    ready(engine)
    return engine


def paths(found: list[FileStatus]) -> list[str]:
    return [each.path for each in found]


def test_skipped_files_are_counted_by_reason_the_largest_group_first(engine: Engine) -> None:
    first, *others = engine.queries.file_groups()
    assert first == FileGroup("skipped", "binary", 3)
    assert others
    assert all(each.count == 1 for each in others)


def test_the_files_of_a_group_come_page_by_page(engine: Engine) -> None:
    page = engine.files_in("skipped", "binary", "", 2)
    assert paths(page) == ["pictures/a.png", "pictures/b.png"]
    assert {each.reason for each in page} == {"binary"}
    assert paths(engine.files_in("skipped", "binary", page[-1].path, 2)) == ["pictures/c.png"]
    assert paths(engine.files_in("indexed", "", "", 9)) == ["one.py", "three.py", "two.py"]


def test_changed_files_are_listed_as_stale_until_the_next_update(
    engine: Engine, harness: EngineHarness
) -> None:
    assert engine.files_in("stale", "", "", 9) == []
    harness.write("one.py", "def other():\n    return 1\n")
    (harness.workspace / "two.py").unlink()
    os.utime(harness.workspace / "three.py", ns=(1, 1))
    changed, removed = engine.files_in("stale", "", "", 9)
    assert (changed.path, changed.reason) == ("one.py", "the file has changed since it was indexed")
    assert (removed.path, removed.reason) == ("two.py", "the file has been removed since it was indexed")
    assert engine.files_in("stale", "", "", 1) == [changed]
    engine.update()
    assert engine.files_in("stale", "", "", 9) == []


def test_a_forced_update_reads_files_of_the_same_size_and_time_and_keeps_other_vectors(
    engine: Engine, harness: EngineHarness
) -> None:
    file = harness.workspace / "one.py"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("one", "eno"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    made = len(harness.embedder().texts)
    assert engine.update().changed == 0
    report = engine.update(force=True)
    assert report.chunks == 3
    assert report.unchanged == 0
    ready(engine)
    assert [each.symbol for each in engine.queries.definitions_in("one.py")] == ["eno"]
    assert len(harness.embedder().texts) == made + 1
