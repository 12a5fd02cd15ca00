"""The code action that offers a config, and its edit."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.lsp_client import Client

KIND = "fieldguide.generateConfig"
SOURCE = f"source.{KIND}"
RESOLVES = {
    "textDocument": {"codeAction": {"resolveSupport": {"properties": ["edit"]}}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create"],
            "changeAnnotationSupport": {},
        },
    },
}


async def offered(client: Client, path: Path, **context: Any) -> Any:
    start = {"line": 0, "character": 0}
    params = {
        "textDocument": {"uri": path.as_uri()},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": [], **context},
    }
    return await client.request("textDocument/codeAction", params)


async def test_the_action_is_offered_at_the_root_of_a_folder_without_a_config(
    client: Client, tmp_path: Path
) -> None:
    result = await client.initialize(tmp_path)
    assert result["capabilities"]["codeActionProvider"] == {
        "codeActionKinds": ["quickfix", KIND, SOURCE],
        "resolveProvider": True,
    }
    actions = await offered(client, tmp_path / "package.json")
    assert [action["title"] for action in actions] == [
        "Generate .gitpod.yml",
        "Generate devcontainer.json",
        "Generate automations.yaml",
        "Generate a CI workflow",
    ]
    assert {action["kind"] for action in actions} == {KIND}
    assert await offered(client, tmp_path / "src" / "deep.js") == []
    assert await offered(client, tmp_path / ".devcontainer" / "devcontainer.json")
    (tmp_path / ".gitpod.yml").write_text("tasks: []\n", encoding="utf-8")
    (tmp_path / ".devcontainer" / "web").mkdir(parents=True)
    (tmp_path / ".devcontainer" / "web" / "devcontainer.json").write_text("{}", encoding="utf-8")
    actions = await offered(client, tmp_path / "package.json")
    assert [action["title"] for action in actions] == ["Generate automations.yaml", "Generate a CI workflow"]


async def test_an_existing_file_is_updated_if_the_editor_can_ask(client: Client, tmp_path: Path) -> None:
    (tmp_path / ".gitpod.yml").write_text("image: x\n", encoding="utf-8")
    await client.initialize(tmp_path, capabilities=RESOLVES)
    action, other, *_ = await offered(client, tmp_path / ".gitpod.yml")
    assert [action["title"], other["title"]] == ["Update .gitpod.yml", "Generate devcontainer.json"]
    edit = (await client.request("codeAction/resolve", action))["edit"]
    assert edit["changeAnnotations"]["fieldguide.generated"]["needsConfirmation"] is True


@pytest.mark.parametrize(
    ("context", "kinds"),
    [
        ({"only": ["quickfix"]}, set()),
        ({"only": ["source"]}, {SOURCE}),
        ({"only": ["sourcery"]}, set()),
        ({"only": [KIND], "triggerKind": 2}, {KIND}),
        ({"only": [SOURCE], "triggerKind": 2}, {SOURCE}),
        ({"only": [""]}, {KIND}),
        ({"triggerKind": 2}, set()),
        ({"triggerKind": 1}, {KIND}),
    ],
)
async def test_the_kind_of_the_action_depends_on_the_requested_kinds(
    client: Client, tmp_path: Path, context: Any, kinds: set[str]
) -> None:
    await client.initialize(tmp_path)
    actions = await offered(client, tmp_path / "go.mod", **context)
    assert {each["kind"] for each in actions} == kinds


async def test_automatic_requests_have_actions_only_in_config_files(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    assert await offered(client, tmp_path / "README.md", triggerKind=2) == []
    assert await offered(client, tmp_path / ".gitpod.yml", triggerKind=2)


async def test_the_edit_is_computed_when_the_action_is_resolved(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path, capabilities=RESOLVES)
    action, *_ = await offered(client, tmp_path / "go.mod")
    assert "command" not in action
    assert "edit" not in action
    edit = (await client.request("codeAction/resolve", action))["edit"]
    created, filled = edit["documentChanges"]
    assert created == {
        "kind": "create",
        "uri": (tmp_path / ".gitpod.yml").as_uri(),
        "options": {"overwrite": False, "ignoreIfExists": True},
        "annotationId": "fieldguide.generated",
    }
    assert filled["edits"][0]["newText"] == "tasks: []\n"
    assert not (tmp_path / ".gitpod.yml").exists()


async def test_a_client_that_cannot_resolve_gets_a_command_that_applies(
    client: Client, tmp_path: Path
) -> None:
    client.answers["workspace/applyEdit"] = {"applied": True}
    await client.initialize(tmp_path, capabilities={"workspace": {"applyEdit": True}})
    action, *_ = await offered(client, tmp_path / "go.mod")
    command = {key: action["command"][key] for key in ("command", "arguments")}
    assert (await client.request("workspace/executeCommand", command))["applied"] is True
    sent = await client.notification("workspace/applyEdit")
    assert list(sent["edit"]["changes"]) == [(tmp_path / ".gitpod.yml").as_uri()]


async def test_applying_fails_if_the_editor_cannot_apply_edits(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    assert (await client.request("fieldguide/generateConfig"))["files"][0]["path"] == ".gitpod.yml"
    error = await client.error("fieldguide/generateConfig", {"apply": True})
    assert "cannot apply edits" in error["message"]


async def test_a_file_that_is_up_to_date_is_not_changed(client: Client, tmp_path: Path) -> None:
    (tmp_path / ".gitpod.yml").write_text("tasks: []\n", encoding="utf-8", newline="")
    client.answers["workspace/applyEdit"] = {"applied": True}
    await client.initialize(tmp_path, capabilities=RESOLVES)
    assert (await client.request("fieldguide/generateConfig", {"apply": True}))["applied"] is False
    shown = {"type": 3, "message": ".gitpod.yml is up to date."}
    assert (await client.notification("window/showMessage")) == shown
    assert not any(each.get("method") == "workspace/applyEdit" for each in client.received)


@pytest.mark.parametrize(
    "data", [None, 5, {}, {"folder": 1}, {"folder": "file:///elsewhere", "target": "gitpod"}]
)
async def test_an_unknown_action_is_refused(client: Client, tmp_path: Path, data: Any) -> None:
    await client.initialize(tmp_path)
    error = await client.error("codeAction/resolve", {"title": "x", "data": data})
    assert error["code"] == -32803
