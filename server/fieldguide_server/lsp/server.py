"""The language server that features are registered on, and what it hands them."""

import asyncio
import logging
import os
import socket
import sys
from collections import ChainMap
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeVar, TypeVarTuple, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from fieldguide_indexer import FieldguideError
from fieldguide_server import __version__
from fieldguide_server.lsp.answer_stream import ClientStream
from fieldguide_server.lsp.client_commands import shows_status
from fieldguide_server.lsp.client_models import EditorModels, member
from fieldguide_server.lsp.documents import text_of
from fieldguide_server.lsp.json_rpc import Boundary, converter, response_error
from fieldguide_server.lsp.transport import Input, Output
from fieldguide_server.params import Token, structure
from fieldguide_server.protocol import Method, arguments_of
from fieldguide_server.services import ReadText, Services
from fieldguide_server.settings import Settings
from fieldguide_server.workspace.combined_index import Joined, Source, prefixes
from fieldguide_server.workspace.folders import Folder, IndexHandle, Workspaces

if TYPE_CHECKING:
    from fieldguide_server.assistant import Assistant
    from fieldguide_server.assistant.config_writer import ConfigWriter
    from fieldguide_server.assistant.models import Models

log = logging.getLogger(__name__)

P = TypeVar("P")
R = TypeVar("R")
Args = TypeVarTuple("Args")
Json = dict[str, Any]
# Hover and search must not queue behind scans, nor either of them behind pygls' pool, which also reads stdin.
_REQUEST_THREADS = 8
# Each folder keeps one busy while it is scanned.
_SCAN_THREADS = 32
_STOP_SECONDS = 1.0
# More is read nowhere that a message is shown.
_LONGEST_SHOWN = 4_000
_STDOUT, _STDERR = 1, 2


@dataclass(frozen=True, slots=True)
class _Selective:
    """A feature for some files, and whether a client can be told which."""

    method: str
    options: object
    handler: Callable[..., object]
    can_be_told: Callable[[types.ClientCapabilities], bool]


class Server(LanguageServer):
    """Fieldguide over LSP.

    ``editor`` is what the client sent as settings, before they are read; ``choices`` what the user chose since, for
    all folders; ``keys`` what the client handed over from its secret store.
    """

    protocol: Boundary

    def __init__(self, services: Services) -> None:
        super().__init__("fieldguide", __version__, protocol_cls=Boundary, converter_factory=converter)
        self.services = services
        self.workspaces = Workspaces()
        self.editor: Mapping[str, object] = {}
        self.choices: dict[str, object] = {}
        self.keys: dict[str, str] = {}
        self.editor_models = EditorModels(self.protocol)
        self._models: asyncio.Future[Models] | None = None
        # Folders and settings change one after the other, or an index might be opened twice.
        self.changing = asyncio.Lock()
        self._requests = ThreadPoolExecutor(_REQUEST_THREADS, "request")
        self._scans = ThreadPoolExecutor(_SCAN_THREADS, "scan")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: set[str] = set()
        self.client_refused_watching = False
        self._selective: list[_Selective] = []

    def for_some_files(
        self,
        method: str,
        options: object,
        handler: Callable[..., object],
        can_be_told: Callable[[types.ClientCapabilities], bool],
    ) -> None:
        """Note a feature whose ``options`` select files, which only a client that takes registrations can be told."""
        self._selective.append(_Selective(method, options, handler, can_be_told))

    def register_selective(self, *, told: bool) -> list[tuple[str, object]]:
        """Put the noted features on the server for clients that can (``told``), or cannot, be told of their files."""
        chosen = [each for each in self._selective if each.can_be_told(self.client_capabilities) is told]
        for each in chosen:
            self.feature(each.method, each.options)(each.handler)
        return [(each.method, each.options) for each in chosen]

    def own(self, method: Method[P]) -> Callable[[Callable[["Server", P], Awaitable[R]]], None]:
        """Register a handler for a method of ours, as a request and as a command. It gets checked params."""

        def register(handler: Callable[[Server, P], Awaitable[R]]) -> None:
            # Were it annotated `object`, pygls would pass the server here: it looks at the annotation.
            async def request(raw: Json | None) -> R:
                return await handler(self, structure(raw, method.params))

            async def command(arguments: Sequence[object] | None) -> R:
                return await handler(self, structure(arguments_of(method, arguments), method.params))

            self.feature(method.name)(request)
            self.command(method.command)(command)

        return register

    async def run(self, call: Callable[[*Args], R], *args: *Args) -> R:
        """Run a call that blocks for the sake of a request."""
        return await asyncio.get_running_loop().run_in_executor(self._requests, call, *args)

    async def scan(self, call: Callable[[*Args], R], *args: *Args) -> R:
        """Run a call that blocks for long: opening and updating indexes."""
        return await asyncio.get_running_loop().run_in_executor(self._scans, call, *args)

    def spawn(
        self, work: Coroutine[Any, Any, None], failed: Callable[[str], None] | None = None
    ) -> asyncio.Task[None]:
        """Start work that nobody awaits; if it fails, ``failed`` gets one sentence, and the log the rest."""

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                (failed or self.tell)(response_error(error).message)

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    def tell(self, sentence: str) -> None:
        """Show the user a sentence, once in the life of the server."""
        if sentence not in self._told:
            self._told.add(sentence)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Warning, sentence))

    def show(self, text: str) -> None:
        """Show the user an answer that was asked for by a command, where the client keeps no results of commands."""
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} …"
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, shown))

    def note(self, sentence: str) -> None:
        """Tell the user what the state of an index says, too, unless the client has that in sight."""
        if shows_status(self.client_capabilities):
            log.info("%s", sentence)
        else:
            self.tell(sentence)

    async def configured(self) -> None:
        """Wait until the settings that were sent before a request hold for it."""
        async with self.changing:
            pass

    async def assistant(self, folder: Folder, others: Sequence[Folder] = ()) -> "Assistant":
        """Return who answers questions about a folder, with what is found in ``others`` and in the documentation.

        Raises:
            StorageError: The folder has no index.
        """
        await self.configured()
        main, models = (
            Source("", folder.path, await folder.ready(), self.reader(folder)),
            await self._all_models(),
        )
        known, settings = Joined(main, self._sources(folder, others)), await _measured(folder, models)
        return await self.run(self.services.assistant, known, known.read, settings, folder.path, models)

    def _sources(self, main: Folder, others: Sequence[Folder]) -> list[Source]:
        """Return the folders beside the one that a question is about, as far as they can be asked now."""
        return [
            Source(prefix, each.path, each.index, self.reader(each))
            for prefix, each in self._named(main, others)
            if each.index is not None and each.scanned.is_set()
        ]

    def docs_folders(self, main: Folder, others: Sequence[Folder] = ()) -> dict[str, str]:
        """Return where paths of an answer about ``main`` lead that begin with one of these."""
        return {prefix: each.uri for prefix, each in self._named(main, others)}

    def _named(self, main: Folder, others: Sequence[Folder]) -> list[tuple[str, Folder]]:
        folders = [*self.workspaces.docs, *others]
        return list(zip(prefixes(folders, main.path), folders, strict=True))

    async def config_writer(self, folder: Folder) -> "ConfigWriter":
        """Return who asks a model about a folder's config; one without an index has the docs of its files."""
        await self.configured()
        index: IndexHandle | None = None
        with suppress(FieldguideError):
            index = await folder.ready()
        models, read = await self._all_models(), self.reader(folder)
        settings = await _measured(folder, models)
        return await self.run(self.services.config_writer, index, read, settings, folder.path, models)

    async def warm(self, folder: Folder) -> None:
        """Load what the first question about a folder would wait for a second or two, if a model is to answer it."""
        if folder.settings.model.title:
            (await self._all_models()).prepare(folder.settings.model)

    @property
    def environment(self) -> Mapping[str, str]:
        """Where keys of language models are: what the client handed over goes before the process' own variables."""
        return ChainMap(self.keys, os.environ)

    async def _all_models(self) -> "Models":
        if self._models is None:
            editor = self.editor_models if self._client_has_models else None
            self._models = asyncio.ensure_future(self.run(self.services.models, self.environment, editor))
        return await asyncio.shield(self._models)

    @property
    def _client_has_models(self) -> bool:
        """Whether the client answers ``fieldguide/model``; it says so among its experimental capabilities."""
        ours = member(self.client_capabilities.experimental, "fieldguide")
        return member(ours, "model") is True

    @property
    def client_watches(self) -> bool:
        """Whether the client can be asked to tell what changes outside, and has not refused."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        return bool(watching and watching.dynamic_registration) and not self.client_refused_watching

    def reader(self, folder: Folder) -> ReadText:
        """Read files of a folder as the user sees them: unsaved changes included, nothing from outside."""

        def read(path: str) -> str | None:
            names = folder.inside(path)
            return text_of(self.workspace, names) if names else None

        return read

    def answer_stream(self, token: Token | None) -> ClientStream:
        """Return a stream that sends the text of an answer to the client, if it asked for it with a token."""
        return ClientStream(self.protocol.notify, token)

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002 - pygls' signature
        """What pygls could not make sense of: bodies that are no JSON. Never a pop-up with an exception's text."""
        if isinstance(error, ValueError | RecursionError):
            self.protocol.parse_failed(error)
        elif not isinstance(error, JsonRpcException):
            log.error("the connection failed", exc_info=error)

    async def stop(self) -> None:
        """Cancel what is under way; the tasks that keep indexes close them."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        if self._models is not None:
            await self.run((await self._models).close)

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> NoReturn:
        """Talk over stdin and stdout until the client leaves; then exit with the status that LSP asks for."""
        output = Output(stdout or _private_stdout(), self.leave)
        super().start_io(cast("BinaryIO", Input(stdin or sys.stdin.buffer)), cast("BinaryIO", output))
        output.close()
        self.leave()

    def start_tcp(self, host: str, port: int) -> NoReturn:
        """Wait on a port for one client, who is then the only one, and talk to it until it leaves."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family) as listener:
            client, _ = listener.accept()
        self.start_io(client.makefile("rb"), client.makefile("wb"))

    def leave(self) -> NoReturn:
        """End the process at once: threads that wait for an index or a model would otherwise keep it alive.

        The status is 0 only after ``shutdown``: any other end is none that the client asked for.
        """
        logging.shutdown()
        os._exit(0 if self.protocol.is_shut_down else 1)


async def _measured(folder: Folder, models: "Models") -> Settings:
    """Return the settings of a folder, with the window that its model really has."""
    return replace(folder.settings, model=await models.fit_window(folder.settings.model))


def _private_stdout() -> BinaryIO:
    """Stdout for the protocol alone: whatever else writes there, a library of a library too, goes to stderr."""
    private = os.fdopen(os.dup(_STDOUT), "wb")
    os.dup2(_STDERR, _STDOUT)
    return private
