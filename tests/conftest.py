"""What every test shares: a home of its own for caches, and no owner process left behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for every cache and record of one test; owners leave as soon as nobody is connected."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FIELDGUIDE_HOME", str(folder))
    monkeypatch.setenv("FIELDGUIDE_LINGER_SECONDS", "0")
    for name in [
        name for name in os.environ if name.startswith("FIELDGUIDE_MODEL") or name == "OPENAI_API_KEY"
    ]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture(autouse=True, scope="session")
def no_owner_outlives_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Owners leave when their last client has: one that stays would stay on a user's machine, too."""
    yield
    _, alive = psutil.wait_procs(owners(tmp_path_factory.getbasetemp()), timeout=PATIENCE)
    for owner in alive:
        owner.kill()
    assert not alive, f"owners that did not leave: {alive}"


def owners(folder: Path) -> list[psutil.Process]:
    """The processes that own an index kept somewhere below a folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "fieldguide_indexer.owner.server" in command and command[-1].startswith(str(folder)):
            found.append(process)
    return found


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failed run: a part that was not tested must not look green."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
