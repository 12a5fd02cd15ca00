"""An existing config file in the editor: diagnostics with their fixes, hovers with evidence, completions."""

import json
from pathlib import Path

import pytest

from fieldguide_server.configgen import TARGET_NAMES, generate, inspect
from fieldguide_server.configgen.inspection.types import CompletionKind, DiagnosticKind, Severity

PACKAGE = json.dumps(
    {"scripts": {"dev": "vite", "lint": "eslint ."}, "devDependencies": {"vite": "5"}}, indent=1
)
GITPOD, CONTAINER = ".gitpod.yml", ".devcontainer/devcontainer.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package.json").write_text(PACKAGE, encoding="utf-8")
    (tmp_path / "yarn.lock").write_text("", encoding="utf-8")
    return tmp_path


def labels(folder: Path, path: str, text: str) -> list[str]:
    """The labels of the completions at ``|``."""
    before, _, after = text.partition("|")
    line = before.count("\n") + 1
    found = inspect(folder, path, before + after).completions_at(line, len(before.rpartition("\n")[2]))
    return [item.label for item in found]


@pytest.mark.parametrize(
    ("text", "kind", "severity", "marked", "fixed"),
    [
        ("tasks: [\n", DiagnosticKind.SYNTAX, Severity.ERROR, None, None),
        ("task: []\n", DiagnosticKind.SCHEMA, Severity.ERROR, "task", "tasks: []\n"),
        ("tasks: []\nour: 1\n", DiagnosticKind.SCHEMA, Severity.ERROR, "our", "tasks: []\n"),
        (
            "tasks: []\nour:\n  - 1\nenv: {}\n",
            DiagnosticKind.SCHEMA,
            Severity.ERROR,
            "our",
            "tasks: []\nenv: {}\n",
        ),
        (
            'ports:\n  - port: "5173"\n',
            DiagnosticKind.SCHEMA,
            Severity.ERROR,
            '"5173"',
            "ports:\n  - port: 5173\n",
        ),
        (
            "ports:\n  - port: 5173\n    onOpen: open-previw\n",
            DiagnosticKind.SCHEMA,
            Severity.ERROR,
            "open-previw",
            "ports:\n  - port: 5173\n    onOpen: open-preview\n",
        ),
        (
            "tasks:\n  - prebuild: yarn install\n",
            DiagnosticKind.SCHEMA,
            Severity.INFORMATION,
            "prebuild",
            "tasks:\n  - init: yarn install\n",
        ),
        (
            "tasks:\n  - command: |\n      ls\n      yarn devv\n",
            DiagnosticKind.DANGLING,
            Severity.WARNING,
            "yarn devv",
            "tasks:\n  - command: |\n      ls\n      yarn dev\n",
        ),
        (
            "tasks:\n  - init: ls && npm ci\n",
            DiagnosticKind.DRIFT,
            Severity.WARNING,
            "npm ci",
            "tasks:\n  - init: ls && yarn install\n",
        ),
        (
            "ports:\n  - port: 3000\n",
            DiagnosticKind.DRIFT,
            Severity.INFORMATION,
            "3000",
            "ports:\n  - port: 5173\n",
        ),
        (
            "tasks:\n  - command: cd gone && ls\n",
            DiagnosticKind.DANGLING,
            Severity.WARNING,
            "cd gone && ls",
            None,
        ),
    ],
)
def test_each_problem_is_marked_at_its_place_and_its_fix_resolves_it(
    folder: Path, text: str, kind: DiagnosticKind, severity: Severity, marked: str | None, fixed: str | None
) -> None:
    (found,) = inspect(folder, GITPOD, text).diagnostics
    assert (found.kind, found.severity) == (kind, severity)
    if marked is not None:
        line = text.split("\n")[found.span.line - 1]
        assert line[found.span.start : found.span.end] == marked
    assert bool(found.fixes) == (fixed is not None)
    if fixed is not None:
        assert found.fixes[0].apply(text) == fixed
        assert inspect(folder, GITPOD, fixed).diagnostics == ()


def test_a_built_in_command_of_a_package_manager_is_not_a_missing_script(folder: Path) -> None:
    scripts = json.dumps({"scripts": {"postinstall": "true"}})
    (folder / "package.json").write_text(scripts, encoding="utf-8")
    assert inspect(folder, GITPOD, "tasks:\n  - init: yarn install\n").diagnostics == ()


def test_a_devcontainer_is_read_with_its_comments(folder: Path) -> None:
    text = (
        '{\n\t// ours\n\t"image": "x",\n\t"forwardPorts": [3000],\n\t"postCreateCommand": "npm install"\n}\n'
    )
    port, install = inspect(folder, CONTAINER, text).diagnostics
    assert (port.span.line, port.fixes[0].title) == (4, "Use 5173")
    assert (install.span.line, install.fixes[0].title) == (5, "Use yarn install")
    assert install.fixes[0].apply(text).count('"yarn install"') == 1


@pytest.mark.parametrize("target", TARGET_NAMES)
def test_a_generated_file_has_no_diagnostics(folder: Path, target: str) -> None:
    files = generate(folder, target).files
    assert files
    assert [inspect(folder, file.path, file.content).diagnostics for file in files] == [()] * len(files)


def test_a_port_that_a_container_publishes_is_not_out_of_date(folder: Path) -> None:
    compose = "services:\n  db:\n    image: postgres\n    ports: ['5433:5432']\n"
    (folder / "compose.yml").write_text(compose, encoding="utf-8")
    assert inspect(folder, GITPOD, "ports:\n  - port: 5433\n").diagnostics == ()


def test_a_hover_shows_the_meaning_of_a_key_and_the_evidence_for_the_line(folder: Path) -> None:
    text = "tasks:\n  - init: yarn install\n    command: yarn dev\n"
    inspection = inspect(folder, GITPOD, text)
    hover = inspection.hover_at(2, 6)
    assert hover is not None
    assert hover.title == "init"
    assert "Runs once" in hover.description
    assert [(item.value, item.path) for item in hover.evidence] == [("yarn install", "yarn.lock")]
    assert inspection.hover_at(3, 16).evidence[0].path == "package.json"  # type: ignore[union-attr]


def test_a_hover_shows_what_a_command_runs(folder: Path) -> None:
    (folder / "Makefile").write_text("# ours\ncheck:\n\ttrue\n", encoding="utf-8")
    (folder / "setup.sh").write_text("true\n", encoding="utf-8")
    text = "tasks:\n  - init: yarn lint && make check\n    command: bash setup.sh\n"
    hover = inspect(folder, GITPOD, text).hover_at(2, 6)
    assert hover is not None
    assert [(item.value, item.path, item.line) for item in hover.evidence] == [
        ("yarn lint", "package.json", 4),
        ("make check", "Makefile", 2),
    ]
    hover = inspect(folder, GITPOD, text).hover_at(3, 20)
    assert hover is not None
    assert [(item.path, item.note) for item in hover.evidence] == [("setup.sh", "the file")]


def test_missing_keys_are_completed_where_they_are_allowed(folder: Path) -> None:
    task = labels(folder, GITPOD, "tasks:\n  - name: a\n    |\n")
    assert {"before", "init", "command"} <= set(task)
    assert not {"name", "prebuild"} & set(task)
    assert labels(folder, GITPOD, "ports:\n  - port: 1\n    onO|\n") == ["onOpen"]
    assert labels(folder, GITPOD, "tasks: []\nvs|") == ["vscode"]


def test_values_come_from_the_schema_and_from_evidence(folder: Path) -> None:
    assert labels(folder, GITPOD, "ports:\n  - onOpen: open-|\n") == ["open-browser", "open-preview"]
    assert labels(folder, GITPOD, "ports:\n  - port: |\n") == ["5173"]
    assert labels(folder, GITPOD, "tasks:\n  - command: yarn d|\n") == ["yarn dev"]
    assert "yarn install" in labels(folder, GITPOD, "tasks:\n  - init: |\n")


def test_incomplete_json_is_completed(folder: Path) -> None:
    assert labels(folder, CONTAINER, '{\n  "image": "x",\n  "shutdownAction": "stop|') == [
        "stopContainer",
        "stopCompose",
    ]
    assert labels(folder, CONTAINER, '{\n  "image": "x",\n  "forwardPorts": [|]\n}') == ["5173"]
    assert "postCreateCommand" in labels(folder, CONTAINER, '{\n  "image": "x",\n  "post|\n}')
    assert "image" not in labels(folder, CONTAINER, '{\n  "image": "x",\n  |\n}')


def test_a_completion_shows_the_place_of_its_evidence(folder: Path) -> None:
    (item,) = inspect(folder, GITPOD, "ports:\n  - port: \n").completions_at(2, 10)
    assert (item.text, item.detail, item.kind) == ("5173", "package.json:3", CompletionKind.VALUE)


def test_other_files_are_not_inspected(folder: Path) -> None:
    inspection = inspect(folder, "notes.yml", "a: 1\n")
    assert inspection.diagnostics == ()
    assert inspection.hover_at(1, 0) is None
    assert inspection.completions_at(1, 0) == ()


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "- ", "tasks:\n  -", "{", "[[[[", "tasks:\n\t- x", "ports:\n  - port:"]
)
@pytest.mark.parametrize("path", [GITPOD, CONTAINER])
def test_every_position_of_any_text_can_be_inspected(folder: Path, path: str, text: str) -> None:
    inspection = inspect(folder, path, text)
    for number, line in enumerate(text.split("\n"), start=1):
        for column in range(len(line) + 1):
            inspection.hover_at(number, column)
            inspection.completions_at(number, column)
