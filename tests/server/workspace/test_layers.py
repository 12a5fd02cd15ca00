"""The same table of settings in the shell and in an editor: files, workspace file, profiles and what a user set compose alike."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fieldguide_server.cli.main import run
from fieldguide_server.settings import schema
from tests.server.lsp_client import Client

PROFILES = "[profiles.mine]\nbase_url = 'http://127.0.0.1:7899/v1'\nname = 'small'\napi_key_env = 'MINE'\n"
MINE = {"model.base_url": "http://127.0.0.1:7899/v1", "model.name": "small", "model.api_key_env": "MINE"}


@dataclass(frozen=True)
class Case:
    """What is in the user's file and in the workspace's, what the user set besides, and what is in effect."""

    expected: dict[str, Any]
    user: str = ""
    workspace: str = ""
    chosen: dict[str, Any] = field(default_factory=dict)


CASES = {
    "profile of the user's file": Case(MINE, f"model.profile = 'mine'\n{PROFILES}"),
    "own profile alone": Case(MINE, PROFILES, chosen={"model.profile": "mine"}),
    "built-in profile and a name": Case(
        {"model.base_url": "http://127.0.0.1:11434/v1", "model.name": "qwen3:8b", "model.api_key_env": ""},
        chosen={"model.profile": "ollama", "model.name": "qwen3:8b"},
    ),
    "another profile than the file's": Case(
        {"model.base_url": "http://127.0.0.1:1234/v1", "model.name": "q", "model.api_key_env": ""},
        f"model.profile = 'mine'\n{PROFILES}",
        chosen={"model.profile": "lmstudio", "model.name": "q"},
    ),
    "name of another model of the profile": Case(
        {**MINE, "model.name": "big"}, f"model.profile = 'mine'\n{PROFILES}", chosen={"model.name": "big"}
    ),
    "workspace file": Case(
        {"index.exclude": ["skipme"], "answer.persona": "teacher", "model.name": ""},
        workspace="[index]\nexclude = ['skipme']\n[answer]\npersona = 'teacher'\n",
    ),
    "workspace file over the user's, what was chosen over both": Case(
        {"answer.persona": "reviewer", "answer.max_passages": 7, "hover.enabled": False},
        "[answer]\npersona = 'engineer'\nmax_passages = 5\n[hover]\nenabled = false\n",
        "[answer]\npersona = 'teacher'\nmax_passages = 7\n",
        {"answer.persona": "reviewer"},
    ),
    "no records": Case({"records.enabled": False}, "records.enabled = false"),
    "address of the repository": Case(
        {"model.base_url": "http://127.0.0.1:7899/v1"},
        f"model.profile = 'mine'\n{PROFILES}",
        "[model]\nbase_url = 'https://theirs.example/v1'\n",
    ),
    "unusable address": Case(
        {"model.base_url": "", "model.name": "small"},
        f"model.profile = 'mine'\n{PROFILES}",
        chosen={"model.base_url": "127.0.0.1:7899/v1"},
    ),
    "key of another address": Case(
        {"model.base_url": "https://b.example/v1", "model.api_key_env": ""},
        f"model.profile = 'mine'\n{PROFILES}",
        chosen={"model.base_url": "https://b.example/v1"},
    ),
}


def write(case: Case, home: Path, folder: Path) -> None:
    (home / "config.toml").write_text(case.user, encoding="utf-8")
    (folder / ".fieldguide.toml").write_text(case.workspace, encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_in_the_shell(name: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES[name]
    write(case, home, tmp_path)
    flags = [part for key, value in case.chosen.items() for part in ("--set", f"{key}={value}")]
    assert run(["config", "--json", "--path", str(tmp_path), *flags]) == 0
    rows = json.loads(capsys.readouterr().out)["settings"]
    values = {row["key"]: row["value"] for row in rows}
    assert {key: values[key] for key in case.expected} == case.expected


def camel(key: str) -> str:
    section, _, name = key.partition(".")
    first, *others = name.split("_")
    return f"{section}.{first}{''.join(word.capitalize() for word in others)}"


DEFAULTS = {
    camel(key): list(spec.default) if isinstance(spec.default, tuple) else spec.default
    for key, spec in schema().items()
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "place", ["initializationOptions", "workspace/configuration", "didChangeConfiguration"]
)
@pytest.mark.parametrize("below", [{}, DEFAULTS], ids=["what was set", "all defaults"])
async def test_in_an_editor_which_sends_what_was_set_or_every_default_beside_it(
    client: Client, home: Path, tmp_path: Path, name: str, place: str, below: dict[str, Any]
) -> None:
    case = CASES[name]
    write(case, home, tmp_path)
    sent = {**below, **{camel(key): value for key, value in case.chosen.items()}}
    options = {"initializationOptions": sent} if place == "initializationOptions" else {}
    if place == "workspace/configuration":
        client.answers[place] = [sent, None, None]
        options = {"capabilities": {"workspace": {"configuration": True}}}
    await client.initialize(tmp_path, **options)
    if place == "didChangeConfiguration":
        client.notify("workspace/didChangeConfiguration", {"settings": {"fieldguide": sent}})
    await client.request("fieldguide/models")
    (folder,) = client.session.folders
    values = {key: folder.settings.value(key) for key in case.expected}
    assert {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
    } == case.expected
