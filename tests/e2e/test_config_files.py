"""A config file in an editor that neither pulls diagnostics nor watches files: a real process, a real index."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from tests.e2e.conftest import SERVE, Editor, environment
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

PACKAGE = json.dumps({"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}, indent=1)
TEXT = "tasks:\n  - init: yarn install\n    command: echo 😀 && yarn devv\n"
# A smiley is two units of UTF-16.
DEVV = types.Range(types.Position(2, 29), types.Position(2, 33))


@pytest_asyncio.fixture
async def editor(workspace: Path, tmp_path: Path) -> AsyncIterator[Editor]:
    (workspace / "package.json").write_text(PACKAGE, encoding="utf-8")
    (workspace / "yarn.lock").write_text("", encoding="utf-8")
    made = Editor()
    await made.start_io(*SERVE, env=environment(FIELDGUIDE_HOME=str(tmp_path / "home")))
    folders = [types.WorkspaceFolder(workspace.as_uri(), workspace.name)]
    none = types.ClientCapabilities()
    await made.initialize_session(types.InitializeParams(capabilities=none, workspace_folders=folders))
    yield made
    await made.shutdown_session()
    await made.stop()  # type: ignore[no-untyped-call]


async def diagnostic(editor: Editor, uri: str, code: str) -> types.Diagnostic:
    """Wait for a diagnostic with this code and return it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for found in editor.diagnostics.get(uri, ()):
                if found.code == code:
                    return found
            await editor.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


async def test_a_config_file_is_checked_fixed_explained_and_completed(
    editor: Editor, workspace: Path
) -> None:
    uri = (workspace / ".gitpod.yml").as_uri()
    document = types.TextDocumentIdentifier(uri)
    editor.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "yaml", 1, TEXT))
    )
    dangling = await diagnostic(editor, uri, "dangling")
    context = types.CodeActionContext([dangling], only=[types.CodeActionKind.QuickFix])
    action, explaining = await editor.text_document_code_action_async(
        types.CodeActionParams(document, dangling.range, context)
    )  # type: ignore[misc]
    assert (action.title, explaining.title) == ("Use dev", "Explain this problem")
    assert isinstance(action, types.CodeAction)
    assert explaining.title == "Explain this problem"
    assert action.edit is not None
    assert action.edit.changes == {uri: (types.TextEdit(DEVV, "dev"),)}
    over = types.HoverParams(document, types.Position(1, 6))
    shown = await editor.text_document_hover_async(over)
    assert "yarn install from yarn.lock:1" in str(shown)
    at = types.CompletionParams(document, types.Position(1, 10))
    offered = await editor.text_document_completion_async(at)
    assert isinstance(offered, types.CompletionList)
    assert "yarn install" in [item.label for item in offered.items]
    await editor.until(lambda: any(status["state"] == "ready" for status in editor.statuses))
    (workspace / "yarn.lock").rename(workspace / "package-lock.json")
    drift = await diagnostic(editor, uri, "drift")
    assert "package-lock.json" in drift.message
