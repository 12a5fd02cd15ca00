"""Behind a proxy that records every request: nothing but the configured host is contacted, with its own key alone."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from mcp import Client, StdioServerParameters

from fieldguide_server.settings import schema
from tests.e2e.conftest import SERVE, Editor, capabilities, environment, make_workspace
from tests.fakes.proxy import LoggingProxy
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

# Other programs use these variables; only OpenAI's server may receive their values.
KEYS = {
    "OPENAI_API_KEY": "sk-openai",
    "OPENAI_ORG_ID": "org-openai",
    "CHROMA_API_KEY": "chroma-cloud",
    "CORP_KEY": "corp",
}
CORP = "http://llm.corp.example/v1"
CHAT = f"POST {CORP}/chat/completions"
QUESTION = "where is the session cookie signed?"
OPENAI = "CONNECT api.openai.com:443"
REFUSED = "llm.corp.example/v1"
OFF = "The language model is off: "
DEFAULTS = {key: list(spec.default) if spec.default == () else spec.default for key, spec in schema().items()}


@pytest.fixture
def proxy() -> Iterator[LoggingProxy]:
    with LoggingProxy() as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path)


def watched(proxy: LoggingProxy, **more: str) -> dict[str, str]:
    return environment(**KEYS, **proxy.environment, **more)


def shell(folder: Path, variables: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "fieldguide_server", *arguments],
        cwd=folder,
        env=dict(variables),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=2 * PATIENCE,
        check=False,
    )


def lines(proxy: LoggingProxy) -> set[str]:
    return {contact.line for contact in proxy.contacts}


def keys(proxy: LoggingProxy) -> set[str]:
    return {key for contact in proxy.contacts for key in contact.keys}


ASKED: list[tuple[str, dict[str, str], dict[str, str], str, str]] = [
    # The user's file, the environment, the flags; what is contacted, and with which key.
    ("", {}, {"model.base_url": REFUSED, "model.name": "n"}, "", ""),
    ("", {"FIELDGUIDE_MODEL_BASE_URL": "https://u:p@llm.corp.example"}, {"model.name": "n"}, "", ""),
    ("[profiles.work]\nbase_uri = 'https://llm.corp.example'\n", {}, {"model": "work:n"}, "", ""),
    ("[model]\nprofile = 'work'\nname = 'n'\n[profiles.work]\nbase_url = 'llm'\n", {}, {}, "", ""),
    ("[model]\nname = 'n'\n", {"FIELDGUIDE_MODEL_BASE_URL": CORP}, {}, CHAT, "Bearer none"),
    ("[model]\nname = 'n'\nbase_url = 'http://llm.corp.example/v1'\n", {}, {}, CHAT, "Bearer none"),
    (
        "",
        {},
        {"model.name": "n", "model.base_url": CORP, "model.api_key_env": "CORP_KEY"},
        CHAT,
        "Bearer corp",
    ),
    ("[model]\nname = 'n'\napi_key_env = 'CORP_KEY'\n", {}, {"model.base_url": CORP}, CHAT, "Bearer none"),
    ("[model]\nname = 'gpt-5'\n", {}, {}, OPENAI, ""),
]


@pytest.mark.parametrize("case", ASKED)
def test_a_question_in_the_shell_contacts_the_configured_host_alone(
    proxy: LoggingProxy,
    workspace: Path,
    home: Path,
    case: tuple[str, dict[str, str], dict[str, str], str, str],
) -> None:
    user, variables, flags, contact, key = case
    (home / "config.toml").write_text(user, encoding="utf-8")
    arguments = [
        part
        for name, value in flags.items()
        for part in (("--model", value) if name == "model" else ("--set", f"{name}={value}"))
    ]
    run = shell(workspace, watched(proxy, **variables), "ask", "--json", *arguments, QUESTION)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["model"] is None
    assert lines(proxy) == ({contact} if contact else set())
    assert keys(proxy) == ({key} if key else set())
    assert answer["notice"].startswith(OFF) == (contact == "")
    assert ("; the language model is off" in run.stderr or "the language model is off: " in run.stderr) == (
        contact == ""
    )


EMBED = "POST http://embed.corp.example/v1/embeddings"
INDEXED: list[tuple[dict[str, str], str, str]] = [
    ({"base_url": "embed.corp.example:8080/v1"}, "", ""),
    ({"base_uri": "https://embed.corp.example/v1"}, "", ""),
    ({"base_url": "http://embed.corp.example/v1"}, EMBED, "Bearer none"),
    ({"base_url": "http://embed.corp.example/v1", "api_key_env": "CORP_KEY"}, EMBED, "Bearer corp"),
]


@pytest.mark.parametrize(("values", "contact", "key"), INDEXED)
def test_an_index_in_the_shell_contacts_the_configured_host_alone(
    proxy: LoggingProxy, workspace: Path, values: dict[str, str], contact: str, key: str
) -> None:
    given = {"provider": "openai", "model": "m", **values}
    arguments = [part for name, value in given.items() for part in ("--set", f"embedding.{name}={value}")]
    run = shell(workspace, watched(proxy), "index", "--json", *arguments)
    assert lines(proxy) == ({contact} if contact else set()), run.stderr
    assert keys(proxy) == ({key} if key else set())
    assert ("the embedding endpoint is off" in run.stderr) == (contact == ""), run.stderr


def test_a_vector_server_gets_no_key_of_another(proxy: LoggingProxy, workspace: Path) -> None:
    chroma = "http://chroma.corp.example:8000"
    arguments = ["--set", f"store.url={chroma}", "--set", "embedding.provider=local"]
    shell(workspace, watched(proxy), "index", *arguments)
    assert {line.partition(" ")[2].partition("/api")[0] for line in lines(proxy)} == {chroma}
    assert keys(proxy) == set()


SENT: list[tuple[dict[str, Any], str, str]] = [
    # What an editor sends; what is contacted, and with which key.
    ({"model": {"name": "n", "baseUrl": REFUSED}}, "", ""),
    ({"model": {"name": "n", "baseUri": CORP}}, "", ""),
    ({"model": {"profile": "olama", "name": "n"}}, "", ""),
    ({"model": {"name": "n", "baseUrl": CORP}}, CHAT, "Bearer none"),
    ({"model": {"name": "n", "baseUrl": CORP, "apiKeyEnv": "CORP_KEY"}}, CHAT, "Bearer corp"),
    (
        {"model": {"name": "n", "profile": "mine"}, "profiles": {"mine": {"baseUrl": CORP}}},
        CHAT,
        "Bearer none",
    ),
    (
        {**DEFAULTS, "model.profile": "mine", "profiles": {"mine": {"baseUrl": CORP, "name": "n"}}},
        CHAT,
        "Bearer none",
    ),
]


@pytest.mark.parametrize(("sent", "contact", "key"), SENT)
async def test_a_question_in_an_editor_contacts_the_configured_host_alone(
    proxy: LoggingProxy, workspace: Path, sent: dict[str, Any], contact: str, key: str
) -> None:
    editor = Editor()
    variables = watched(proxy)
    if "embedding.provider" in sent:
        sent = {**sent, "embedding.provider": "none"}
    await editor.start_io(*SERVE, env=variables)
    folders = [types.WorkspaceFolder(workspace.as_uri(), workspace.name)]
    await editor.initialize_session(
        types.InitializeParams(
            capabilities=capabilities(), workspace_folders=folders, initialization_options=sent
        )
    )
    answer = await editor.ask_server("fieldguide/ask", {"question": QUESTION})
    models = await editor.ask_server("fieldguide/models", {})
    status = await editor.ask_server("fieldguide/status", {})
    await editor.shutdown_session()
    await editor.stop()  # type: ignore[no-untyped-call]
    assert lines(proxy) == ({contact} if contact else set())
    assert keys(proxy) == ({key} if key else set())
    assert (models["address"], status["model_address"]) == ((CORP, CORP) if contact else (None, None))
    assert (models["off"] or "").startswith(OFF) == (contact == "")
    assert models["off"] == status["model_off"]
    assert answer["notice"].startswith(OFF) == (contact == "")


ASKED_BY_AGENTS = [
    ({"FIELDGUIDE_MODEL_BASE_URL": REFUSED}, "", ""),
    ({"FIELDGUIDE_MODEL_BASE_URL": CORP}, CHAT, "Bearer none"),
    ({"FIELDGUIDE_MODEL_BASE_URL": CORP, "FIELDGUIDE_MODEL_API_KEY_ENV": "CORP_KEY"}, CHAT, "Bearer corp"),
]


@pytest.mark.parametrize(("variables", "contact", "key"), ASKED_BY_AGENTS)
async def test_a_question_of_an_agent_contacts_the_configured_host_alone(
    proxy: LoggingProxy, workspace: Path, variables: dict[str, str], contact: str, key: str
) -> None:
    arguments = ["-P", "-m", "fieldguide_server", "mcp", "--path", str(workspace)]
    chosen = watched(proxy, FIELDGUIDE_MODEL_NAME="n", **variables)
    async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=chosen)) as client:
        result = await client.call_tool("ask", {"question": QUESTION})
    assert not result.is_error
    assert lines(proxy) == ({contact} if contact else set())
    assert keys(proxy) == ({key} if key else set())
