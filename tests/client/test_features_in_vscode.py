"""The features in editors and views, in a real VS Code: see ``vscode-client/test/e2e/features.mjs``."""

from pathlib import Path

import pytest

from tests.client.test_in_vscode import needs_vscode, run_journey
from tests.fakes.workspace import write_workspace

pytestmark = [pytest.mark.slow, pytest.mark.vscode]

HOLIDAYS = "# Holidays at the depot\n\nA holiday lasts thirty days. The depot closes meanwhile.\n"


@needs_vscode
def test_code_lens_links_diagnostics_docs_index_view_and_keyboard_work(tmp_path: Path) -> None:
    workspace = write_workspace(tmp_path / "shop")
    (workspace / ".gitpod.yml").write_text("task: []\n", encoding="utf-8")
    (workspace / "pictures").mkdir()
    for number in range(120):
        (workspace / "pictures" / f"p{number:03}.png").write_bytes(b"\0\1\2")
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    (handbook / "holidays.md").write_text(HOLIDAYS, encoding="utf-8")
    settings = {"fieldguide.codeLens.enabled": True, "fieldguide.docs.folders": [str(handbook)]}
    run_journey("features", workspace, settings=settings)
