"""A model of this machine: a GGUF file, run by llama.cpp in a process of ours that starts when it is first asked."""

import asyncio
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from fieldguide_server.assistant.models.errors import LocalModelError
from fieldguide_server.assistant.models.types import Message
from fieldguide_server.settings import ModelSettings

log = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("llama_process.py")
# Gigabytes from a slow disk take their time.
_LOADING_SECONDS = 300.0
_KEY = "KEY"


@dataclass(frozen=True, slots=True)
class _Running:
    """A process that serves a model; ``wanted`` is what it was started for."""

    process: "subprocess.Popen[str]"
    wanted: tuple[str, int]
    address: str
    key: str


class LlamaRunner:
    """Runs one model at a time: another one takes its place. The process ends with this object, and with ours."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._end: Callable[[], object] = lambda: None

    def start(self, settings: ModelSettings) -> tuple[str, str]:
        """Return the address and the key of the server that runs ``settings.file``; blocks while it is loaded.

        Raises:
            LocalModelError: The extra is not installed, or the file cannot be run.
        """
        file = Path(settings.file).expanduser()
        if find_spec("xllamacpp") is None:
            raise LocalModelError(
                "Running a model on this machine needs an extra: pip install 'fieldguide[local]'."
            )
        if not file.is_file():
            raise LocalModelError(f"There is no model file {file}.")
        wanted = (str(file), settings.context_window)
        with self._lock:
            now = self._running
            if now is None or now.wanted != wanted or now.process.poll() is not None:
                self._end()
                self._running = now = self._started(wanted)
            return now.address, now.key

    def close(self) -> None:
        """End the process, if there is one; one that is still loading, too."""
        self._end()

    def _started(self, wanted: tuple[str, int]) -> _Running:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            creationflags=_quietly(),
        )
        self._end = weakref.finalize(self, _end, process)
        key = secrets.token_urlsafe()
        # The key goes where no other user of the machine can read it: not into the arguments.
        told = _told(process, {"file": wanted[0], "window": wanted[1], "threads": _threads(), "key": key})
        if "address" not in told:
            self._end()
            log.warning("llama.cpp could not start: %s", told.get("problem", "it ended"))
            raise LocalModelError(
                f"The model file {wanted[0]} could not be run: is it a GGUF file, and is there enough memory?"
            )
        return _Running(process, wanted, told["address"], key)


def _told(process: "subprocess.Popen[str]", request: dict[str, object]) -> dict[str, str]:
    """Return what the process answers; nothing if it ends before, or takes too long."""
    assert process.stdin is not None
    assert process.stdout is not None
    impatient = threading.Timer(_LOADING_SECONDS, process.kill)
    impatient.start()
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        told: dict[str, str] = json.loads(process.stdout.readline())
    except (OSError, ValueError):
        return {}
    finally:
        impatient.cancel()
    return told


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # What was not read by a process that is gone cannot be flushed to it.
            with suppress(OSError):
                pipe.close()


def _threads() -> int:
    """Return half of the cores: the editor and the index need some, and waiting threads cost more than they bring."""
    return max(1, (os.cpu_count() or 1) // 2)


def _quietly() -> int:
    names = ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")
    return sum(getattr(subprocess, name, 0) for name in names)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that ``runner`` runs."""

    settings: ModelSettings
    runner: LlamaRunner

    @property
    def name(self) -> str:
        """What the user calls it, else the name of its file."""
        return self.settings.title

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Stream the answer, after loading the model if need be; see ``LanguageModel``."""
        address, key = await asyncio.to_thread(self.runner.start, self.settings)
        from fieldguide_server.assistant.models.openai_model import OpenAIModel  # noqa: PLC0415 - heavy

        served = replace(self.settings, name=self.name, base_url=address, api_key_env=_KEY, api_version="")
        async with aclosing(OpenAIModel(served, {_KEY: key}).stream(messages)) as pieces:
            async for piece in pieces:
                yield piece
