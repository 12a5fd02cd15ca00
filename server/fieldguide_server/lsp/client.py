"""Everything that is sent to the client: messages, notifications, requests, progress and answer streams."""

import logging
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from fieldguide_indexer import IndexStatus, Progress
from fieldguide_server.lsp.capabilities import Capabilities
from fieldguide_server.lsp.client_models import ClientModels
from fieldguide_server.lsp.convert import status_json
from fieldguide_server.lsp.edits import EditError
from fieldguide_server.lsp.json_rpc import StrictProtocol, response_error, response_to
from fieldguide_server.lsp.progress import work_done
from fieldguide_server.params import Token
from fieldguide_server.protocol import ANSWER_DELTA, ANSWER_RESET, INDEX_STATUS

if TYPE_CHECKING:
    from fieldguide_server.review import Problem

log = logging.getLogger(__name__)

# Editors show no more of a message.
_LONGEST_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class ClientStream:
    """Sends the text under ``token``; sends nothing to a client that gave none.

    ``notify`` sends a notification by its method and its params.
    """

    notify: Callable[[str, dict[str, Any]], None]
    token: Token | None

    def add(self, text: str) -> None:
        """Send a piece of text."""
        if self.token is not None and text:
            self.notify(ANSWER_DELTA, {"token": self.token, "text": text})

    def reset(self, problems: "Sequence[Problem]") -> None:
        """Send that the text so far is void, and why."""
        if self.token is not None:
            sent = [asdict(problem) for problem in problems]
            self.notify(ANSWER_RESET, {"token": self.token, "problems": sent})


class LspClient:
    """The editor at the other end.

    ``capabilities`` are those that it sent with ``initialize``. ``watches_files`` becomes false if it refuses to send
    changes of files.
    """

    def __init__(self, server: LanguageServer, protocol: StrictProtocol, response_seconds: float) -> None:
        self.capabilities = Capabilities()
        self.watches_files = False
        self._server = server
        self._protocol = protocol
        self._response_seconds = response_seconds
        self._models = ClientModels(protocol, response_seconds)
        self._shown: set[str] = set()

    def initialize(self, capabilities: types.ClientCapabilities) -> None:
        """Take the client's capabilities."""
        self.capabilities = Capabilities.of(capabilities)
        self.watches_files = self.capabilities.watches_files

    @property
    def models(self) -> ClientModels | None:
        """The client's language models; None if it has none."""
        return self._models if self.capabilities.has_models else None

    def add_partial_result(self, params: types.ProgressParams) -> None:
        """Take a piece of an answer of the client's language model."""
        self._models.add_partial_result(params)

    def show_warning_once(self, sentence: str) -> None:
        """Show the user a warning, once in the life of the server."""
        if sentence not in self._shown:
            self._shown.add(sentence)
            self._show(types.MessageType.Warning, sentence)

    def show_error(self, error: BaseException) -> None:
        """Show the user the sentence of an error in background work; details of unexpected errors are logged."""
        self.show_warning_once(response_error(error).message)

    def show_unless_visible(self, sentence: str) -> None:
        """Show the user what is also in an index's status, unless the client always shows that."""
        if self.capabilities.shows_status:
            log.info("%s", sentence)
        else:
            self.show_warning_once(sentence)

    def show_result(self, text: str) -> None:
        """Show the user the result of a command, for clients that ignore such results."""
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} …"
        self._show(types.MessageType.Info, shown)

    def _show(self, kind: types.MessageType, text: str) -> None:
        self._server.window_show_message(types.ShowMessageParams(kind, text))

    def notify_status(self, folder: str, status: IndexStatus, *, is_docs: bool) -> None:
        """Send ``fieldguide/indexStatus`` for the folder with this URI."""
        self._protocol.notify(INDEX_STATUS, {**status_json(folder, status), "docs": is_docs})

    def answer_stream(self, token: Token | None) -> ClientStream:
        """Return a stream that sends an answer under the token, or nothing if there is none."""
        return ClientStream(self._protocol.notify, token)

    @asynccontextmanager
    async def work_done(
        self, title: str, cancel: Callable[[], object]
    ) -> AsyncIterator[Callable[[Progress], None]]:
        """Show a progress bar while the block runs, if the client can; see ``progress.work_done``."""
        token = await self._new_progress_token()
        if token is None:
            yield lambda _: None
            return
        async with work_done(self._server.work_done_progress, token, title, cancel) as report:
            yield report

    async def _new_progress_token(self) -> str | None:
        if not self.capabilities.shows_progress:
            return None
        token = str(uuid.uuid4())
        try:
            await response_to(self._server.work_done_progress.create_async(token), self._response_seconds)
        except JsonRpcException:
            return None
        return token

    async def configuration(self, items: Sequence[types.ConfigurationItem]) -> Sequence[Any] | None:
        """Return the client's value of each item; None if it cannot send them."""
        if not items or not self.capabilities.sends_configuration:
            return None
        request = self._server.workspace_configuration_async(types.ConfigurationParams(items))
        try:
            values = await response_to(request, self._response_seconds)
        except JsonRpcException as error:
            log.warning("no settings from the client: %s", error)
            return None
        return values if len(values) == len(items) else None

    async def register(self, registrations: Sequence[types.Registration]) -> None:
        """Register for notifications and requests.

        Raises:
            JsonRpcException: The client refuses.
        """
        request = self._server.client_register_capability_async(types.RegistrationParams(registrations))
        await response_to(request, self._response_seconds)

    async def refresh_code_lenses(self) -> None:
        """Have the client request code lenses again, if it can."""
        if self.capabilities.refreshes_code_lenses:
            await self._refresh(self._server.workspace_code_lens_refresh_async(None))

    async def refresh_diagnostics(self) -> None:
        """Have the client pull diagnostics again, if it can."""
        if self.capabilities.refreshes_diagnostics:
            await self._refresh(self._server.workspace_diagnostic_refresh_async(None))

    async def _refresh(self, request: Any) -> None:  # noqa: ANN401 - pygls' futures are not typed
        try:
            await response_to(request, self._response_seconds)
        except JsonRpcException as error:
            log.info("the client does not refresh: %s", error)  # it will at the next change of a document

    def publish_diagnostics(
        self, uri: str, diagnostics: Sequence[types.Diagnostic], version: int | None
    ) -> None:
        """Send the diagnostics of a document at a version."""
        params = types.PublishDiagnosticsParams(uri, diagnostics, version)
        self._server.text_document_publish_diagnostics(params)

    async def apply_edit(self, edit: types.WorkspaceEdit, label: str) -> bool:
        """Send an edit for the user to accept, however long that takes, and return whether it was applied.

        Raises:
            EditError: The client failed to apply it.
        """
        params = types.ApplyWorkspaceEditParams(edit, label)
        try:
            return bool((await self._server.workspace_apply_edit_async(params)).applied)
        except JsonRpcException as error:
            raise EditError(f"The editor did not apply the edit: {error.message}") from error
