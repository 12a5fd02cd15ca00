"""A model file on this machine: llama.cpp runs it in a process that starts when the model is first asked."""

import asyncio
import json
import logging
import os
import secrets
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from fieldguide_indexer import ChildProcess
from fieldguide_server.assistant.models.errors import LocalModelError
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings

log = logging.getLogger(__name__)

_LIBRARY = "xllamacpp"
_PROGRAM = Path(__file__).with_name("llama_process.py")
# Loading gigabytes from a slow disk takes minutes.
_LOADING_SECONDS = 300.0
_NICE = 5
_KEY_VARIABLE = "KEY"


@dataclass(frozen=True, slots=True)
class _Server:
    """A process that serves the model ``file`` with a context of ``window`` tokens."""

    process: ChildProcess
    file: str
    window: int
    address: str
    key: str

    def serves(self, file: str, window: int) -> bool:
        """Whether this model is served, and the process still runs."""
        return (self.file, self.window) == (file, window) and self.process.is_running


class LlamaRunner:
    """Runs one model file at a time; starting another one ends the first.

    The process ends with this object, and with the process that started it. ``library`` is the module that must be
    installed, ``program`` the script that loads it, and ``new_key`` makes the key of each server.
    """

    def __init__(
        self,
        library: str = _LIBRARY,
        program: Path = _PROGRAM,
        new_key: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._library = library
        self._program = program
        self._new_key = new_key
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._process: ChildProcess | None = None

    def start(self, settings: ModelSettings) -> tuple[str, str]:
        """Return the address and the key of the server that runs ``settings.file``; blocks while it loads.

        Raises:
            LocalModelError: The library is not installed, or the file cannot be run.
        """
        file = Path(settings.file).expanduser()
        if find_spec(self._library) is None:
            raise LocalModelError(
                "Running a model on this machine needs an extra: pip install 'fieldguide[local]'."
            )
        if not file.is_file():
            raise LocalModelError(f"There is no model file {file}.")
        with self._lock:
            server = self._server
            if server is None or not server.serves(str(file), settings.context_window):
                self.close()
                self._server = server = self._launch(str(file), settings.context_window)
            return server.address, server.key

    def close(self) -> None:
        """End the process, even while it loads a model."""
        if self._process is not None:
            self._process.stop()

    def _launch(self, file: str, window: int) -> _Server:
        process = self._process = ChildProcess(self._program, nice=_NICE, log=Path(os.devnull))
        key = self._new_key()
        # The arguments of a process can be read by every user of the machine, its standard input cannot.
        answer = _exchange(process, {"file": file, "window": window, "threads": _threads(), "key": key})
        if "address" not in answer:
            process.stop()
            log.warning("llama.cpp could not start: %s", answer.get("problem", "it ended"))
            raise LocalModelError(
                f"The model file {file} could not be run: is it a GGUF file, and is there enough memory?"
            )
        return _Server(process, file, window, answer["address"], key)


def _exchange(process: ChildProcess, request: dict[str, object]) -> dict[str, str]:
    """Return the process' answer to a request; empty if it ends before, or takes too long."""
    timer = threading.Timer(_LOADING_SECONDS, process.stop)
    timer.start()
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        answer: dict[str, str] = json.loads(process.stdout.readline())
    except (OSError, ValueError):
        return {}
    finally:
        timer.cancel()
    return answer


def _threads() -> int:
    """Return half of the cores: the editor and the index need the others."""
    return max(1, (os.cpu_count() or 1) // 2)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model file that ``runner`` runs."""

    settings: ModelSettings
    runner: LlamaRunner

    @property
    def name(self) -> str:
        """The user's name for it, else the name of its file."""
        return self.settings.title

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Load the model if need be, and stream the answer; see ``LanguageModel.stream``."""
        address, key = await asyncio.to_thread(self.runner.start, self.settings)
        from fieldguide_server.assistant.models.openai_model import OpenAIModel  # noqa: PLC0415 - heavy

        served = replace(
            self.settings, name=self.name, base_url=address, api_key_env=_KEY_VARIABLE, api_version=""
        )
        async with aclosing(OpenAIModel(served, {_KEY_VARIABLE: key}).stream(messages)) as pieces:
            async for piece in pieces:
                yield piece
