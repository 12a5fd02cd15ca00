"""The command line: JSON shapes, exit statuses and messages, with a fake index."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fieldguide_indexer import (
    FileStatus,
    Hit,
    IndexOptions,
    IndexStatus,
    Progress,
    SkippedFile,
    State,
    StorageError,
    UpdateReport,
)
from fieldguide_server.cli.main import COMMANDS, run
from fieldguide_server.services import Services
from tests.patience import PATIENCE

Command: TypeAlias = Callable[..., int]
Capture: TypeAlias = pytest.CaptureFixture[str]
HIT = Hit("src/app.py", 1, 2, 0.5, "main", "function", "def main():\n    \x1b[31mreturn 1\n")


class FakeIndex:
    """Answers every search with one hit; its vectors are ready after ``wait``."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.calls: list[object] = []
        self.failure = failure
        self.state = State.LEXICAL_READY
        self.paused = False
        self.chunks = 3

    def __enter__(self) -> "FakeIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append("close")

    def update(
        self, paths: object = None, on_progress: Callable[[Progress], None] | None = None
    ) -> UpdateReport:
        self.calls.append("update")
        if self.failure:
            raise self.failure
        assert on_progress is not None
        on_progress(Progress("reading", 1, 1))
        left_out = (SkippedFile("logo.png", "binary"), SkippedFile("a.bin", "binary"))
        return UpdateReport(added=1, chunks=3, seconds=0.5, skipped=left_out, redacted=2)

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        self.calls.append((query, limit, within))
        return [HIT] if query != "nothing" else []

    def status(self) -> IndexStatus:
        embedded = self.chunks if self.state is State.READY else 1
        left_out = {"binary": 2}
        return IndexStatus(self.state, 1, self.chunks, embedded, left_out, "", self.paused, 210)

    def pause(self) -> IndexStatus:
        self.paused = True
        return self.status()

    def resume(self) -> IndexStatus:
        self.paused = False
        return self.status()

    def file_status(self, path: str) -> FileStatus:
        return FileStatus(path, "indexed", chunks=3)

    def files_in(self, state: str, reason: str = "", after: str = "", limit: int = 100) -> list[FileStatus]:
        paths = [path for path in ("a.bin", "logo.png") if path > after]
        return [FileStatus(path, state, "binary") for path in paths]

    def subscribe(self, callback: Callable[[object], None]) -> Callable[[], None]:
        return lambda: self.calls.append("unsubscribe")

    def wait_until_ready(self, timeout: float | None = None) -> IndexStatus:
        self.calls.append("wait")
        if timeout is None:
            self.state = State.READY
        return self.status()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def main():\n    return 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


@pytest.fixture
def command(index: FakeIndex, folder: Path) -> Command:
    def open_index(opened: Path, options: IndexOptions) -> Any:
        assert opened.is_relative_to(folder)
        return index

    return lambda *argv: run(argv, Services(open_index))


def test_help_lists_the_commands_that_exist_and_no_other(command: Command, capsys: Capture) -> None:
    assert command("--help") == 0
    names = {module.__name__.rpartition(".")[2].replace("_", "-") for module in COMMANDS}
    listed = capsys.readouterr().out.partition("COMMAND\n")[2]
    assert {
        line.split()[0] for line in listed.splitlines() if line.startswith("    ") and line[4] != " "
    } == names


def test_search_prints_the_promised_hits_as_one_json_document(
    command: Command, index: FakeIndex, capsys: Capture
) -> None:
    assert command("search", "--json", "--limit", "3", "--in", "code", "main function") == 0
    printed = json.loads(capsys.readouterr().out)
    keys = {"path", "start_line", "end_line", "score", "symbol", "kind", "text"}
    assert keys <= printed["hits"][0].keys()
    assert index.calls == ["update", "wait", ("main function", 3, "code"), "close"]


def test_several_folders_are_searched_together_and_each_hit_says_its_folder(
    command: Command, folder: Path, capsys: Capture
) -> None:
    (folder / "other").mkdir()
    paths = ("--path", ".", "--path", "other", "--path", "./")
    assert command("search", "main", "--json", "--limit", "2", *paths) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [(hit["folder"], hit["path"]) for hit in hits] == [
        ("./", HIT.path),
        ("other", HIT.path),
    ]
    assert command("search", "main", "--quiet", *paths) == 0
    assert f"other/{HIT.path}:1-2" in capsys.readouterr().out
    (folder / "questions.jsonl").write_text('{"id": 1, "query": "main"}\n', encoding="utf-8")
    assert command("search", "--queries", "questions.jsonl", "--json", *paths) == 0
    assert len(json.loads(capsys.readouterr().out)["hits"]) == 2


def test_search_for_people_names_the_place_and_obeys_no_escape_of_the_text(
    command: Command, capsys: Capture
) -> None:
    assert command("search", "main") == 0
    captured = capsys.readouterr()
    assert "src/app.py:1-2  main  function\n    def main():\n        return 1\n" in captured.out
    assert "\x1b" not in captured.out
    assert "vectors are still being computed" in captured.err


def test_a_batch_answers_each_line_in_order_and_a_bad_line_with_its_error(
    command: Command, index: FakeIndex, folder: Path, capsys: Capture
) -> None:
    lines = [
        '{"id": 7, "query": "one"}',
        "",
        "{oops",
        '{"id": "x", "query": "nothing"}',
        '["list"]',
        '{"id": 1}',
    ]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert command("search", "--queries", "queries.jsonl", "--path", str(folder), "--json") == 1
    captured = capsys.readouterr()
    answers = [json.loads(line) for line in captured.out.splitlines()]
    assert [answer["id"] for answer in answers] == [7, None, "x", None, 1]
    assert [len(answer["hits"]) for answer in answers] == [1, 0, 0, 0, 0]
    assert [i for i, answer in enumerate(answers) if "error" in answer] == [1, 3, 4]
    assert index.calls.index("wait") < index.calls.index(("one", 10, "all"))
    assert captured.err.count("\n") == 1


def test_index_waits_for_the_vectors_and_says_what_it_left_out(
    command: Command, index: FakeIndex, capsys: Capture
) -> None:
    assert command("index") == 0
    out = capsys.readouterr().out
    assert "1 file in 3 chunks (1 added, 0 changed, 0 removed; 0.5 s)" in out
    assert "Vectors: 3 of 3 chunks" in out
    assert "Skipped: 2 (2 binary)" in out
    assert index.calls == ["update", "wait", "unsubscribe", "close"]


def test_index_without_waiting_returns_when_text_search_works(
    command: Command, index: FakeIndex, capsys: Capture
) -> None:
    assert command("index", "--no-wait", "--json", ".") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["skipped"][0] == {"path": "logo.png", "reason": "binary"}
    assert printed["status"]["state"] == "lexical ready"
    assert "wait" not in index.calls


def test_status_lists_the_files_in_a_state_with_their_reasons(command: Command, capsys: Capture) -> None:
    assert command("status", "--files", "skipped") == 0
    assert capsys.readouterr().out.splitlines() == ["a.bin  binary", "logo.png  binary"]
    assert command("status", "--files", "skipped", "--json") == 0
    first, _ = json.loads(capsys.readouterr().out)["files"]
    assert first == {"path": "a.bin", "state": "skipped", "reason": "binary", "chunks": 0}


def test_status_asks_and_changes_nothing(command: Command, index: FakeIndex, capsys: Capture) -> None:
    assert command("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["skipped"] == {"binary": 2}
    assert command("status", "src/app.py") == 0
    assert "src/app.py" in capsys.readouterr().out
    assert command("status", "src/gone.py") == 0
    assert "src/gone.py" in capsys.readouterr().out, "a file that is gone may be asked for, too"
    assert index.calls == ["close"] * 3
    assert command("status") == 0
    assert capsys.readouterr().out.splitlines() == [
        "State    lexical ready",
        "Files    1",
        "Chunks   3",
        "Embedded 1",
        "Skipped  2 binary",
        "Memory   210 MiB",
    ]


def test_a_search_waits_a_moment_for_vectors_that_an_index_is_just_loading(
    command: Command, index: FakeIndex
) -> None:
    for missing, calls in ((100, ["update", "wait"]), (101, ["update"])):
        index.calls.clear()
        index.chunks = missing + 1
        assert command("search", "main") == 0
        assert index.calls[:-2] == calls


def test_index_takes_its_folder_with_and_without_the_flag(command: Command, folder: Path) -> None:
    assert command("index", str(folder / "src")) == 0
    assert command("index", "--path", str(folder / "src")) == 0
    assert command("index", "--path", str(folder / "none")) == 1


def test_a_pause_holds_up_indexing_but_no_search(command: Command, index: FakeIndex, capsys: Capture) -> None:
    assert command("index", "--pause") == 0
    assert "fieldguide index --resume" in capsys.readouterr().out
    assert command("index") == 1
    assert command("search", "main", "--json") == 0
    told = capsys.readouterr()
    assert told.err.count("indexing of this folder is paused") == 2
    assert command("search", "main") == 0
    assert "vectors" not in capsys.readouterr().err, "no vectors are being made while it is paused"
    assert json.loads(told.out)["hits"][0]["path"] == "src/app.py"
    assert command("index", "--resume", "--json") == 0
    assert json.loads(capsys.readouterr().out)["paused"] is False
    assert "update" not in index.calls
    assert command("index") == 0
    assert "update" in index.calls


def test_config_shows_values_and_origins_but_no_key(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("FIELDGUIDE_MODEL_NAME", "small")
    assert command("config", "--json", "--set", "answer.max_passages=3") == 0
    printed = capsys.readouterr()
    rows = {row["key"]: row for row in json.loads(printed.out)["settings"]}
    assert (rows["model.name"]["value"], rows["model.name"]["origin"]) == (
        "small",
        "environment FIELDGUIDE_MODEL_NAME",
    )
    assert rows["answer.max_passages"]["origin"] == "flag"
    assert rows["model.api_key_env"]["is_set"] is True
    assert command("config") == 0
    people = capsys.readouterr().out
    assert "OPENAI_API_KEY  is set" in people
    files = json.loads(printed.out)
    assert Path(files["user_file"]).name == "config.toml"
    assert Path(files["workspace_file"]).name == ".fieldguide.toml"
    assert "sk-very-secret" not in printed.out + people


def test_a_bad_setting_is_told_once_and_the_command_goes_on(command: Command, capsys: Capture) -> None:
    assert command("search", "main", "--json", "--set", "model.temperature=hot") == 0
    assert capsys.readouterr().err == (
        "fieldguide: flag: model.temperature must be a number between 0 and 2, not 'hot'; using 0.2\n"
    )


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["search"],
        ["search", "x", "--queries", "y"],
        ["search", " "],
        ["search", "x", "--in", "nowhere"],
        ["search", "x", "--limit", "0"],
        ["search", "x", "--set", "model.name"],
        ["ask", " "],
        ["explain", "src/none.py"],
        ["explain", "src/app.py:2-1"],
        ["explain", "../outside.py:1"],
        ["serve", "--tcp", "0.0.0.0:2087"],
        ["serve", "--tcp", "localhost"],
        ["generate-config", "--target", "moon"],
    ],
)
def test_wrong_usage_is_status_2_and_a_sentence(
    command: Command, folder: Path, capsys: Capture, argv: list[str]
) -> None:
    assert command(*argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1].startswith("fieldguide: ")


def test_a_file_is_not_a_folder_and_a_folder_not_a_file(
    command: Command, folder: Path, capsys: Capture
) -> None:
    (folder / "src").mkdir(exist_ok=True)
    (folder / "a.txt").touch()
    assert command("explain", "src") == 2
    assert capsys.readouterr().err == "fieldguide: src is a folder; name a file in it\n"
    file = str(folder / "a.txt")
    assert command("index", file) == 1
    assert capsys.readouterr().err == f"fieldguide: {file} is not a folder\n"


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (StorageError("The disk is full."), 1, "fieldguide: The disk is full.\n"),
        (PermissionError(13, "Permission denied", "x.db"), 1, "fieldguide: x.db: Permission denied\n"),
        (ZeroDivisionError(), 1, "fieldguide: unexpected error (ZeroDivisionError); "),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_failure_is_one_sentence_and_no_traceback(
    command: Command,
    index: FakeIndex,
    capsys: Capture,
    failure: BaseException,
    status: int,
    told: str,
) -> None:
    index.failure = failure
    assert command("search", "x") == status
    err = capsys.readouterr().err
    assert err.startswith(told)
    assert err.count("\n") == bool(told)


def test_indexing_that_is_interrupted_says_what_is_kept(
    command: Command, index: FakeIndex, capsys: Capture
) -> None:
    index.failure = KeyboardInterrupt()
    assert command("index") == 130
    assert capsys.readouterr().err == (
        "fieldguide: stopped; the files indexed so far are kept, and the next `fieldguide index` continues\n"
    )


def test_the_details_of_a_failure_are_there_for_who_asks(
    command: Command, index: FakeIndex, caplog: pytest.LogCaptureFixture
) -> None:
    index.failure = ZeroDivisionError()
    assert command("search", "x", "--verbose") == 1
    assert "Traceback" in caplog.text


def fieldguide(folder: Path, *argv: str, **options: Any) -> "subprocess.Popen[str]":
    """The real command in a process of its own, with our packages on the path and ``folder`` as its folder."""
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "server"), str(root / "indexer")])}
    return subprocess.Popen(
        [sys.executable, "-m", "fieldguide_server", *argv],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


@pytest.mark.slow
def test_a_repository_with_files_named_like_our_packages_is_not_imported(folder: Path) -> None:
    for name in ("fieldguide_indexer", "platformdirs", "argparse", "tomllib", "dataclasses", "logging"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    with fieldguide(folder, "config") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert "model.name" in out


@pytest.mark.slow
def test_a_reader_that_leaves_early_causes_no_noise(folder: Path) -> None:
    with fieldguide(folder, "config", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert err == ""
    assert process.returncode == 141
