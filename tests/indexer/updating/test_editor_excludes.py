"""An editor and a shell with one index: the shell does not index what the editor excludes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldguide_indexer import EmbeddingOptions, Index, IndexOptions, plan_index

pytestmark = pytest.mark.slow

SHELL = IndexOptions(embedding=EmbeddingOptions(provider="none"))
EDITOR = replace(SHELL, editor_exclude=("/out",))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for path in ("workspace/out/made.py", "workspace/own.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("X = 1\n", encoding="utf-8")
    return tmp_path / "workspace"


@pytest.fixture
def editor(workspace: Path) -> Iterator[Index]:
    with Index.open(workspace, EDITOR) as index:
        index.update()
        yield index


def test_the_shell_excludes_the_same_files_as_the_editor_and_says_why(editor: Index, workspace: Path) -> None:
    with Index.open(workspace, SHELL) as shell:
        report = shell.update()
        assert (report.added, report.removed, report.unchanged) == (0, 0, 1)
        status = shell.file_status("out/made.py")
    assert (status.state, status.reason.partition(" (")[0]) == (
        "skipped",
        "excluded by the editor's settings",
    )
    report = editor.update()
    assert (report.added, report.removed, report.unchanged) == (0, 0, 1)


def test_the_patterns_are_kept_after_the_editor_and_the_owner_have_ended(
    editor: Index, workspace: Path
) -> None:
    editor.stop_owner()
    editor.close()
    assert plan_index(workspace, SHELL).files == 1
    with Index.open(workspace, SHELL) as shell:
        assert shell.update().unchanged == 1
        assert shell.status().files == 1


def test_the_patterns_of_the_last_editor_apply(editor: Index, workspace: Path) -> None:
    with Index.open(workspace, replace(EDITOR, editor_exclude=())) as other:
        assert other.update().added == 1
    with Index.open(workspace, SHELL) as shell:
        assert shell.update().unchanged == 2


def test_the_setting_of_the_user_overrides_the_patterns_of_the_editor(editor: Index, workspace: Path) -> None:
    with Index.open(workspace, replace(SHELL, exclude=("!/out", "own.py"))) as shell:
        assert shell.update().removed == 1
        assert shell.file_status("out/made.py").state == "indexed"
        assert shell.file_status("own.py").reason == "excluded by the setting index.exclude"
