"""Config files in the editor: diagnostics, quick fixes, hovers and completions."""

import json
from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import IndexStatus, State
from tests.server.lsp_client import Client

PACKAGE = json.dumps({"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}, indent=1)
PULLS = {
    "textDocument": {"diagnostic": {}, "hover": {"contentFormat": ["markdown"]}},
    "workspace": {"diagnostics": {"refreshSupport": True}, "workspaceEdit": {"documentChanges": True}},
}
WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
# A smiley is two units of UTF-16, and one character.
DANGLING = "tasks:\n  - command: echo 😀 && yarn devv\n"
PUBLISHED = "textDocument/publishDiagnostics"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path = tmp_path / "a shop"
    tmp_path.mkdir()
    (tmp_path / "package.json").write_text(PACKAGE, encoding="utf-8")
    (tmp_path / "yarn.lock").write_text("", encoding="utf-8")
    return tmp_path


def here(uri: str, line: int = 0, character: int = 0) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


async def pulled(client: Client, uri: str) -> Any:
    report = await client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert report["kind"] == "full"
    return report["items"]


async def published(client: Client, count: int) -> Any:
    """Return the last of so many published lists of diagnostics."""

    def found() -> list[Any]:
        return [each["params"] for each in client.received if each.get("method") == PUBLISHED]

    await client.message(lambda _: len(found()) >= count)
    return found()[count - 1]["diagnostics"]


async def fixes(client: Client, uri: str, line: int, **context: Any) -> Any:
    place = {"line": line, "character": 25}
    fields = {"diagnostics": [], "only": ["quickfix"], **context}
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": fields}
    return await client.request("textDocument/codeAction", params)


async def test_a_client_that_pulls_gets_diagnostics_in_its_own_units(client: Client, folder: Path) -> None:
    capabilities = (await client.initialize(folder, capabilities=PULLS))["capabilities"]
    provider = capabilities["diagnosticProvider"]
    assert (provider["interFileDependencies"], provider["workspaceDiagnostics"]) == (True, False)
    assert {"pattern": "**/.gitpod.yml"} in provider["documentSelector"]
    uri = client.opened(folder / ".gitpod.yml", DANGLING.replace("\n", "\r\n"), "yaml")
    (found,) = await pulled(client, uri)
    start = len("  - command: echo 😀 && ") + 1
    assert found["range"]["start"] == {"line": 1, "character": len("  - command: ")}
    assert found["range"]["end"] == {"line": 1, "character": start + len("yarn devv")}
    assert (found["code"], found["severity"], found["source"]) == ("dangling", 2, "fieldguide")
    assert not any(each.get("method") == PUBLISHED for each in client.received)
    assert await pulled(client, client.opened(folder / "notes.yml", "tasks: 1\n", "yaml")) == []


async def test_diagnostics_are_published_at_each_change_to_a_client_that_cannot_pull(
    client: Client, folder: Path
) -> None:
    await client.initialize(folder, capabilities=WATCHES)
    path = folder / ".gitpod.yml"
    client.opened(path, "task: []\n", "yaml")
    assert [each["code"] for each in await published(client, 1)] == ["schema"]
    client.typed(path, "tasks: []\n")
    assert await published(client, 2) == []
    client.typed(path, "tasks: [\n")
    assert [each["code"] for each in await published(client, 3)] == ["syntax"]
    client.closed(path)
    assert await published(client, 4) == []


async def test_a_change_of_another_file_updates_the_diagnostics(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=WATCHES)
    client.opened(folder / ".gitpod.yml", "tasks:\n  - command: yarn dev\n", "yaml")
    assert await published(client, 1) == []
    package = folder / "package.json"
    package.write_text(PACKAGE.replace('"dev"', '"serve"'), encoding="utf-8")
    changes = [{"uri": package.as_uri(), "type": 2}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    (found,) = await published(client, 2)
    assert found["code"] == "dangling"


async def test_a_client_that_pulls_is_asked_to_pull_again(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=PULLS)
    uri = client.opened(folder / ".gitpod.yml", "tasks:\n  - init: yarn install\n", "yaml")
    assert await pulled(client, uri) == []
    (folder / "yarn.lock").rename(folder / "package-lock.json")
    client.saved(folder / "package-lock.json")
    await client.message(lambda each: each.get("method") == "workspace/diagnostic/refresh")
    assert [each["code"] for each in await pulled(client, uri)] == ["drift"]


async def test_diagnostics_follow_changes_that_only_the_index_sees(client: Client, folder: Path) -> None:
    await client.initialize(folder)
    client.opened(folder / ".gitpod.yml", "tasks:\n  - init: yarn install\n", "yaml")
    assert await published(client, 1) == []
    await client.message(lambda _: client.index.watching)
    (folder / "yarn.lock").rename(folder / "package-lock.json")
    client.index.publish(IndexStatus(State.UPDATING))
    assert [each["code"] for each in await published(client, 2)] == ["drift"]


async def test_each_diagnostic_with_a_fix_has_a_code_action(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=PULLS)
    uri = client.opened(folder / ".gitpod.yml", DANGLING, "yaml")
    (action,) = await fixes(client, uri, 1)
    assert (action["title"], action["kind"], action["isPreferred"]) == ("Use dev", "quickfix", True)
    assert action["diagnostics"] == await pulled(client, uri)
    (change,) = action["edit"]["documentChanges"]
    start = len("  - command: echo 😀 && yarn ") + 1
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert change["edits"] == [
        {
            "range": {
                "start": {"line": 1, "character": start},
                "end": {"line": 1, "character": start + len("devv")},
            },
            "newText": "dev",
        }
    ]
    assert await fixes(client, uri, 0) == []
    assert await fixes(client, uri, 1, triggerKind=2)
    assert await fixes(client, uri, 1, only=["refactor"]) == []


async def test_a_fix_at_the_end_of_a_file_stays_in_the_file(client: Client, folder: Path) -> None:
    await client.initialize(folder)
    uri = client.opened(folder / ".gitpod.yml", "tasks: []\nan_own_key_with_a_long_name: 1", "yaml")
    (action,) = await fixes(client, uri, 1)
    (edit,) = action["edit"]["changes"][uri]
    assert edit["range"]["start"] == {"line": 1, "character": 0}
    assert edit["range"]["end"] == {"line": 1, "character": len("an_own_key_with_a_long_name: 1")}


async def test_a_hover_shows_the_evidence_before_the_meaning(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=PULLS)
    uri = client.opened(folder / ".gitpod.yml", "tasks:\n  - init: yarn install\n", "yaml")
    shown = (await client.request("textDocument/hover", here(uri, 1, 5)))["contents"]["value"].splitlines()
    link = f"[`yarn.lock:1`]({(folder / 'yarn.lock').as_uri()}#L1)"
    assert shown[0] == f"- `yarn install` from {link}"
    assert shown[-1].startswith("**init**: Runs once")
    assert len(shown) <= 12
    assert "Terminals" in str(await client.request("textDocument/hover", here(uri, 0, 2)))
    empty = client.opened(folder / ".ona" / "automations.yaml", "\n", "yaml")
    assert await client.request("textDocument/hover", here(empty)) is None


async def test_a_hover_in_code_makes_no_study(client: Client, folder: Path) -> None:
    await client.initialize(folder)
    uri = client.opened(folder / "app.py", "run()\n")
    assert await client.request("textDocument/hover", here(uri)) is None
    assert client.studied == []


async def test_keys_and_values_are_completed_only_in_config_files(client: Client, folder: Path) -> None:
    await client.initialize(folder)
    uri = client.opened(folder / ".gitpod.yml", "ports:\n  - name: 😀\n    onO\n  - port: \n", "yaml")
    (key,) = (await client.request("textDocument/completion", here(uri, 2, 7)))["items"]
    assert (key["label"], key["kind"], key["textEdit"]["newText"]) == ("onOpen", 10, "onOpen: ")
    assert key["textEdit"]["range"]["start"] == {"line": 2, "character": 4}
    (port,) = (await client.request("textDocument/completion", here(uri, 3, 10)))["items"]
    assert (port["label"], port["detail"]) == ("5173", "package.json:3")
    other = client.opened(folder / "compose.yml", "ports:\n", "yaml")
    assert await client.request("textDocument/completion", here(other, 1)) is None


async def test_completion_is_registered_for_config_files_only_if_the_client_supports_that(
    client: Client, folder: Path
) -> None:
    able = {"textDocument": {"completion": {"dynamicRegistration": True}}}
    capabilities = (await client.initialize(folder, capabilities=able))["capabilities"]
    assert "completionProvider" not in capabilities
    (registration,) = (await client.message(lambda each: each.get("method") == "client/registerCapability"))[
        "params"
    ]["registrations"]
    assert registration["method"] == "textDocument/completion"
    patterns = [each["pattern"] for each in registration["registerOptions"]["documentSelector"]]
    assert {"**/.gitpod.yml", "**/.devcontainer/*/devcontainer.json", "**/.github/workflows/*.yml"} <= {
        *patterns
    }
    uri = client.opened(folder / ".gitpod.yml", "ta\n", "yaml")
    (key,) = (await client.request("textDocument/completion", here(uri, 0, 2)))["items"]
    assert key["label"] == "tasks"


async def test_a_study_is_reused_until_a_relevant_file_changes(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=PULLS)
    path = folder / ".gitpod.yml"
    uri = client.opened(path, "tasks: []\n", "yaml")
    await pulled(client, uri)
    client.typed(path, "tasks: [\n")
    client.saved(folder / "node_modules" / "vite" / "index.js")
    assert await pulled(client, uri)
    assert client.studied == [folder]
    client.saved(folder / "package.json")
    await pulled(client, uri)
    assert client.studied == [folder, folder]


async def test_inspection_can_be_disabled_and_enabled(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=WATCHES)
    uri = client.opened(folder / ".gitpod.yml", "task: []\n", "yaml")
    assert await published(client, 1)
    off = {"settings": {"fieldguide": {"config": {"inspect": False}}}}
    client.notify("workspace/didChangeConfiguration", off)
    assert await published(client, 2) == []
    assert await fixes(client, uri, 0) == []
    assert await client.request("textDocument/completion", here(uri)) is None
    client.notify("workspace/didChangeConfiguration", {"settings": {"config": {"inspect": True}}})
    assert await published(client, 3)


async def test_a_folder_that_does_not_exist_has_no_diagnostics(client: Client, folder: Path) -> None:
    await client.initialize(folder, capabilities=PULLS)
    missing = folder / "gone"
    change = {"added": [{"uri": missing.as_uri(), "name": "gone"}], "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": change})
    uri = client.opened(missing / ".gitpod.yml", "task: []\n", "yaml")
    assert await pulled(client, uri) == []
    assert await client.request("textDocument/hover", here(uri)) is None
