"""Existing files: updated with everything else kept, or not changed with a reason."""

import json
from pathlib import Path

import pytest

from fieldguide_server.configgen import generate, unified_diff

PACKAGE = json.dumps({"scripts": {"dev": "vite", "build": "vite build"}, "devDependencies": {"vite": "5"}})
OWN = """\
# We like our tasks short.
image: our/image  # pinned by hand

tasks:
- name: site   # the face
  init: npm ci
  command: npm run dev
- name: logs
  command: tail -f /var/log/syslog
gitConfig:
  core.autocrlf: "input"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package.json").write_text(PACKAGE, encoding="utf-8")
    (tmp_path / "package-lock.json").write_text("{}", encoding="utf-8")
    return tmp_path


def put(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(text.encode())


def added(folder: Path, target: str = "gitpod") -> tuple[list[str], list[str], tuple[str, ...]]:
    """(added lines, removed lines, problems) of the update."""
    result = generate(folder, target)
    changes = unified_diff(folder, result.files[0]).splitlines()[2:]
    plus = [line[1:] for line in changes if line.startswith("+")]
    return plus, [line[1:] for line in changes if line.startswith("-")], result.problems


def test_a_missing_port_is_added_and_nothing_else_is_touched(folder: Path) -> None:
    put(folder, ".gitpod.yml", OWN)
    plus, minus, problems = added(folder)
    assert minus == []
    assert plus[:2] == ["", "ports:"]
    assert "  - port: 5173  # package.json:1" in plus
    assert problems == ("Added port 5173 (package.json:1).",)


def test_a_file_that_lacks_nothing_comes_back_byte_for_byte(folder: Path) -> None:
    text = OWN + "ports:\n- port: 5000-6000\n"
    put(folder, ".gitpod.yml", text)
    result = generate(folder)
    assert result.files[0].content == text
    assert result.updated == ()
    assert unified_diff(folder, result.files[0]) == ""


def test_windows_line_endings_are_kept(folder: Path) -> None:
    put(folder, ".gitpod.yml", OWN.replace("\n", "\r\n"))
    content = generate(folder).files[0].content
    assert "5173" in content
    assert content.count("\n") == content.count("\r\n")


def test_another_lock_file_changes_the_install_and_is_named(folder: Path) -> None:
    (folder / "package-lock.json").rename(folder / "pnpm-lock.yaml")
    put(folder, ".gitpod.yml", OWN)
    plus, minus, problems = added(folder)
    assert "  init: pnpm install" in plus
    assert minus == ["  init: npm ci"]
    assert "Replaced `npm ci` with `pnpm install`: the lock file is pnpm-lock.yaml." in problems


def test_schema_errors_are_fixed_and_reported(folder: Path) -> None:
    put(
        folder,
        ".gitpod.yml",
        'tasks:\n  - command: npm run dev\nports:\n  - port: "5173"\nsubRepositories: []\nour: 1\n',
    )
    plus, minus, problems = added(folder)
    assert plus == ["  - port: 5173", "additionalRepositories: []"]
    assert minus == ['  - port: "5173"', "subRepositories: []", "our: 1"]
    assert len(problems) == 3
    assert all(".gitpod.yml:" in problem for problem in problems)


def test_a_missing_name_in_the_owners_command_is_kept(folder: Path) -> None:
    put(folder, ".gitpod.yml", "tasks:\n  - command: make something-generated\n")
    plus, minus, _ = added(folder)
    assert (plus, minus) == ([], [])


def test_a_folder_without_a_task_is_reported_and_left_to_the_owner(folder: Path) -> None:
    put(folder, ".gitpod.yml", OWN + "ports:\n- port: 5173\n")
    put(
        folder,
        "server/package.json",
        '{"scripts": {"dev": "nodemon x.js"}, "dependencies": {"express": "4"}}',
    )
    plus, minus, problems = added(folder)
    assert (plus, minus) == ([], [])
    assert problems == ("No task runs in server, which is started by `npm run dev`.",)


def test_tasks_are_added_to_a_file_that_has_none(folder: Path) -> None:
    put(folder, ".gitpod.yml", "image: our/image # ours\ntasks: []\n")
    plus, minus, _ = added(folder)
    assert minus == ["tasks: []"]
    assert plus[:4] == ["tasks:", "  - name: Node", "    init: npm install", "    command: npm run dev"]


def test_additions_come_before_the_comments_of_the_next_key(folder: Path) -> None:
    own = "ports:\n    - port: 9000\n      name: |\n        # kept\n\n\n# our editor\nvscode:\n    extensions: []\n"
    put(folder, ".gitpod.yml", "tasks:\n- command: npm run dev\n" + own)
    plus, minus, _ = added(folder)
    content = generate(folder).files[0].content
    assert minus == []
    assert plus[0] == "    - port: 5173  # package.json:1"
    assert "# kept\n    - port: 5173" in content
    assert content.endswith("\n\n\n# our editor\nvscode:\n    extensions: []\n")


@pytest.mark.parametrize("text", ["tasks: [\n", "mine", "- 1\n", "\x00"])
def test_a_file_that_cannot_be_read_is_not_changed(folder: Path, text: str) -> None:
    put(folder, ".gitpod.yml", text)
    result = generate(folder)
    assert result.files == ()
    assert result.problems[-1].startswith(".gitpod.yml")
    assert generate(folder, fresh=True).files[0].content.startswith("tasks:")


def test_a_devcontainer_keeps_its_comments_and_gets_ports_and_set_up(folder: Path) -> None:
    own = '{\n\t// ours\n\t"image": "our/image", // pinned\n\t"forwardPorts": [9000],\n\t"remoteUser": "dev" /* last */\n}\n'
    put(folder, ".devcontainer.json", own)
    plus, minus, problems = added(folder, "devcontainer")
    assert '\t"forwardPorts": [9000, 5173],' in plus
    assert '\t"postCreateCommand": "npm install",' in plus
    assert '\t"remoteUser": "dev", /* last */' in plus
    assert minus == ['\t"forwardPorts": [9000],', '\t"remoteUser": "dev" /* last */']
    assert problems == ("Added postCreateCommand.", "Added port 5173.")
    put(folder, ".devcontainer.json", generate(folder, "devcontainer").files[0].content)
    assert generate(folder, "devcontainer").updated == ()


def test_an_empty_devcontainer_object_is_filled(folder: Path) -> None:
    put(folder, ".devcontainer/devcontainer.json", '{"image": "x"}')
    content = generate(folder, "devcontainer").files[0].content
    assert json.loads(content)["forwardPorts"] == [5173]


def test_automations_of_the_owner_are_kept_and_an_empty_file_is_filled(folder: Path) -> None:
    own = "# ours\ntasks:\n  seed:\n    name: Seed\n    command: npm run build\n"
    put(folder, ".gitpod/automations.yaml", own)
    assert generate(folder, "automations").files[0].content == own
    put(
        folder,
        "server/package.json",
        '{"scripts": {"dev": "nodemon x.js"}, "dependencies": {"express": "4"}}',
    )
    assert "No task or service runs in server." in generate(folder, "automations").problems
    put(folder, ".gitpod/automations.yaml", "# ours\n")
    plus, minus, _ = added(folder, "automations")
    assert minus == []
    assert "services:" in plus


def test_a_workflow_that_exists_is_not_changed(folder: Path) -> None:
    own = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: npm run build\n"
    put(folder, ".github/workflows/ci.yml", own)
    assert generate(folder, "workflow").files[0].content == own


def test_a_name_that_resembles_another_is_not_changed(folder: Path) -> None:
    put(folder, ".gitpod.yml", "tasks:\n  - init: yarn install\n    command: npm run devv\n")
    (folder / "package-lock.json").rename(folder / "yarn.lock")
    scripts = json.dumps(
        {"scripts": {"dev": "vite", "postinstall": "true"}, "devDependencies": {"vite": "5"}}
    )
    (folder / "package.json").write_text(scripts, encoding="utf-8")
    assert added(folder)[:2] == ([], [])
