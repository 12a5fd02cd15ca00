"""``fieldguide generate-config``: the output on stdout and stderr, and the written files."""

import errno
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

from fieldguide_server.__main__ import main
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
    assert capsys.readouterr().err.startswith("fieldguide: .gitpod.yml was not changed: ")
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
    assert capsys.readouterr().err.count("No file was generated") == 1
    assert fieldguide("generate-config", "--quiet") == 1
    assert capsys.readouterr() == (
        "",
        "fieldguide: No file was generated: the repository does not show how the project is set up or run.\n",
    )


def test_a_file_that_is_up_to_date_is_not_touched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fieldguide("generate-config", "--write", "--quiet") == 0
    before = (folder / ".gitpod.yml").stat()
    capsys.readouterr()
    assert fieldguide("generate-config", "--write", "--quiet") == 0
    assert capsys.readouterr().out == ".gitpod.yml is up to date.\n"
    assert (folder / ".gitpod.yml").stat().st_mtime_ns == before.st_mtime_ns


def test_a_file_that_is_updated_keeps_its_mode_and_its_line_ends(folder: Path) -> None:
    target = folder / ".gitpod.yml"
    target.write_bytes(b"# mine\r\ntasks:\r\n  - command: npm run dev\r\n")
    target.chmod(0o640)
    mode = target.stat().st_mode
    assert fieldguide("generate-config", "--write", "--quiet") == 0
    assert target.read_bytes().startswith(b"# mine\r\ntasks:\r\n  - command: npm run dev\r\nports:\r\n")
    assert target.stat().st_mode == mode


@pytest.mark.slow
def test_killed_while_it_writes_it_leaves_every_file_whole(folder: Path) -> None:
    old = "tasks:\n  - command: npm run dev\n"
    (folder / ".gitpod.yml").write_text(old, encoding="utf-8")
    # The process ends at the first rename, as if it had been killed there.
    code = (
        "import os, pathlib, sys; pathlib.Path.replace = lambda *_: os._exit(9); "
        "from fieldguide_server.cli.main import run; run(sys.argv[1:])"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "generate-config",
        "--target",
        "all",
        "--write",
        "--path",
        str(folder),
    ]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 9
    assert (folder / ".gitpod.yml").read_text(encoding="utf-8") == old
    assert not (folder / ".devcontainer" / "devcontainer.json").exists()
    assert fieldguide("generate-config", "--write", "--quiet") == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("composer.json", b"{", "composer.json cannot be parsed: "),
        ("pyproject.toml", b"a = [", "pyproject.toml cannot be parsed: "),
        ("compose.yml", b"a: [", "compose.yml cannot be parsed: "),
        ("README.md", b"x" * 2_000_000, "README.md is larger than 1000 kB and was not read."),
    ],
)
def test_a_bad_file_is_one_note_and_the_rest_is_used(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, sentence: str
) -> None:
    (folder / name).write_bytes(content)
    assert fieldguide("generate-config") == 0
    captured = capsys.readouterr()
    assert "npm run dev" in captured.out
    assert captured.err.count(f"note: {sentence}") == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"tasks: [\n",
            "was not changed because it cannot be read: expected the node content, but found '<stream end>'.",
        ),
        (b"- a\n", 'was not changed: The file must be an object, not ["a"].'),
        (b"tasks:\n  - init: \xff\n", "was not changed because it cannot be read: it is not a text file."),
        (b"a: &a [*a, *a]\nb: *a\n" * 2, "was not changed because it cannot be read: "),
    ],
)
def test_an_existing_file_that_cannot_be_read_is_left_with_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    (folder / ".gitpod.yml").write_bytes(content)
    assert fieldguide("generate-config", "--write", "--quiet") == 1
    assert capsys.readouterr().err.startswith(f"fieldguide: .gitpod.yml {sentence}")
    assert (folder / ".gitpod.yml").read_bytes() == content


def test_links_that_lead_in_circles_are_not_followed(folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    assert fieldguide("generate-config", "--quiet") == 0


def test_each_command_line_of_the_json_has_its_evidence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "api").mkdir()
    (folder / "api" / "go.mod").write_text("module x\n\ngo 1.22\n", encoding="utf-8")
    (folder / "api" / "main.go").write_text("package main\nfunc main() {}\n", encoding="utf-8")
    for target in ("gitpod", "devcontainer", "workflow"):
        assert fieldguide("generate-config", "--json", "--quiet", "--target", target) == 0
        printed = json.loads(capsys.readouterr().out)
        explained = {(line["path"], line["line"]): line["because"] for line in printed["lines"]}
        assert printed["files"]
        for file in printed["files"]:
            for number, line in enumerate(file["content"].splitlines(), start=1):
                if not line.startswith(("#", "//")) and re.search(
                    r"install|run |\bcd |download|- port:|features/|setup-|working-dir",
                    line.partition("runs-on")[0],
                ):
                    assert explained.get((file["path"], number)), line


def test_evidence_that_several_packages_lean_on_is_said_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pnpm-workspace.yaml").write_text("packages: ['packages/*']\n", encoding="utf-8")
    (folder / "pnpm-lock.yaml").write_text("lockfileVersion: '9.0'\n", encoding="utf-8")
    for name in ("a", "b"):
        (folder / "packages" / name).mkdir(parents=True)
        (folder / "packages" / name / "package.json").write_text(f'{{"name": "{name}"}}', encoding="utf-8")
    assert fieldguide("generate-config") == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "package manager: pnpm" in line]
    assert said == ["fieldguide: package manager: pnpm (pnpm-lock.yaml:1)"]


def test_a_failure_names_the_file_that_was_to_be_written_and_not_its_draft(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def refused(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.suffix == ".tmp":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refused)
    assert fieldguide("generate-config", "--write", "--quiet") == 1
    assert f"{folder / '.gitpod.yml'}: Permission denied" in capsys.readouterr().err


def test_an_interrupt_while_the_program_loads_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loading:
        @property
        def run(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "fieldguide_server.cli.main", cast("ModuleType", Loading()))
    assert main() == 130
