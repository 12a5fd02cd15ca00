"""A workspace folder, and a listener for what its watcher reports."""

from pathlib import Path

import pytest

from tests.fakes.listener import Listener, write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "workspace")


@pytest.fixture
def listener() -> Listener:
    return Listener()
