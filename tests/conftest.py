"""Fixtures and rules for every test: its own folder for caches, no process left behind, no slow test unmarked."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.patience import PATIENCE

pythons: list[str] = []
"""The Python programs that this process has started so far: owners, workers, servers, commands."""


def _record_start(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and "python" in (program := str(arguments[0] or arguments[1])):
        pythons.append(program)


sys.addaudithook(_record_start)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give one test a folder for its caches and records, and make index owners exit with their last client."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FIELDGUIDE_HOME", str(folder))
    monkeypatch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
    for name in [
        name
        for name in os.environ
        if name.startswith(("FIELDGUIDE_MODEL", "FIELDGUIDE_EMBEDDING", "OPENAI_"))
    ]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture(autouse=True)
def a_test_that_starts_python_is_marked_slow(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the quick loop quick: starting Python takes longer than all of an ordinary test."""
    before = len(pythons)
    yield
    if request.node.get_closest_marker("slow") is None:
        assert pythons[before:] == [], "mark this test with pytest.mark.slow"


@pytest.fixture(autouse=True, scope="session")
def no_owner_outlives_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Check that every index owner exits after its last client; each xdist worker checks its own."""
    yield
    _, alive = psutil.wait_procs(owners(tmp_path_factory.getbasetemp()), timeout=PATIENCE)
    for owner in alive:
        owner.kill()
    assert not alive, f"owners that did not exit: {alive}"


def owners(folder: Path) -> list[psutil.Process]:
    """Return the processes that own an index below a folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "fieldguide_indexer.owner.server" in command and command[-1].startswith(str(folder)):
            found.append(process)
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distribute tests to xdist's workers by file; the tests in a real VS Code share one worker."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - absent without pytest-xdist

    scheduling = LoadFileScheduling(config, log)
    file_of = scheduling._split_scope
    scheduling._split_scope = lambda test: "vscode" if test.startswith("tests/client/") else file_of(test)
    return scheduling


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run in CI that skipped a test, so that nothing untested looks green."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
