"""Explanations without a model: of a symbol, of a file, of a key in a config file."""

import os
import subprocess
from pathlib import Path

import pytest

from fieldguide_indexer import FieldguideError
from fieldguide_server.assistant import Answer, Assistant
from fieldguide_server.assistant.git.commit import current_commit
from fieldguide_server.assistant.git.history import last_change
from fieldguide_server.assistant.offline.complexity import describe_size
from fieldguide_server.assistant.offline.config_keys import key_at
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.settings import Settings
from tests.fakes.retriever import MemoryIndex
from tests.fakes.workspace import write_workspace

DOCS = """# Settings

The `listen_port` under `server` is the port of the shop. `host` is where it listens.

Somebody's host is another word.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "shop")


def assistant(folder: Path) -> Assistant:
    index = MemoryIndex(folder)
    return Assistant(index, index.read, Settings(), folder)


async def explain(folder: Path, path: str, start: int, end: int) -> Answer:
    return await assistant(folder).explain(path, start, end)


def git(folder: Path, *arguments: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "Ada"}
    dates = {"GIT_COMMITTER_EMAIL": "a@x", "GIT_AUTHOR_DATE": "2026-01-31T12:00:00Z"}
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    subprocess.run(command, cwd=folder, env={**clean, **who, **dates}, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--no-verify", "-m", message)


def head(folder: Path) -> str:
    command = ["git", "rev-parse", "--short=10", "HEAD"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


async def test_a_symbol_is_explained_with_its_size_and_its_last_change(folder: Path) -> None:
    helper = assistant(folder)
    commit(folder, "Add the `tax`\x1b[31m to prices")
    answer = await helper.explain("shop/prices.py", 7, 7)
    assert "3 lines, no branches." in answer.answer
    assert "Last changed on 2026-01-31 by Ada: `Add the 'tax' to prices`" in answer.answer


async def test_an_answer_reports_the_commit_it_is_based_on_and_the_files_that_changed_since_they_were_indexed(
    folder: Path,
) -> None:
    helper = assistant(folder)
    commit(folder, "All of it")
    file = folder / "shop" / "prices.py"
    file.write_text(file.read_text(encoding="utf-8") + "\n# Changed.\n", encoding="utf-8")
    coverage = (await helper.explain("shop/prices.py", 7, 7)).coverage
    assert coverage.commit == head(folder)
    assert coverage.stale_files == ("shop/prices.py",)
    assert coverage.stale > 0


def test_the_commit_is_found_wherever_git_keeps_it(folder: Path) -> None:
    commit(folder, "All of it")
    worktree = folder.parent / "worktree"
    git(folder, "worktree", "add", "--quiet", "-b", "other", str(worktree))
    git(worktree, "commit", "--quiet", "--no-verify", "--allow-empty", "-m", "More")
    assert current_commit(worktree) == head(worktree) != head(folder)
    git(folder, "pack-refs", "--all")
    assert current_commit(folder / "shop") == head(folder)
    git(folder, "checkout", "--quiet", "--detach")
    assert current_commit(folder) == head(folder)


@pytest.mark.parametrize("written", ["ref: ../../secret", "ref: refs/../../secret", "secret", "\x00", ""])
def test_a_head_that_leads_elsewhere_is_no_commit(tmp_path: Path, written: str) -> None:
    (tmp_path / "secret").write_text("a" * 40, encoding="utf-8")
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    (tmp_path / "shop" / ".git" / "HEAD").write_text(written, encoding="utf-8")
    assert current_commit(tmp_path / "shop") == ""


async def test_without_git_an_explanation_is_just_shorter(folder: Path) -> None:
    answer = await explain(folder, "shop/prices.py", 7, 7)
    assert "Last changed" not in answer.answer
    assert (answer.coverage.commit, answer.coverage.stale_files) == ("", ())


def test_lines_that_moved_since_the_commit_are_found_and_new_ones_have_no_author(folder: Path) -> None:
    commit(folder, "All of it")
    lines = split_lines((folder / "shop/prices.py").read_text(encoding="utf-8"))
    moved = ["# new", "# newer", *lines]
    change = last_change(folder, "shop/prices.py", moved, 8, 10)
    assert change is not None
    assert (change.summary, change.day) == ("All of it", "2026-01-31")
    assert last_change(folder, "shop/prices.py", moved, 1, 2) is None
    assert last_change(folder, "shop/none.py", moved, 1, 2) is None
    assert last_change(folder, "--output=x", moved, 1, 2) is None


def test_asking_for_the_last_change_runs_nothing_that_the_repository_names(folder: Path) -> None:
    commit(folder, "All of it")
    trace = folder / "ran"
    run = f"touch '{trace.as_posix()}'; cat"
    (folder / ".gitattributes").write_text("*.py filter=evil diff=evil\n", encoding="utf-8")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.textconv",
        "core.fsmonitor",
        "core.pager",
    ):
        git(folder, "config", key, run)
    lines = split_lines((folder / "shop/prices.py").read_text(encoding="utf-8"))
    assert last_change(folder, "shop/prices.py", lines, 6, 8)
    assert not trace.exists()


async def test_a_whole_file_is_explained_by_its_role_its_definitions_and_who_imports_it(folder: Path) -> None:
    answer = await assistant(folder).explain_file("shop/prices.py")
    assert "### `shop/prices.py`: 13 lines, 2 top-level definitions" in answer.answer
    assert "What things cost." in answer.answer
    offered = (
        "- [shop/prices.py:6-8]: `def gross_price(net: float) -> float:` — Add the value added tax to a net"
    )
    assert offered in answer.answer
    assert "shop/checkout.py:3" in {str(citation) for citation in answer.citations}


async def test_a_binary_file_is_refused_in_a_sentence(folder: Path) -> None:
    helper = assistant(folder)
    (folder / "logo").write_bytes(b"PNG\0\0IHDR")
    with pytest.raises(FieldguideError, match="no text file logo"):
        await helper.explain_file("logo")


async def test_lines_beyond_the_end_are_refused_with_the_number_of_lines(
    folder: Path,
) -> None:
    (folder / "three.py").write_text("a = 1\nb = 2\nc = 3\n", encoding="utf-8")
    with pytest.raises(FieldguideError, match=r"^three\.py has 3 lines: lines 9-12 do not exist\.$"):
        await explain(folder, "three.py", 9, 12)


async def test_a_file_that_nothing_imports_says_so(folder: Path) -> None:
    answer = await assistant(folder).explain_file("README.md")
    assert "No import of it was found in this workspace." in answer.answer
    assert "# Shop" in answer.answer
    with pytest.raises(FieldguideError):
        await assistant(folder).explain_file("../outside.py")


@pytest.mark.parametrize(
    ("path", "text", "line", "key"),
    [
        ("a.yaml", "server:\n  tls:\n    port: 1\n", 3, ("server", "tls", "port")),
        ("a.yml", "jobs:\n  - name: x\n    run: y\n", 3, ("jobs", "run")),
        ("a.yml", "a:\n  b: 1\nc: 2\n", 3, ("c",)),
        ("a.yml", "- just\n", 1, ()),
        ("a.json", '{\n  "server": {\n    "port": 1\n  }\n}', 3, ("server", "port")),
        ("a.toml", "[tool.ruff]\nline-length = 110\n", 2, ("tool", "ruff", "line-length")),
        ("a.toml", "[tool.ruff]\n", 1, ("tool", "ruff")),
        ("a.toml", "[[jobs]]\nname.first = 1\n", 2, ("jobs", "name", "first")),
        ("a.properties", "server.port=80\n", 1, ("server", "port")),
        ("a.py", "port: int = 1\n", 1, ()),
    ],
)
def test_the_key_of_a_line_comes_with_the_keys_above_it(
    path: str, text: str, line: int, key: tuple[str, ...]
) -> None:
    assert key_at(path, split_lines(text), line) == key


async def test_a_key_of_a_config_file_is_explained_by_where_docs_and_code_mention_it(folder: Path) -> None:
    (folder / "shop.yaml").write_text("server:\n  listen_port: 80\n  host: x\n", encoding="utf-8")
    (folder / "settings.md").write_text(DOCS, encoding="utf-8")
    (folder / "serve.py").write_text("def serve(all):\n    return all['listen_port']\n", encoding="utf-8")
    answer = (await explain(folder, "shop.yaml", 2, 2)).answer
    assert "### The key `server.listen_port`" in answer
    assert "Documented at:\n- [settings.md:3]" in answer
    assert "Read by code at:\n- [serve.py:2]" in answer
    plain = (await explain(folder, "shop.yaml", 3, 3)).answer
    assert "- [settings.md:3]" in plain
    assert "settings.md:5" not in plain


async def test_a_key_that_nothing_mentions_says_so(folder: Path) -> None:
    answer = await explain(folder, "pyproject.toml", 2, 2)
    assert "### The key `project.name` No docs and no code in this workspace mention it." in answer.answer


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n\ny = 2", "2 lines, no branches."),
        ("if a and b:\n    pass", "2 lines, 2 branches."),
        ('if a:\n    """if and or"""\n    s = "if x or y"  # if while', "3 lines, 1 branch."),
        ("for (;;) { x = a ? b : c; if (d && e) {} }", "1 line, 4 branches."),
        ("\n".join(["x = 1"] * 70), "70 lines, no branches: long, so consider splitting it."),
        ("if a or b: pass\n" * 9, "9 lines, 18 branches: many branches, so cover changes with tests."),
    ],
)
def test_size_and_branches_are_counted_without_comments_and_strings(text: str, sentence: str) -> None:
    assert describe_size(split_lines(text)) == sentence
