"""Targets: a devcontainer, Ona's automations and a CI workflow for the same repository, and how a target is added."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import fieldguide_server
from fieldguide_server.cli.main import build_parser
from fieldguide_server.configgen import (
    DEFAULT_TARGET,
    TARGET_NAMES,
    GeneratedConfig,
    generate,
    generate_all,
    inspect,
    targets,
)
from fieldguide_server.configgen import formats as formats_module
from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.targets.validation import validate
from fieldguide_server.configgen.types import ConfigFile
from fieldguide_server.protocol import GenerateConfigParams
from tests.fakes.repository import Tree, make

WEB = json.dumps(
    {"scripts": {"dev": "vite", "test": "vitest", "lint": "eslint ."}, "devDependencies": {"vite": "5"}},
    indent=2,
)
DATABASE = "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n    environment:\n      POSTGRES_PASSWORD: dev\n"


def devcontainer(root: Path, tree: Tree) -> tuple[dict[str, Any], GeneratedConfig]:
    result = generate(make(root, tree), "devcontainer")
    return json.loads(without_comments(result.files[0].content)), result


def document(root: Path, tree: Tree, target: str) -> dict[str, Any]:
    result = generate(make(root, tree), target)
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(result.files[0].content)
    return loaded


def test_a_devcontainer_has_tools_with_their_versions_commands_and_ports(tmp_path: Path) -> None:
    body, _ = devcontainer(tmp_path, {"package.json": WEB, ".nvmrc": "v20.11\n"})
    assert body["features"] == {"ghcr.io/devcontainers/features/node:1": {"version": "20.11"}}
    assert body["postCreateCommand"] == "npm install"
    assert body["postAttachCommand"] == "npm run dev"
    assert body["forwardPorts"] == [5173]
    assert body["portsAttributes"]["5173"]["onAutoForward"] == "openPreview"


@pytest.mark.parametrize(
    ("required", "version"),
    [("^18.2.0", "18.2"), ("20.x", "20"), (">=18", None), ("lts/*", "lts"), ("18 || 20", None)],
)
def test_a_range_gives_a_version_only_where_it_names_one(
    tmp_path: Path, required: str, version: str | None
) -> None:
    package = json.dumps({**json.loads(WEB), "engines": {"node": required}})
    body, _ = devcontainer(tmp_path, {"package.json": package})
    assert body["features"]["ghcr.io/devcontainers/features/node:1"].get("version") == version


def test_the_workspace_shares_the_network_of_the_only_compose_service(tmp_path: Path) -> None:
    body, result = devcontainer(tmp_path, {"package.json": WEB, "compose.yml": DATABASE})
    assert body["dockerComposeFile"] == ["../compose.yml", "compose.yml"]
    assert body["service"] == "workspace"
    assert body["runServices"] == ["workspace", "db"]
    assert "image" not in body
    beside = YAML(typ="safe", pure=True).load(result.files[1].content)["services"]["workspace"]
    assert result.files[1].path == ".devcontainer/compose.yml"
    assert beside["network_mode"] == "service:db"
    assert beside["volumes"] == [f".:{body['workspaceFolder']}:cached"]
    assert "docker compose" not in result.files[0].content


def test_several_services_are_run_by_compose_inside_the_workspace(tmp_path: Path) -> None:
    compose = DATABASE + "  cache:\n    image: redis\n    ports: ['6379:6379']\n"
    body, _ = devcontainer(tmp_path, {"package.json": WEB, "compose.yml": compose})
    assert body["postStartCommand"] == "docker compose up -d db cache"
    assert "ghcr.io/devcontainers/features/docker-in-docker:2" in body["features"]


def test_apps_beside_each_other_are_set_up_side_by_side(tmp_path: Path) -> None:
    tree = {
        "client/package.json": WEB,
        "server/requirements.txt": "flask\n",
        "server/app.py": "app = Flask(__name__)\n",
    }
    body, _ = devcontainer(tmp_path, tree)
    assert body["postCreateCommand"] == {
        "client: Node": "cd client && npm install",
        "server: Python": "cd server && pip install -r requirements.txt",
    }


def test_unknown_facts_are_comments_in_json_too(tmp_path: Path) -> None:
    result = generate(make(tmp_path, {"Gemfile": ""}), "devcontainer")
    assert result.files[0].content.startswith("// Unknown: How the project is started")


def test_services_of_automations_wait_for_the_set_up(tmp_path: Path) -> None:
    made = document(tmp_path, {"package.json": WEB, "compose.yml": DATABASE}, "automations")
    assert made["tasks"]["node-setup"]["triggeredBy"] == ["postDevcontainerStart", "prebuild"]
    assert made["tasks"]["node-setup"]["command"] == "npm install &&\ntouch /tmp/node.ready\n"
    assert made["services"]["node"]["commands"]["start"].endswith("npm run dev\n")
    assert "/tmp/node.ready" in made["services"]["node"]["commands"]["start"]
    assert made["tasks"]["services"]["command"] == "docker compose up -d db"


def test_a_workflow_sets_up_installs_and_checks(tmp_path: Path) -> None:
    made = document(tmp_path, {"package.json": WEB, ".nvmrc": "20\n", "compose.yml": DATABASE}, "workflow")
    job = made["jobs"]["test"]
    assert [step.get("run") for step in job["steps"][2:]] == ["npm install", "npm run lint", "npm test"]
    assert job["steps"][1] == {"uses": "actions/setup-node@v4", "with": {"node-version-file": ".nvmrc"}}
    assert job["services"]["db"] == {
        "image": "postgres:16",
        "env": {"POSTGRES_PASSWORD": "dev"},
        "ports": ["5432:5432"],
    }
    assert "on" in made


def test_a_project_that_ci_tests_already_gets_no_second_workflow(tmp_path: Path) -> None:
    own = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n"
    result = generate(make(tmp_path, {"package.json": WEB, ".github/workflows/test.yml": own}), "workflow")
    assert result.files == ()
    assert "already runs every check" in result.problems[-1]


@pytest.mark.parametrize(
    ("target", "path", "text", "message"),
    [
        ("devcontainer", ".devcontainer/devcontainer.json", '{"image": "x", "forwardPort": [1]}', "forwardPort"),
        ("devcontainer", ".devcontainer/devcontainer.json", '{"dockerComposeFile": "c.yml"}', "service"),
        ("devcontainer", ".devcontainer/devcontainer.json", '{"build": {"dockerfile": "Gone"}}', ".devcontainer/Gone"),
        ("devcontainer", ".devcontainer/devcontainer.json", '{"image": "x", "postCreateCommand": "npm run gone"}', "gone"),
        ("devcontainer", ".devcontainer/devcontainer.json", '{"image": "x", "postStartCommand": ["npm", "run", "dev"]}', "does not exit"),
        ("devcontainer", ".devcontainer/devcontainer.json", '{"dockerComposeFile": "../compose.yml", "service": "gone", "workspaceFolder": "/w"}', "no service gone"),
        ("devcontainer", ".devcontainer/devcontainer.json", '{"image": "x",}', "not valid JSON"),
        ("automations", ".ona/automations.yaml", "tasks:\n  a:\n    name: a\n", "command"),
        ("automations", ".ona/automations.yaml", "tasks:\n  a:\n    name: a\n    command: nvm install\n", "interactive shells"),
        ("automations", ".ona/automations.yaml", "tasks:\n  a:\n    name: a\n    command: make gone\n", "target gone"),
        ("automations", ".ona/automations.yaml", "tasks:\n  a:\n    name: a\n    command: ls\n    dependsOn: [b]\n", "no task b"),
        ("automations", ".ona/automations.yaml", "services:\n  a b:\n    name: a\n    commands: {start: ls}\n", "a b"),
        ("workflow", ".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm run gone\n", "gone"),
        ("workflow", ".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    steps: []\n", "jobs.a requires one of: runs-on and steps, uses."),
        ("workflow", ".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n      - uses: a/setup-x@v1\n        with: {node-version-file: gone}\n", "file gone"),
    ],
)  # fmt: skip
def test_each_format_is_checked_against_its_schema_and_the_repository(
    tmp_path: Path, target: str, path: str, text: str, message: str
) -> None:
    make(tmp_path, {"package.json": WEB, "compose.yml": DATABASE, "Makefile": "all:\n\ttrue\n"})
    problems = validate([ConfigFile(path, text)], Repository(tmp_path), target)
    assert any(message in problem.message for problem in problems)


@pytest.mark.parametrize("target", TARGET_NAMES)
def test_every_line_with_a_fact_names_its_evidence(tmp_path: Path, target: str) -> None:
    result = generate(make(tmp_path, {"package.json": WEB, ".nvmrc": "20\n"}), target)
    explained = {line.text: {item.path for item in line.evidence} for line in result.lines}
    factual = [text for text in explained if "npm" in text or "5173" in text]
    assert factual
    assert all(explained[text] == {"package.json"} for text in factual)
    for line in result.lines:
        text = next(file.content for file in result.files if file.path == line.path).split("\n")[
            line.line - 1
        ]
        assert text.strip() == line.text
    shape = json.loads(json.dumps(result.to_json()))["lines"][0]
    assert set(shape) == {"path", "line", "text", "because"}


def test_all_targets_come_from_one_study(tmp_path: Path) -> None:
    made = generate_all(make(tmp_path, {"package.json": WEB}))
    assert [config.target for config in made] == list(TARGET_NAMES)
    assert len({config.evidence for config in made}) == 1
    assert all(config.files for config in made)


def test_a_new_target_is_a_module_beside_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = (
        "from fieldguide_server.configgen.reading.document import Syntax\n"
        "from fieldguide_server.configgen.targets.base import Target, UpdatedText\n"
        "from fieldguide_server.configgen.types import ConfigFile, Problem\n"
        "def render(environment, repo):\n"
        "    return (ConfigFile('.envfile.yml', f'start: {environment.tasks[0].start[0]}\\n'),)\n"
        "def names(document, context):\n"
        "    return [Problem('No start.')] if 'start' not in document else []\n"
        "TARGET = Target('envfile', Syntax.YAML, render, lambda _: (), names, lambda text, *_: UpdatedText(text))\n"
    )
    schema = {
        "fileMatch": [".envfile.yml"],
        "additionalProperties": False,
        "properties": {"start": {"type": "string"}},
    }
    make(tmp_path / "new", {"envfile.py": module, "envfile.schema.json": json.dumps(schema)})
    monkeypatch.setattr(targets, "__path__", [*targets.__path__, str(tmp_path / "new")])
    monkeypatch.setattr(formats_module, "schema_folder", lambda: tmp_path / "new")
    formats_module.formats.cache_clear()
    try:
        root = make(tmp_path / "app", {"package.json": WEB})
        assert [(file.path, file.content) for file in generate(root, "envfile").files] == [
            (".envfile.yml", "start: npm run dev\n")
        ]
        (found,) = inspect(root, ".envfile.yml", "stat: x\nstart: x\n").diagnostics
        assert found.message == "Unknown key stat."
    finally:
        monkeypatch.undo()
        formats_module.formats.cache_clear()


def strings(file: Path) -> str:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return "\n".join(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_no_module_outside_the_targets_lists_them() -> None:
    """A module may name one as its default, but a new target needs no change in it."""
    package = Path(fieldguide_server.__file__).parent
    own = Path(targets.__file__).parent
    lists = {}
    for file in package.rglob("*.py"):
        if own not in file.parents:
            text = strings(file)
            lists[str(file.relative_to(package))] = [
                name for name in TARGET_NAMES if re.search(rf"\b{name}\b", text)
            ]
    assert {name: found for name, found in lists.items() if len(found) > 1} == {}


def test_the_shell_and_the_protocol_have_the_same_default_target() -> None:
    parsed = build_parser().parse_args(["generate-config"])
    assert parsed.target == GenerateConfigParams().target == DEFAULT_TARGET


def test_a_workflow_mentions_no_unknown_port_and_runs_on_pushes(tmp_path: Path) -> None:
    tree = {"package.json": '{"scripts": {"start": "node tell.js", "test": "node --test"}}', "tell.js": ""}
    gitpod, workflow = (
        generate(make(tmp_path, tree), name).files[0].content for name in ("gitpod", "workflow")
    )
    assert "Which port" in gitpod
    assert "Which port" not in workflow
    assert "\non:\n  - push\n  - pull_request\n" in workflow


def test_a_workflow_has_no_aliases(tmp_path: Path) -> None:
    # Two folders with checks of their own are two jobs, and both begin with the same step.
    tree = {"web/package.json": WEB, "api/package.json": WEB}
    made = generate(make(tmp_path, tree), "workflow").files[0].content
    assert made.count("actions/checkout@v4") == 2
    assert not re.search(r"[&*]id\d", made)


def test_automations_call_no_function_of_an_interactive_shell(tmp_path: Path) -> None:
    tree = {"package.json": WEB, ".nvmrc": "20\n"}
    assert "nvm install" not in generate(make(tmp_path, tree), "automations").files[0].content


def test_an_automation_that_only_sets_up_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "x"\n', encoding="utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("", encoding="utf-8")
    content = generate(tmp_path, "automations").files[0].content
    assert "  setup:\n    name: Setup\n" in content
