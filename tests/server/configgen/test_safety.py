"""Untrusted repositories: nothing is invented, every name exists, and no input raises an error."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from fieldguide_server.configgen import TARGET_NAMES, ConfigError, generate
from fieldguide_server.configgen.plan.repair import repair
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.yaml import YamlError, read_yaml
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.validation import validate
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Port, Task


def offered(text: str) -> list[ConfigFile]:
    return [ConfigFile(".gitpod.yml", text)]


def problems_of(root: Path, text: str) -> list[str]:
    return [problem.message for problem in validate(offered(text), Repository(root), "gitpod")]


@pytest.mark.parametrize("target", TARGET_NAMES)
def test_an_empty_repository_gives_no_file_and_one_sentence_why(tmp_path: Path, target: str) -> None:
    result = generate(tmp_path, target)
    assert result.files == ()
    assert result.problems == (
        "No file was generated: the repository does not show how the project is set up or run.",
    )
    assert len(result.unknown) == 2
    assert result.evidence == ()


def test_unknown_facts_are_comments_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "Gemfile").write_text("", encoding="utf-8")
    result = generate(tmp_path)
    assert result.unknown
    assert all(f"# Unknown: {sentence}" in result.files[0].content for sentence in result.unknown)


def test_the_json_has_the_documented_keys(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n", encoding="utf-8")
    shape = json.loads(json.dumps(generate(tmp_path).to_json()))
    assert {"target", "files", "evidence", "unknown", "problems"} <= set(shape)
    assert set(shape["files"][0]) == {"path", "content"}
    assert {"key", "value", "path", "line", "confidence"} <= set(shape["evidence"][0])


@pytest.mark.parametrize(
    "name", ["package.json", "pyproject.toml", "composer.json", "docker-compose.yml", "Cargo.toml"]
)
@pytest.mark.parametrize(
    "content", ["{", "[" * 100_000, "\x00\xff", "a: &a [*a]", "null", "[1, 2]", '{"scripts": 3}']
)
def test_a_manifest_of_rubbish_is_a_problem_and_not_an_exception(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    for target in TARGET_NAMES:
        result = generate(tmp_path, target)
        assert validate(result.files, Repository(tmp_path), target) == []


def test_a_manifest_that_does_not_parse_is_named(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{", encoding="utf-8")
    assert any(problem.startswith("package.json") for problem in generate(tmp_path).problems)


def test_a_file_beyond_the_size_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"x": "y" * 1_100_000}), encoding="utf-8")
    assert any("larger" in problem for problem in generate(tmp_path).problems)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    assert "package.json" not in Repository(tmp_path).files


def test_patterns_start_on_the_line_that_they_match(tmp_path: Path) -> None:
    """Blank lines before it are not part of a statement: neither its place nor the time to find it depends on them."""
    (tmp_path / "config").mkdir()
    (tmp_path / "Gemfile").write_text("\n" * 200_000 + "gem 'rails'\n", encoding="utf-8")
    (tmp_path / "config" / "database.yml").write_text("x:\n\n\n  adapter: mysql2\n", encoding="utf-8")
    found = {item.value: item.line for item in generate(tmp_path).evidence}
    assert found["mysql"] == 4
    assert found["bundle exec rails server -b 0.0.0.0"] == 200_001


def test_a_script_with_a_long_number_is_read_in_linear_time(tmp_path: Path) -> None:
    """Matching again from each digit would take quadratic time."""
    scripts = {"dev": "vite " + "0" * 50_000}
    (tmp_path / "package.json").write_text(json.dumps({"scripts": scripts}), encoding="utf-8")
    assert any(item.value == "npm run dev" for item in generate(tmp_path).evidence)


def test_yaml_that_doubles_at_every_line_is_refused() -> None:
    doubling = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    with pytest.raises(YamlError, match="too many nodes"):
        read_yaml(doubling)


def calls_of(work: Callable[[], object]) -> int:
    """The number of Python functions that are called."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deeply_nested_yaml_is_refused_before_the_rest_is_read(opening: str) -> None:
    def read(depth: int) -> None:
        # What follows is not YAML either, but it is never reached.
        with pytest.raises(YamlError, match="nested too deeply") as refusal:
            read_yaml("# start\n" + opening * depth + "\n@")
        assert refusal.value.line == 2

    read(100)
    assert calls_of(lambda: read(10_000)) == calls_of(lambda: read(100))


def test_yaml_of_ordinary_depth_is_read() -> None:
    assert read_yaml("[" * 40 + "]" * 40).value != []


def test_merge_keys_are_read_and_lines_kept() -> None:
    document = read_yaml("base: &base\n  image: redis\ncache:\n  <<: *base\n  ports: [1]\n")
    assert document.value == {"base": {"image": "redis"}, "cache": {"image": "redis", "ports": ["1"]}}
    assert document.line("cache", "ports") == 5


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_out_of_the_repository_are_not_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "package.json").write_text('{"scripts": {"dev": "vite"}}', encoding="utf-8")
    (inside / "app").symlink_to(outside, target_is_directory=True)
    (inside / "package.json").symlink_to(outside / "package.json")
    assert generate(inside).evidence == ()


@pytest.mark.parametrize("name", ["dev; curl evil", "$(touch x)", "--help", "dev\nrm -rf", "`id`"])
def test_a_script_name_with_shell_syntax_is_left_out(tmp_path: Path, name: str) -> None:
    manifest = {"scripts": {name: "vite", "start": "vite"}, "workspaces": [name]}
    (tmp_path / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    content = generate(tmp_path).files[0].content
    assert name not in content
    assert "npm start" in content


@pytest.mark.skipif(sys.platform == "win32", reason="such names do not exist there")
def test_a_folder_that_needs_quotes_gets_them(tmp_path: Path) -> None:
    folder = tmp_path / "my app; ls"
    folder.mkdir()
    (folder / "package.json").write_text('{"scripts": {"dev": "vite"}}', encoding="utf-8")
    content = generate(tmp_path).files[0].content
    assert "cd 'my app; ls'" in content
    assert problems_of(tmp_path, content) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("invented: 1\n", "invented"),
        ("ports:\n  - port: '3000'\n", "3000"),
        ("tasks:\n  - command: cd missing && ls\n", "folder missing"),
        ("tasks:\n  - command: npm run gone\n", "package script gone"),
        ("tasks:\n  - command: make gone\n", "make target gone"),
        ("tasks:\n  - command: python gone.py\n", "gone.py"),
        ("tasks:\n  - command: pip install -r gone.txt\n", "gone.txt"),
        ("tasks:\n  - command: docker compose up -d gone\n", "no service gone"),
        ("tasks:\n  - command: docker compose -f gone.yml up\n", "gone.yml"),
        ("tasks:\n  - command: ./gone.sh\n", "gone.sh"),
        ("tasks:\n  - command: cargo build\n", "Cargo.toml"),
        ("tasks:\n  - command: uvicorn gone:app\n", "no module gone"),
        ("tasks:\n  - command: echo 'open\n", "cannot parse"),
        ("tasks:\n  - init: npm run dev\n", "does not exit"),
        ("tasks:\n  - init: python app.py runserver\n", "does not exit"),
        ("tasks:\n  - init: cd sub\n    command: npm run dev\n", "does not start in the folder"),
        ("image:\n  file: gone.Dockerfile\n", "gone.Dockerfile"),
        ("tasks: [\n", "not valid YAML"),
    ],
)
def test_each_check_names_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "app.py").write_text("", encoding="utf-8")
    (tmp_path / "package.json").write_text('{"scripts": {"dev": "vite"}}', encoding="utf-8")
    (tmp_path / "Makefile").write_text("all:\n\ttrue\n", encoding="utf-8")
    (tmp_path / "compose.yml").write_text("services:\n  db:\n    image: redis\n", encoding="utf-8")
    assert any(message in problem for problem in problems_of(tmp_path, text))


def test_names_that_exist_pass_every_check(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "package.json").write_text('{"scripts": {"dev": "vite"}}', encoding="utf-8")
    (tmp_path / ".env.example").write_text("", encoding="utf-8")
    text = (
        "tasks:\n"
        "  - before: cd web\n    init: npm install\n    command: npm run dev\n"
        "  - init: |\n      cp .env.example .env\n      (cd web && npm install)\n      mkdir -p data && cd data && ls\n"
        "    command: cd web && npm run dev\n"
    )
    assert problems_of(tmp_path, text) == []


def test_refused_commands_are_removed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"dev": "vite"}}', encoding="utf-8")
    tasks = (
        Task("app", setup=("npm install", "npm run gone"), start=("npm run dev",)),
        Task("lost", "lost", start=("ls",)),
    )
    environment = DevEnvironment(tasks, (Port(5173, "web", "preview", "package.json:1", ("npm run dev",)),))
    repo = Repository(tmp_path)
    repaired, reasons = repair(environment, repo)
    files = TARGETS["gitpod"].render(repaired, repo)
    assert validate(files, repo, "gitpod") == []
    assert "npm run dev" in files[0].content
    assert "gone" not in files[0].content
    assert "lost" not in files[0].content
    assert [reason.partition(":")[0] for reason in reasons] == [
        "Left out `npm run gone`",
        "Left out `cd lost`",
    ]


def test_a_port_is_removed_with_the_last_command_that_listens_on_it(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"dev": "vite"}}', encoding="utf-8")
    tasks = (Task("web", start=("npm run gone",)), Task("api", start=("npm run dev",)))
    ports = (
        Port(3000, "web", "preview", "package.json:1", ("npm run gone",)),
        Port(5173, "api", "notify", "package.json:1", ("npm run gone", "npm run dev")),
    )
    repaired, _ = repair(DevEnvironment(tasks, ports), Repository(tmp_path))
    assert [port.number for port in repaired.ports] == [5173]


def test_no_task_waits_for_a_removed_one(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("run:\n\ttrue\n", encoding="utf-8")
    tasks = (
        Task("first", "lost", setup=("ls",), signal="ready"),
        Task("second", start=("make run",), after="ready"),
    )
    repaired, _ = repair(DevEnvironment(tasks), Repository(tmp_path))
    assert [task.after for task in repaired.tasks] == [""]


def test_a_command_in_a_guide_is_not_offered_when_a_shell_would_expand_it(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("```\nphp -S 0.0.0.0:8000 $(touch x)\n```\n", encoding="utf-8")
    assert generate(tmp_path).files == ()


def test_an_unknown_target_and_a_missing_folder_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no target"):
        generate(tmp_path, target="nowhere")
    with pytest.raises(ConfigError, match="cannot be read"):
        generate(tmp_path / "missing")
    assert tuple(TARGETS) == TARGET_NAMES


def test_a_folder_of_the_project_is_not_taken_for_a_cache(tmp_path: Path) -> None:
    for folder in ("store", ".pnpm-store", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "package.json").write_text("{}", encoding="utf-8")
    assert Repository(tmp_path).files == {"store/package.json"}
