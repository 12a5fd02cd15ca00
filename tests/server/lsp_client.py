"""A server in this process and a client connected to it; they exchange JSON as over a real connection."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fieldguide_indexer import (
    Definition,
    FileGroup,
    FileStatus,
    Hit,
    IndexStatus,
    Lookup,
    Progress,
    Reference,
    SkippedFile,
    State,
    UpdateReport,
)
from fieldguide_server.app import create_app
from fieldguide_server.assistant import AnswerStream
from fieldguide_server.assistant.models import Models
from fieldguide_server.configgen.plan.study import Study, study_repository
from fieldguide_server.services import Services
from fieldguide_server.settings import Settings
from fieldguide_server.timings import Timings
from tests.patience import PATIENCE


@dataclass
class FakeIndex:
    """Returns what the test sets, and records the calls."""

    definitions: dict[str, tuple[Definition, ...]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    error: Exception | None = None
    updates: list[list[str] | None] = field(default_factory=list)
    overlays: list[dict[str, str | None]] = field(default_factory=list)
    searches: list[tuple[str, int, str]] = field(default_factory=list)
    laid: threading.Event = field(default_factory=threading.Event)
    may_update: threading.Event = field(default_factory=threading.Event)
    skipped: list[str] = field(default_factory=list)
    watching: bool = False
    paused: bool = False
    closed: threading.Event = field(default_factory=threading.Event)
    on_overlay: Callable[[], object] = lambda: None
    on_update: Callable[[], object] = lambda: None
    on_cancel: Callable[[], object] = lambda: None
    publish: Callable[[IndexStatus | Progress], None] = lambda _: None

    def __post_init__(self) -> None:
        self.may_update.set()

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        force: bool = False,
    ) -> UpdateReport:
        self.updates.append(["force"] if force else None if paths is None else list(paths))
        if on_progress is not None:
            on_progress(Progress("reading", 1, 2))
        self.on_update()
        assert self.may_update.wait(PATIENCE)
        return UpdateReport()

    def cancel_update(self) -> None:
        self.on_cancel()

    def overlay(self, texts: Mapping[str, str | None]) -> list[SkippedFile]:
        self.on_overlay()
        self.overlays.append(dict(texts))
        self.laid.set()
        return []

    def _may_fail(self) -> None:
        if self.error is not None:
            raise self.error

    def search(
        self, query: str, limit: int = 10, within: str = "all", sources: Sequence[str] = ()
    ) -> list[Hit]:
        self._may_fail()
        self.searches.append((query, limit, within))
        found = [hit for hit in self.hits if not sources or hit.path.partition("/")[0] in sources]
        return found[:limit]

    def lookup(self, name: str, sources: Sequence[str] = ()) -> Lookup:
        self._may_fail()
        found = self.definitions.get(name, ())
        return Lookup(name, found, (Reference("other.py", 3, name, usage="call"),) if found else ())

    def definitions_in(self, path: str) -> list[Definition]:
        self._may_fail()
        return [each for found in self.definitions.values() for each in found if each.path == path]

    def status(self, source: str = "") -> IndexStatus:
        return IndexStatus(State.READY, files=2, chunks=3, embedded=3, paused=self.paused)

    def pause(self) -> IndexStatus:
        self.paused = True
        return self.status()

    def resume(self) -> IndexStatus:
        self.paused = False
        return self.status()

    def file_status(self, path: str) -> FileStatus:
        self._may_fail()
        return FileStatus(path, "indexed", chunks=3)

    def file_groups(self, source: str = "") -> list[FileGroup]:
        return [FileGroup("skipped", "binary", len(self.skipped))]

    def files_in(
        self, state: str, reason: str = "", after: str = "", limit: int = 100, source: str = ""
    ) -> list[FileStatus]:
        paths = [path for path in self.skipped if path > after][:limit]
        return [FileStatus(path, state, reason) for path in paths]

    def subscribe(self, callback: Callable[[IndexStatus | Progress], None]) -> Callable[[], None]:
        self.publish = callback
        return lambda: None

    def watch(self) -> str:
        self.watching = True
        return ""

    def close(self) -> None:
        self.closed.set()


class FakeAssistant:
    """Streams two words, then waits for ``wait`` to be set, if it is given."""

    def __init__(self, wait: asyncio.Event | None = None) -> None:
        self.wait = wait
        self.questions: list[Any] = []
        self.context: Any = None
        self.index: Any = None
        self.models = Models({})
        self.settings = Settings()
        self.was_cancelled = asyncio.Event()

    async def ask(self, question: str, context: Any, stream: AnswerStream) -> Any:
        self.context = context
        return await self._answer(question, stream)

    async def prompt_for(self, question: str, context: Any) -> Any:
        self.context = context
        return ({"role": "user", "content": question},)

    async def explain(self, path: str, start: int, end: int, stream: AnswerStream) -> Any:
        return await self._answer((path, start, end), stream)

    async def explain_file(self, path: str, stream: AnswerStream) -> Any:
        return await self._answer(path, stream)

    async def _answer(self, question: Any, stream: AnswerStream) -> Any:
        self.questions.append(question)
        stream.add("Two ")
        stream.add("words")
        try:
            if self.wait is not None:
                await self.wait.wait()
        except asyncio.CancelledError:
            self.was_cancelled.set()
            raise
        return SimpleNamespace(to_json=lambda: {"answer": "Two words", "citations": []})


@dataclass
class GeneratedStub:
    """What config generation would answer."""

    target: str
    files: tuple[Any, ...]

    def to_json(self) -> dict[str, Any]:
        return {"target": self.target, "files": [vars(file) for file in self.files]}


def generate(root: Path, target: str) -> GeneratedStub:
    return GeneratedStub(target, (SimpleNamespace(path=".gitpod.yml", content="tasks: []\n"),))


class Client:
    """Sends messages and collects what comes back.

    ``answers`` replies to the server's own requests but those that it is ``silent_to``.
    """

    def __init__(
        self,
        index: FakeIndex | None = None,
        assistant: FakeAssistant | None = None,
        timings: Timings | None = None,
    ) -> None:
        self.index = index or FakeIndex()
        self.indexes: dict[str, FakeIndex] = {}
        self.docs = FakeIndex()
        self.docs_opened_with: list[Any] = []
        self.assistant = assistant or FakeAssistant()
        self.make_models: Callable[..., Models] = Models
        self.probes = 0
        self.open_error: Exception | None = None
        self.opened_with: list[Any] = []
        self.is_opening = threading.Event()
        self.may_open = threading.Event()
        self.may_open.set()
        self.studied: list[Path] = []
        services = Services(
            open_index=self._open,  # type: ignore[arg-type]
            open_docs=self._open_docs,  # type: ignore[arg-type]
            assistant=self._assistant,  # type: ignore[arg-type]
            models=self._models,
            local_servers=self._local_servers,
            generate=generate,  # type: ignore[arg-type]
            study=self._study,
        )
        self.app = create_app(services, timings)
        self.server, self.session = self.app.server, self.app.context.session
        self.server.protocol.set_writer(self)
        self.received: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.silent_to: set[str] = set()
        self._news = asyncio.Event()
        self._ids = 0

    def _open_docs(self, sources: Path, options: Any) -> FakeIndex:
        self.docs_opened_with.append(options)
        return self.docs

    def _open(self, folder: Path, options: Any) -> FakeIndex:
        self.opened_with.append(options)
        self.is_opening.set()
        assert self.may_open.wait(PATIENCE)
        if self.open_error is not None:
            raise self.open_error
        return self.indexes.get(folder.name, self.index)

    def _models(self, environment: Mapping[str, str], editor: Any) -> Models:
        return self.make_models(environment, editor)

    async def _local_servers(self) -> tuple[()]:
        self.probes += 1
        return ()

    def _assistant(
        self, index: Any, read: Any, settings: Settings, folder: Path, models: Models
    ) -> FakeAssistant:
        self.assistant.index = index
        self.assistant.settings = settings
        self.assistant.models = models
        return self.assistant

    def _study(self, folder: Path) -> Study:
        self.studied.append(folder)
        return study_repository(folder)

    def read(self, path: str) -> str | None:
        """What the server reads of a file of its first folder."""
        return self.session.reader(next(iter(self.session.folders)))(path)

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        self.received.append(message)
        self._news.set()
        if "method" in message and "id" in message and message["method"] not in self.silent_to:
            answer = self.answers.get(message["method"])
            kind = "error" if isinstance(answer, dict) and "code" in answer else "result"
            self.send({"jsonrpc": "2.0", "id": message["id"], kind: answer})

    def close(self) -> None:
        """A writer can be closed."""

    def send(self, message: Any) -> None:
        asyncio.get_running_loop().call_soon(
            self.server.protocol.handle_message, json.loads(json.dumps(message))
        )

    def notify(self, method: str, params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start_request(self, method: str, params: Any = None) -> int:
        self._ids += 1
        self.send({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        return self._ids

    async def request(self, method: str, params: Any = None) -> Any:
        answer = await self.answer_to(self.start_request(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    async def error(self, method: str, params: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = await self.answer_to(self.start_request(method, params))
        error: dict[str, Any] = answer["error"]
        return error

    async def answer_to(self, identity: int | None) -> dict[str, Any]:
        return await self.message(lambda each: "method" not in each and each["id"] == identity)

    async def notification(self, method: str) -> dict[str, Any]:
        return (await self.message(lambda each: each.get("method") == method))["params"]  # type: ignore[no-any-return]

    async def message(self, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.received:
                    if matches(message):
                        return message
                self._news.clear()
                await self._news.wait()

    async def initialize(self, *folders: Path, capabilities: Any = None, **more: Any) -> dict[str, Any]:
        named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders] or None
        params = {
            "processId": None,
            "rootUri": None,
            "workspaceFolders": named,
            "capabilities": capabilities or {},
        }
        result: dict[str, Any] = await self.request("initialize", {**params, **more})
        self.notify("initialized", {})
        return result

    def opened(self, path: Path, text: str, language: str = "python") -> str:
        document = {"uri": path.as_uri(), "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return path.as_uri()

    def typed(self, path: Path, text: str) -> None:
        document = {"uri": path.as_uri(), "version": 2}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def closed(self, path: Path) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})

    def saved(self, path: Path) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})

    async def stop(self) -> None:
        await self.app.stop()
