"""The dry run: it counts everything and writes nothing."""

from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, WorkspaceError, plan_index

WORDS_ONLY = IndexOptions(embedding=EmbeddingOptions(provider="none"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "app.py").write_text("def main():\n    pass\n", encoding="utf-8")
    (folder / "settings.py").write_text(
        'API_TOKEN = "ghp_' + "Zq3mXw8RtK2vLp9NcB" * 2 + '"\n', encoding="utf-8"
    )
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (folder / ".env").write_text("KEY=1\n", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_dry_run_counts_what_an_index_then_contains(workspace: Path) -> None:
    plan = plan_index(workspace, WORDS_ONLY)
    with Index.open(workspace, WORDS_ONLY) as index:
        report = index.update()
        status = index.status()
    assert (plan.files, plan.chunks, plan.redacted) == (status.files, status.chunks, report.redacted)
    assert plan.redacted == 1
    assert {(file.path, file.reason) for file in plan.skipped} == {(".env", "secret"), ("logo.png", "binary")}
    assert plan.skipped == report.skipped


def test_a_dry_run_writes_nothing(workspace: Path, home: Path) -> None:
    before = sorted(workspace.rglob("*"))
    plan_index(workspace, WORDS_ONLY)
    assert sorted(workspace.rglob("*")) == before
    assert list(home.iterdir()) == []


def test_a_dry_run_estimates_the_time_for_vectors(workspace: Path) -> None:
    assert plan_index(workspace).vector_seconds > 0
    assert plan_index(workspace, WORDS_ONLY).vector_seconds == 0


def test_a_dry_run_of_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError):
        plan_index(tmp_path / "missing")
