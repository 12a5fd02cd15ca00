"""A small workspace, and the real server over stdio with a real client at the other end."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    default_converter,
)
from pytest_lsp import LanguageClient
from pytest_lsp.client import register_lsp_features

from tests.patience import PATIENCE, scaled

SERVE = (sys.executable, "-P", "-m", "fieldguide_server", "serve")

FILES = {
    "sessions.py": (
        '"""Sessions of the shop."""\n\n\n'
        "def sign_cookie(value: str, key: str) -> str:\n"
        '    """Sign the session cookie with the shop\'s key."""\n'
        '    return f"{value}.{hash(value + key)}"\n'
    ),
    "app.py": 'from sessions import sign_cookie\n\nprint("😀", sign_cookie("user", "key"))\n',
    "README.md": "# Shop\n\nA shop with sessions.\n\n## Running\n\nRun `python app.py`.\n",
    "requirements.txt": "flask==3.0\n",
}


def make_workspace(parent: Path) -> Path:
    """Create a folder with four files and without git."""
    folder = parent / "a shop"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Create a workspace for one test."""
    return make_workspace(tmp_path)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of the server's process, without vectors: these tests are about the protocol.

    An index owner lives for a moment without a client, so that the first one can connect.
    """
    return {
        **os.environ,
        "FIELDGUIDE_EMBEDDING_PROVIDER": "none",
        "FIELDGUIDE_LINGER_SECONDS": str(scaled(2)),
        "PYTHONWARNINGS": "default",
        **more,
    }


def capabilities() -> types.ClientCapabilities:
    """Return the capabilities of a client that supports everything the server uses."""
    code_action = types.CodeActionClientCapabilities(
        data_support=True, resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"])
    )
    edits = types.WorkspaceEditClientCapabilities(
        document_changes=True,
        resource_operations=[types.ResourceOperationKind.Create],
        change_annotation_support=types.ChangeAnnotationsSupportOptions(),
    )
    return types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=True,
            workspace_edit=edits,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
            workspace_folders=True,
        ),
        text_document=types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
            code_action=code_action,
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
    )


class Editor(LanguageClient):
    """pytest-lsp's client, which also records Fieldguide's own notifications."""

    def __init__(self) -> None:
        super().__init__(converter_factory=_plain_converter)
        register_lsp_features(self)
        self.deltas: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.edits: list[types.ApplyWorkspaceEditParams] = []
        self.resets: list[Any] = []
        self.registered: list[str] = []
        self._changed = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        # Plain functions: pygls puts attributes on what it registers, and methods take none.
        def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.edits.append(params)
            return types.ApplyWorkspaceEditResult(applied=True)

        def register(params: types.RegistrationParams) -> None:
            self.registered.extend(each.method for each in params.registrations)
            self._changed.set()

        self.feature("fieldguide/answerDelta")(self._keep(self.deltas))
        self.feature("fieldguide/answerReset")(self._keep(self.resets))
        self.feature("fieldguide/indexStatus")(self._keep(self.statuses))
        self.feature(types.WORKSPACE_APPLY_EDIT)(apply)
        self.feature(types.CLIENT_REGISTER_CAPABILITY)(register)

    async def open(self, folder: Path) -> None:
        """Initialize with one folder, and wait until its index is ready."""
        folders = [types.WorkspaceFolder(folder.as_uri(), folder.name)]
        await self.initialize_session(
            types.InitializeParams(capabilities=capabilities(), workspace_folders=folders)
        )
        await self.until(lambda: any(status["state"] == "ready" for status in self.statuses))

    def configure(self, **settings: Any) -> None:
        """Change the editor's settings."""
        self.workspace_did_change_configuration(types.DidChangeConfigurationParams({"fieldguide": settings}))

    async def ask_server(self, method: str, params: Any) -> Any:
        """Send a request and return its result."""
        return await asyncio.wait_for(self.start(method, params), PATIENCE)

    def start(self, method: str, params: Any, identity: str | None = None) -> asyncio.Future[Any]:
        """Send a request and return the future of its result."""
        sent = self.protocol.send_request(method, params, msg_id=identity)
        return asyncio.wrap_future(sent)

    async def until(self, reached: Callable[[], Any]) -> None:
        """Wait for notifications until a condition holds."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self._changed.clear()
                await self._changed.wait()

    async def eventually(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """Try again after each notification until an attempt returns something true."""
        async with asyncio.timeout(PATIENCE):
            while True:
                # Before the attempt: a notification that arrives during it triggers the next one.
                self._changed.clear()
                if result := await attempt():
                    return result
                await self._changed.wait()

    def _keep(self, kept: list[dict[str, Any]]) -> Callable[[Any], None]:
        def keep(params: Any) -> None:
            kept.append(params)
            self._changed.set()

        return keep


def _plain_converter() -> Any:
    """Return a converter that leaves the params and results of Fieldguide's methods as JSON."""
    converter = default_converter()  # type: ignore[no-untyped-call]
    for kind in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        converter.register_structure_hook(kind, lambda raw, made: made(**raw))
    return converter
