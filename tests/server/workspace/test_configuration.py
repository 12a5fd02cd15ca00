"""Settings of the client: when they are requested and read, and what they change."""

from pathlib import Path

from tests.server.lsp_client import Client

FAILED = -32803


async def test_an_invalid_setting_is_shown_once(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path, initializationOptions={"answer": {"maxPassages": "many"}})
    shown = await client.notification("window/showMessage")
    assert "answer.max_passages" in shown["message"]
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    await client.request("fieldguide/search", {"query": "x"})
    assert sum(each.get("method") == "window/showMessage" for each in client.received) == 1


async def test_settings_are_requested_per_folder_and_an_index_is_reopened_when_its_settings_change(
    client: Client, tmp_path: Path
) -> None:
    hidden = [{"**/*.map": True, "notes": False}, {"out": True}]
    section = {"index": {"exclude": ["dist"]}, "hover": {"enabled": None}}
    client.answers["workspace/configuration"] = [section, *hidden]
    await client.initialize(tmp_path, capabilities={"workspace": {"configuration": True}})
    await client.request("fieldguide/search", {"query": "x"})
    request = await client.notification("workspace/configuration")
    sections = ("fieldguide", "files.exclude", "search.exclude")
    assert request["items"] == [{"scopeUri": tmp_path.as_uri(), "section": section} for section in sections]
    assert [options.editor_exclude for options in client.opened_with] == [("**/*.map", "/out", "dist")]
    for exclude in (["dist"], ["build"]):
        client.answers["workspace/configuration"] = [{"index": {"exclude": exclude}}, *hidden]
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.request("fieldguide/status")
        await client.session.configuration.settled()
    await client.request("fieldguide/search", {"query": "x"})
    assert [options.editor_exclude for options in client.opened_with] == [
        ("**/*.map", "/out", "dist"),
        ("**/*.map", "/out", "build"),
    ]
    assert {options.exclude for options in client.opened_with} == {()}


async def test_settings_sent_before_a_question_apply_to_it(client: Client, tmp_path: Path) -> None:
    await client.initialize(tmp_path)
    for name in ("one", "two"):
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"fieldguide": {"model": {"name": name}}}}
        )
        await client.request("fieldguide/ask", {"question": "why?"})
        assert client.assistant.settings.model.name == name


async def test_invalid_responses_of_the_client_are_ignored(client: Client, tmp_path: Path) -> None:
    client.answers["workspace/configuration"] = 5
    client.answers["workspace/applyEdit"] = "yes"
    can = {"workspace": {"configuration": True, "applyEdit": True}}
    await client.initialize(tmp_path, capabilities=can)
    assert (await client.request("fieldguide/search", {"query": "x"}))["hits"] == []
    error = await client.error("fieldguide/generateConfig", {"apply": True})
    assert error["code"] == FAILED
    client.send({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "what?"}})
    await client.request("fieldguide/status")
    assert not any(each.get("id", 0) is None for each in client.received)
