"""The command line end to end: a process, a real index, a scripted model server on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.openai_chat import ChatServer
from tests.fakes.workspace import write_workspace
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "a shop")


def fieldguide(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "fieldguide_server", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=2 * PATIENCE,
        check=False,
    )


def document(run: subprocess.CompletedProcess[str]) -> Any:
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_question_is_answered_offline_with_checked_citations(workspace: Path) -> None:
    answer = document(fieldguide(workspace, "ask", "--json", "where is the session cookie signed?"))
    assert answer["model"] is None
    first = answer["citations"][0]
    assert first["verified"] is True
    cited = (workspace / first["path"]).read_text(encoding="utf-8").split("\n")
    assert "def sign_cookie" in "\n".join(cited[first["start_line"] - 1 : first["end_line"]])
    assert answer["coverage"]["indexed_files"] > 0


def test_a_model_answers_and_its_invented_citation_is_removed(workspace: Path) -> None:
    with ChatServer() as model:
        model.enqueue(
            "`SessionStore.sign_cookie` signs it [shop/sessions.py:14-17]. It lives in [shop/invented.py:3]."
        )
        answer = document(
            fieldguide(
                workspace,
                "ask",
                "--json",
                "where is the session cookie signed?",
                FIELDGUIDE_MODEL_NAME="scripted",
                FIELDGUIDE_MODEL_BASE_URL=model.base_url,
            )
        )
        assert "sign_cookie" in model.history[0].prompt
    assert answer["model"] == "scripted"
    assert {citation["path"] for citation in answer["citations"]} == {"shop/sessions.py"}
    assert answer["removed"] == 1
    assert "invented.py" not in answer["answer"]


def test_a_secret_of_the_workspace_is_never_sent_to_a_model(workspace: Path) -> None:
    secret = "ghp_" + "Zq3mXw8RtK2vLp9NcB" * 2
    (workspace / "shop" / "session_keys.py").write_text(
        f'SESSION_COOKIE_TOKEN = "{secret}"  # signs the session cookie\n', encoding="utf-8"
    )
    (workspace / ".env").write_text("SESSION_COOKIE=hunter2hunter2\n", encoding="utf-8")
    with ChatServer() as model:
        model.enqueue("I see.", "I see.")
        scripted = {"FIELDGUIDE_MODEL_NAME": "scripted", "FIELDGUIDE_MODEL_BASE_URL": model.base_url}
        fieldguide(workspace, "ask", "which token signs the session cookie?", **scripted)
        fieldguide(workspace, "explain", "shop/session_keys.py:1", **scripted)
        sent = "".join(request.prompt for request in model.history)
    assert len(model.history) == 2
    assert "SESSION_COOKIE_TOKEN" in sent
    assert secret not in sent
    assert "hunter2" not in sent
    refused = fieldguide(workspace, "explain", ".env:1")
    assert (refused.returncode, "hunter2" in refused.stdout) == (1, False)


def test_code_that_fails_a_check_is_marked_and_the_history_has_every_round(workspace: Path) -> None:
    bad = "By `sign_cookie` [shop/sessions.py:14-17].\n```py\nfrom shop.session import sign\nx = eval(input())\n```\n"
    with ChatServer() as model:
        model.enqueue(bad, bad, bad)
        scripted = {"FIELDGUIDE_MODEL_NAME": "scripted", "FIELDGUIDE_MODEL_BASE_URL": model.base_url}
        answer = document(
            fieldguide(workspace, "ask", "--json", "where is the session cookie signed?", **scripted)
        )
    assert [(one["line"], one["check"]) for one in answer["problems"]] == [(1, "name"), (2, "security")]
    assert (
        "*Unresolved in this block: line 1: this workspace has no module `shop.session`" in answer["answer"]
    )
    listed = document(fieldguide(workspace, "history", "list", "--json"))["records"]
    assert [(row["problems"], row["rounds"]) for row in listed] == [(2, 1)]
    shown = document(fieldguide(workspace, "history", "show", "--json"))
    assert [len(draft["problems"]) for draft in shown["drafts"]] == [2, 2]
    assert fieldguide(workspace, "history", "delete", "--all").stdout == "Deleted 1 record.\n"


def test_an_irrelevant_question_is_answered_with_i_dont_know(workspace: Path) -> None:
    answer = document(fieldguide(workspace, "ask", "--json", "how are kubernetes pods autoscaled by helm?"))
    assert answer["citations"] == []
    assert "I don't know" in answer["answer"]


def test_a_search_returns_hits_in_the_documented_shape(workspace: Path) -> None:
    hits = document(fieldguide(workspace, "search", "--json", "--limit", "2", "gross price"))["hits"]
    assert len(hits) == 2
    assert set(hits[0]) >= {"path", "start_line", "end_line", "score", "symbol", "kind", "text"}
    lines = (workspace / hits[0]["path"]).read_text(encoding="utf-8").split("\n")
    assert hits[0]["text"] == "\n".join(lines[hits[0]["start_line"] - 1 : hits[0]["end_line"]])


def test_a_batch_of_questions_is_answered_line_by_line(workspace: Path, tmp_path: Path) -> None:
    questions = [{"id": "a", "query": "sign_cookie"}, {"id": "b", "query": "gross price"}]
    queries = tmp_path / "queries.jsonl"
    queries.write_text("".join(json.dumps(question) + "\n" for question in questions), encoding="utf-8")
    run = fieldguide(
        tmp_path, "search", "--queries", str(queries), "--path", str(workspace), "--limit", "5", "--json"
    )
    assert run.returncode == 0, run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b"]
    assert answers[0]["hits"][0]["path"] == "shop/sessions.py"


def test_files_of_the_workspace_named_like_ours_are_not_imported(workspace: Path) -> None:
    for name in ("fieldguide_server", "fieldguide_indexer", "server", "indexer", "json", "types"):
        package = workspace / name
        package.mkdir()
        (package / "__init__.py").write_text(
            "raise SystemExit('imported from the workspace')\n", encoding="utf-8"
        )
    answer = document(fieldguide(workspace, "ask", "--json", "where is the session cookie signed?"))
    assert answer["citations"]


def test_a_cache_that_cannot_be_written_is_reported_in_one_sentence(workspace: Path, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    run = fieldguide(workspace, "index", FIELDGUIDE_HOME=str(blocker / "cache"))
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert "FIELDGUIDE_HOME" in run.stderr
