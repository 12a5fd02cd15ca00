"""``fieldguide doctor``: each requirement is checked, and problems are named."""

import json
from pathlib import Path

import pytest

from fieldguide_indexer.embedding import folder
from fieldguide_server.cli.main import run

pytestmark = pytest.mark.slow


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "workspace"
    place.mkdir()
    (place / "app.py").write_text("def main():\n    pass\n", encoding="utf-8")
    monkeypatch.chdir(place)
    return place


def findings(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[bool, str]]:
    return {found["name"]: (found["ok"], found["text"]) for found in json.loads(capsys.readouterr().out)}


@pytest.mark.usefixtures("workspace")
def test_a_healthy_installation_passes_every_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    found = findings(capsys)
    assert set(found) == {"settings", "cache", "git", "sqlite", "embedding", "index", "memory", "model"}
    assert all(ok for ok, _ in found.values())
    assert "320 numbers" in found["embedding"][1]


@pytest.mark.usefixtures("workspace")
def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FIELDGUIDE_HOME", str(tmp_path / "file" / "cache"))
    assert run(["doctor", "--json"]) == 1
    found = findings(capsys)
    assert [name for name, (ok, _) in found.items() if not ok] == ["cache", "index"]


@pytest.mark.usefixtures("workspace")
def test_a_damaged_model_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "model"
    shipped.mkdir()
    for file in folder.SHIPPED.iterdir():
        (shipped / file.name).write_bytes(file.read_bytes())
    (shipped / "tokenizer.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(folder, "SHIPPED", shipped)
    assert run(["doctor", "--json"]) == 1
    assert findings(capsys)["embedding"] == (
        False,
        "Reinstall Fieldguide: tokenizer.json is damaged.",
    )


def test_a_setting_that_is_not_understood_is_named_once(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / ".fieldguide.toml").write_text("[answer]\nmax_passages = 'many'\n", encoding="utf-8")
    assert run(["doctor", "--path", str(workspace)]) == 1
    told = capsys.readouterr()
    assert "✗ settings" in told.out
    assert (told.out + told.err).count("answer.max_passages") == 1


@pytest.mark.usefixtures("workspace")
def test_a_machine_without_git_is_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert run(["doctor", "--json"]) == 0
    assert findings(capsys)["git"] == (True, "git is not installed; files are found without it.")


@pytest.mark.usefixtures("workspace")
def test_a_model_that_is_configured_is_not_claimed_to_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json", "--set", "model.name=some-model"]) == 0
    assert "was not contacted" in findings(capsys)["model"][1]
