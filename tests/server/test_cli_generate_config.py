"""``fieldguide generate-config``: what is printed, what is said beside it, and what is written."""

import json
from pathlib import Path

import pytest

from fieldguide_server.cli.main import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    manifest = {
        "name": "x",
        "scripts": {"dev": "vite", "build": "vite build"},
        "devDependencies": {"vite": "5"},
    }
    (tmp_path / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fieldguide(*argv: str) -> int:
    return run(argv)


def test_generate_config_prints_the_file_and_says_beside_it_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fieldguide("generate-config") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("tasks:") or "\ntasks:" in captured.out
    assert "package.json:" in captured.err
    assert not (folder / ".gitpod.yml").exists()


def test_generate_config_prints_the_promised_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fieldguide("generate-config", "--json", "--quiet") == 0
    captured = capsys.readouterr()
    printed = json.loads(captured.out)
    assert {"target", "files", "evidence", "unknown", "problems"} <= printed.keys()
    assert {"key", "value", "path", "line", "confidence"} <= printed["evidence"][0].keys()
    assert captured.err == ""


def test_generate_config_brings_an_existing_file_up_to_date(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = folder / ".gitpod.yml"
    target.write_text("# mine\ntasks:\n  - command: npm run dev\n", encoding="utf-8")
    assert fieldguide("generate-config", "--diff", "--quiet") == 0
    shown = capsys.readouterr().out
    assert "+  - port: 5173" in shown
    assert "\n-" not in shown.partition("@@")[2]
    assert fieldguide("generate-config", "--write", "--quiet") == 0
    assert target.read_text(encoding="utf-8").startswith("# mine\ntasks:\n  - command: npm run dev\n")


def test_generate_config_replaces_a_file_only_when_told_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = folder / ".gitpod.yml"
    assert fieldguide("generate-config", "--write") == 0
    assert capsys.readouterr().out == "Wrote .gitpod.yml\n"
    written = target.read_bytes()
    target.write_text("mine", encoding="utf-8")
    assert fieldguide("generate-config", "--write", "--quiet") == 1
    assert capsys.readouterr().err.startswith("fieldguide: .gitpod.yml was left alone: ")
    assert target.read_text(encoding="utf-8") == "mine"
    assert fieldguide("generate-config", "--write", "--force") == 0
    assert target.read_bytes() == written
    assert sorted(path.name for path in folder.iterdir()) == [".gitpod.yml", "package.json"]


def test_all_targets_are_written_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fieldguide("generate-config", "--target", "all", "--write", "--json", "--quiet") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["target"] == "all"
    assert printed["written"] == [file["path"] for file in printed["files"]]
    assert set(printed["written"]) == {
        ".gitpod.yml",
        ".devcontainer/devcontainer.json",
        ".ona/automations.yaml",
        ".github/workflows/ci.yml",
    }
    for file in printed["files"]:
        assert (folder / file["path"]).read_text(encoding="utf-8") == file["content"]


def test_a_failure_on_the_way_leaves_every_file_as_it_was(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = "tasks:\n  - command: npm run dev\n"
    (folder / ".gitpod.yml").write_text(old, encoding="utf-8")
    # A folder where a file should go: the last rename cannot succeed.
    (folder / ".github" / "workflows" / "ci.yml").mkdir(parents=True)
    assert fieldguide("generate-config", "--target", "all", "--write", "--quiet") == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert (folder / ".gitpod.yml").read_text(encoding="utf-8") == old
    assert not (folder / ".devcontainer" / "devcontainer.json").exists()
    assert not list(folder.rglob("*.tmp"))


def test_a_repository_that_says_nothing_fails_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fieldguide("generate-config") == 1
    assert capsys.readouterr().err.count("No file is offered") == 1
    assert fieldguide("generate-config", "--quiet") == 1
    assert capsys.readouterr() == (
        "",
        "fieldguide: No file is offered: nothing says how the project is set up or run.\n",
    )
