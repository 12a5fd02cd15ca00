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


def test_generate_config_replaces_a_file_only_when_told_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = folder / ".gitpod.yml"
    assert fieldguide("generate-config", "--write") == 0
    assert capsys.readouterr().out == "Wrote .gitpod.yml\n"
    written = target.read_bytes()
    target.write_text("mine", encoding="utf-8")
    assert fieldguide("generate-config", "--write", "--quiet") == 1
    assert capsys.readouterr().err == "fieldguide: .gitpod.yml: exists already; --force replaces it\n"
    assert target.read_text(encoding="utf-8") == "mine"
    assert fieldguide("generate-config", "--write", "--force") == 0
    assert target.read_bytes() == written
    assert sorted(path.name for path in folder.iterdir()) == [".gitpod.yml", "package.json"]
