"""The language server as an editor uses it: a real process, a real index, stdio."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.conftest import SERVE, Editor, environment, make_workspace
from tests.fakes.openai_chat import ChatServer, slow, text
from tests.patience import PATIENCE

# One server for all of these, as in an editor; what a test changes, it changes in files and settings of its own.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "Where is the session cookie signed?"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("workspaces"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    made = Editor()
    await made.start_io(*SERVE, env=environment(FIELDGUIDE_HOME=str(tmp_path_factory.mktemp("home"))))
    await made.open(workspace)
    yield made
    await made.shutdown_session()
    await made.stop()  # type: ignore[no-untyped-call]


@pytest.fixture
def editor(running: Editor) -> Editor:
    running.configure(model={})
    running.deltas.clear()
    return running


def position(file: Path, line: int, character: int) -> dict[str, Any]:
    return {"textDocument": {"uri": file.as_uri()}, "position": {"line": line, "character": character}}


def use_model(editor: Editor, server: ChatServer) -> None:
    editor.configure(model={"name": "scripted", "baseUrl": server.base_url})


async def command(editor: Editor, name: str, argument: Any) -> Any:
    params = types.ExecuteCommandParams(f"fieldguide.{name}", [argument])
    return await asyncio.wait_for(editor.workspace_execute_command_async(params), PATIENCE)


async def test_a_workspace_is_indexed_with_progress_and_then_searched(
    editor: Editor, workspace: Path
) -> None:
    assert types.WORKSPACE_DID_CHANGE_WATCHED_FILES in editor.registered
    found = await editor.ask_server("fieldguide/search", {"query": "sign session cookie", "limit": 2})
    (reports,) = editor.progress_reports.values()
    kinds: list[Any] = [type(report) for report in reports]
    assert [kinds[0], kinds[-1]] == [types.WorkDoneProgressBegin, types.WorkDoneProgressEnd]
    assert len(found["hits"]) <= 2
    assert (found["hits"][0]["path"], found["hits"][0]["symbol"]) == ("sessions.py", "sign_cookie")
    assert await command(editor, "search", "sign session cookie")
    status = await command(editor, "status", "app.py")
    assert (status["state"], status["files"], status["file"]["state"]) == ("ready", 4, "indexed")
    assert status["model"] is None


async def test_hover_shows_a_definition_of_another_file(editor: Editor, workspace: Path) -> None:
    file = workspace / "app.py"
    params = types.HoverParams(types.TextDocumentIdentifier(file.as_uri()), types.Position(2, 15))
    shown = await editor.text_document_hover_async(params)
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert "def sign_cookie(value: str, key: str) -> str" in shown.contents.value
    assert f"[`sessions.py:4`]({(workspace / 'sessions.py').as_uri()}#L4)" in shown.contents.value
    params.position = types.Position(2, 8)
    assert await editor.text_document_hover_async(params) is None


async def test_an_offline_answer_cites_the_lines(editor: Editor) -> None:
    answer = await editor.ask_server("fieldguide/ask", {"question": QUESTION, "token": "t"})
    assert answer["model"] is None
    cited = answer["citations"][0]
    assert (cited["path"], cited["verified"]) == ("sessions.py", True)
    assert "".join(delta["text"] for delta in editor.deltas)
    assert {delta["token"] for delta in editor.deltas} == {"t"}
    assert (await command(editor, "ask", QUESTION))["citations"]


async def test_an_answer_of_a_model_is_streamed_and_its_citations_are_checked(
    editor: Editor, workspace: Path
) -> None:
    with ChatServer() as server:
        server.enqueue(text("In `sign_cookie` ", "[sessions.py:4-6] ", "and [nowhere.py:1-2]."))
        use_model(editor, server)
        answer = await editor.ask_server("fieldguide/ask", {"question": QUESTION, "token": 1})
    assert answer["model"] == "scripted"
    assert [cited["path"] for cited in answer["citations"]] == ["sessions.py"]
    assert "nowhere.py" not in answer["answer"]
    assert len(editor.deltas) > 1
    assert "sign_cookie" in server.history[0].prompt


async def test_code_that_fails_a_check_is_written_again_and_the_client_is_notified(
    editor: Editor, workspace: Path
) -> None:
    cited = "In `sign_cookie` [sessions.py:4-6]."
    with ChatServer() as server:
        server.enqueue(f"{cited}\n```py\nx = (\n```\n", f"{cited}\n```py\nx = ()\n```\n")
        use_model(editor, server)
        answer = await editor.ask_server("fieldguide/ask", {"question": QUESTION, "token": 5})
    assert [(reset["token"], reset["problems"][0]["check"]) for reset in editor.resets] == [(5, "syntax")]
    assert "x = ()" in answer["answer"]
    assert (answer["problems"], answer["review"]["rounds"]) == ([], 1)


@pytest.mark.parametrize("way", ["request", "command"])
async def test_cancelling_an_answer_closes_the_stream_of_the_model(
    editor: Editor, workspace: Path, way: str
) -> None:
    with ChatServer() as server:
        server.enqueue(slow("In `sign_cookie` ", "never sent", release=threading.Event()))
        use_model(editor, server)
        params: Any = {"question": QUESTION, "token": way}
        method = "fieldguide/ask"
        if way == "command":
            method = types.WORKSPACE_EXECUTE_COMMAND
            params = types.ExecuteCommandParams("fieldguide.ask", [params])
        asking = editor.start(method, params, "the-question")
        await editor.until(lambda: editor.deltas)
        editor.protocol.notify(types.CANCEL_REQUEST, types.CancelParams("the-question"))
        with pytest.raises(JsonRpcException) as refused:
            await asyncio.wait_for(asking, PATIENCE)
        assert refused.value.code == types.LSPErrorCodes.RequestCancelled
        assert await asyncio.to_thread(server.history[0].client_closed.wait, PATIENCE)


async def test_explain_uses_the_unsaved_lines_of_the_editor(editor: Editor, workspace: Path) -> None:
    file = workspace / "sessions.py"
    changed = "# a new line\n" + file.read_text(encoding="utf-8")
    document = types.TextDocumentItem(file.as_uri(), "python", 1, changed)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
    explained = await editor.ask_server("fieldguide/explain", position(file, 4, 6))
    assert "sign_cookie" in explained["answer"]
    assert await command(editor, "explain", position(file, 4, 6)) == explained
    closed = types.TextDocumentIdentifier(file.as_uri())
    editor.text_document_did_close(types.DidCloseTextDocumentParams(closed))


async def test_the_prompt_has_the_unsaved_selection_and_the_conversation(
    editor: Editor, workspace: Path
) -> None:
    file = workspace / "sessions.py"
    typed = "# typed just now\n" + file.read_text(encoding="utf-8")
    document = types.TextDocumentItem(file.as_uri(), "python", 1, typed)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
    lines = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 3}}
    turn = {"question": "Who bakes the bread?", "answer": "Nobody does."}
    params = {"question": QUESTION, "history": [turn], "selection": lines}
    with ChatServer() as server:
        use_model(editor, server)
        shown = await editor.ask_server(
            "fieldguide/showPrompt", {**params, "textDocument": {"uri": file.as_uri()}}
        )
        assert server.history == []
    system, user = (message["content"] for message in shown["messages"])
    assert "a shop" in system
    assert "1| # typed just now" in user
    assert "They have selected the lines sessions.py:1-2." in user
    assert "Who bakes the bread?" in user
    editor.configure(model={})
    explained = await editor.ask_server("fieldguide/explain", {"textDocument": {"uri": file.as_uri()}})
    assert "Imported at:\n- [app.py:1]" in explained["answer"]
    closed = types.TextDocumentIdentifier(file.as_uri())
    editor.text_document_did_close(types.DidCloseTextDocumentParams(closed))


async def test_a_secret_that_is_being_typed_is_not_sent_to_the_model(editor: Editor, workspace: Path) -> None:
    file = workspace / "sessions.py"
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "F6g7H8"
    typed = file.read_text(encoding="utf-8") + f'\n\ndef token() -> str:\n    return "{secret}"\n'
    document = types.TextDocumentItem(file.as_uri(), "python", 1, typed)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
    with ChatServer() as server:
        server.enqueue(text("A token."))
        use_model(editor, server)
        await editor.ask_server("fieldguide/explain", position(file, 9, 8))
    closed = types.TextDocumentIdentifier(file.as_uri())
    editor.text_document_did_close(types.DidCloseTextDocumentParams(closed))
    assert "def token()" in server.history[0].prompt
    assert secret not in server.history[0].prompt


async def test_a_config_is_generated_applied_and_offered_as_a_code_action(
    editor: Editor, workspace: Path
) -> None:
    generated = await editor.ask_server("fieldguide/generateConfig", {})
    assert [file["path"] for file in generated["files"]] == [".gitpod.yml"]
    assert (await command(editor, "generateConfig", {"apply": True}))["applied"] is True
    assert not (workspace / ".gitpod.yml").exists()
    params = types.CodeActionParams(
        types.TextDocumentIdentifier((workspace / "requirements.txt").as_uri()),
        types.Range(types.Position(0, 0), types.Position(0, 0)),
        types.CodeActionContext([]),
    )
    offered = await editor.text_document_code_action_async(params)
    assert offered is not None
    action, *_ = offered
    assert isinstance(action, types.CodeAction)
    edit = (await editor.code_action_resolve_async(action)).edit
    assert edit is not None
    assert edit.document_changes is not None
    (filled,) = [each for each in edit.document_changes if isinstance(each, types.TextDocumentEdit)]
    assert filled.edits[0].new_text == generated["files"][0]["content"]  # type: ignore[union-attr]


async def test_files_changed_in_or_outside_the_editor_can_be_searched(
    editor: Editor, workspace: Path
) -> None:

    async def found(word: str) -> bool:
        hits = (await editor.ask_server("fieldguide/search", {"query": word}))["hits"]
        return any(word in hit["text"] for hit in hits)

    assert not await found("xylophone")
    saved, outside = workspace / "music.py", workspace / "new.py"
    saved.write_text("def xylophone(): ...\n", encoding="utf-8")
    document = types.TextDocumentIdentifier(saved.as_uri())
    editor.text_document_did_save(types.DidSaveTextDocumentParams(document))
    assert await editor.eventually(lambda: found("xylophone"))
    outside.write_text("def marimba(): ...\n", encoding="utf-8")
    created = types.FileEvent(outside.as_uri(), types.FileChangeType.Created)
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([created]))
    assert await editor.eventually(lambda: found("marimba"))


async def test_unsaved_text_is_found_at_its_lines(editor: Editor, workspace: Path) -> None:
    file = workspace / "sessions.py"
    stored = file.read_text(encoding="utf-8")
    document = types.TextDocumentItem(file.as_uri(), "python", 1, stored)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
    added = types.TextDocumentContentChangePartial(
        types.Range(types.Position(0, 0), types.Position(0, 0)), "# One.\n# Two.\ndef accordion(): ...\n\n\n"
    )
    changed = types.VersionedTextDocumentIdentifier(2, file.as_uri())
    editor.text_document_did_change(types.DidChangeTextDocumentParams(changed, [added]))
    (hit, *_) = (await editor.ask_server("fieldguide/search", {"query": "accordion"}))["hits"]
    assert (hit["path"], hit["start_line"]) == ("sessions.py", 1)
    assert "def accordion" in hit["text"]
    answer = await editor.ask_server("fieldguide/ask", {"question": QUESTION})
    # The file on disk has six lines.
    assert (answer["citations"][0]["path"], answer["citations"][0]["end_line"]) == ("sessions.py", 11)
    over = types.HoverParams(
        types.TextDocumentIdentifier((workspace / "app.py").as_uri()), types.Position(2, 15)
    )
    shown = await editor.text_document_hover_async(over)
    assert shown is not None
    assert "sessions.py:9" in str(shown.contents)
    closed = types.TextDocumentIdentifier(file.as_uri())
    editor.text_document_did_close(types.DidCloseTextDocumentParams(closed))
    assert "sessions.py:4" in str((await editor.text_document_hover_async(over)).contents)  # type: ignore[union-attr]
    assert not (await editor.ask_server("fieldguide/search", {"query": "accordion"}))["hits"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("fieldguide/ask", {"question": ["why?"]}),
        ("fieldguide/search", {"query": "x", "limit": 1_000}),
        ("fieldguide/explain", {}),
    ],
)
async def test_bad_params_are_answered_over_the_wire_too(editor: Editor, method: str, params: Any) -> None:
    with pytest.raises(JsonRpcException) as refused:
        await editor.ask_server(method, params)
    assert refused.value.code == types.ErrorCodes.InvalidParams
    assert refused.value.data is None
