"""Child processes: they end with their parent, however it ends, and the owner of an index does not."""

import gc
import json
import os
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from fieldguide_indexer import ChildProcess
from fieldguide_indexer.child_process import start_detached
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

# Says that it runs, and then reads its input until that ends.
READER = "import sys; print('ready', flush=True); sys.stdin.read()"


def write(file: Path, program: str) -> Path:
    file.write_text(textwrap.dedent(program), encoding="utf-8")
    return file


def run_parent(folder: Path, child: Path) -> tuple[ChildProcess, psutil.Process]:
    """Start a process that starts a child; return both. The child is ready."""
    program = """
        import sys
        from fieldguide_indexer import ChildProcess
        child = ChildProcess(sys.argv[1])
        child.stdout.readline()
        print(child.pid, flush=True)
        sys.stdin.read()
    """
    parent = ChildProcess(write(folder / "parent.py", program), child)
    return parent, psutil.Process(int(parent.stdout.readline()))


@pytest.mark.parametrize(
    "program",
    [
        READER,
        "from fieldguide_indexer import exit_with_parent\nprint('ready', flush=True)\nexit_with_parent()\nwhile True: sum(range(1000))",
    ],
    ids=["reads its input", "is busy"],
)
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, program: str) -> None:
    parent, child = run_parent(tmp_path, write(tmp_path / "child.py", program))
    psutil.Process(parent.pid).kill()
    assert not psutil.wait_procs([child], timeout=PATIENCE)[1]
    parent.stop()


def test_a_child_ends_when_its_parent_exits(tmp_path: Path) -> None:
    parent, child = run_parent(tmp_path, write(tmp_path / "child.py", READER))
    parent.stdin.close()
    assert not psutil.wait_procs([child, psutil.Process(parent.pid)], timeout=PATIENCE)[1]
    parent.stop()


def test_a_child_ends_with_its_object(tmp_path: Path) -> None:
    child = ChildProcess(write(tmp_path / "child.py", READER))
    child.stdout.readline()
    process = psutil.Process(child.pid)
    del child
    gc.collect()
    assert not process.is_running()


@pytest.mark.skipif(sys.platform == "win32", reason="no process can ignore its end there")
def test_a_child_that_ignores_its_end_is_killed(tmp_path: Path) -> None:
    ignore = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    program = f"{ignore}; print('ready', flush=True); time.sleep({PATIENCE})"
    child = ChildProcess(write(tmp_path / "child.py", program))
    child.stdout.readline()
    assert child.is_running
    child.stop(patience=0.1)
    assert not child.is_running
    child.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are classes there")
def test_a_child_has_the_lower_priority_from_the_start(tmp_path: Path) -> None:
    child = ChildProcess(write(tmp_path / "child.py", READER), nice=3)
    assert psutil.Process(child.pid).nice() == psutil.Process().nice() + 3
    child.stop()


def test_a_child_imports_nothing_from_its_folder_and_appends_its_errors_to_the_log(tmp_path: Path) -> None:
    write(tmp_path / "json.py", "raise SystemExit('imported from the working folder')")
    log = write(tmp_path / "log.txt", "before\n")
    program = "import json, os, sys; print(json.dumps([os.getcwd(), os.environ['TEA']]), flush=True); sys.exit('after')"
    (tmp_path / "programs").mkdir()
    file = write(tmp_path / "programs" / "child.py", program)
    child = ChildProcess(file, log=log, folder=tmp_path, environment={**os.environ, "TEA": "green"})
    assert json.loads(child.stdout.read()) == [str(tmp_path), "green"]
    child.stop()
    assert log.read_text(encoding="utf-8").split() == ["before", "after"]


def test_a_detached_process_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    write(tmp_path / "child.py", f"import time; time.sleep({PATIENCE})")
    program = """
        import sys
        from pathlib import Path
        from fieldguide_indexer.child_process import start_detached
        folder = Path(sys.argv[1])
        print(start_detached(folder / "child.py", folder=folder, log=folder / "log.txt").pid, flush=True)
        sys.stdin.read()
    """
    parent = ChildProcess(write(tmp_path / "parent.py", program), tmp_path)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.stop()
    assert child.is_running()
    if os.name != "nt":
        assert os.getsid(child.pid) == child.pid, "no signal of a terminal reaches it"
    child.kill()
    child.wait(PATIENCE)


def test_a_detached_process_that_ends_leaves_no_zombie(tmp_path: Path) -> None:
    program = write(tmp_path / "child.py", "")
    process = start_detached(program, folder=tmp_path, log=tmp_path / "log.txt")
    assert process.wait(PATIENCE) == 0
