"""Indexing and asking write no file but the index, checked in an empty home folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

# Libraries suppress telemetry when they see these; a user's machine has none of them.
TEST_VARIABLES = ("CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "TF_BUILD", "BUILD_ID")


def test_an_index_with_vectors_leaves_nothing_in_the_users_home(tmp_path: Path) -> None:
    workspace = write_workspace(tmp_path / "shop")
    home = tmp_path / "user"
    home.mkdir()
    before = sorted(workspace.rglob("*"))
    environment = {
        name: value for name, value in os.environ.items() if name not in TEST_VARIABLES and name[:4] != "XDG_"
    }
    for command in (["index"], ["ask", "where is the session cookie signed?"]):
        run = subprocess.run(
            [sys.executable, "-P", "-m", "fieldguide_server", *command],
            cwd=workspace,
            env={**environment, "HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert run.returncode == 0, run.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert sorted(workspace.rglob("*")) == before
