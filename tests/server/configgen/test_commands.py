"""Commands in guides, Procfiles and platforms' files: how they are read, and made to run in a new terminal."""

from pathlib import Path

import pytest

from fieldguide_server.configgen import GeneratedConfig, Key, generate
from tests.fakes.repository import Tree, make

PYPROJECT = '[project]\nname = "x"\ndependencies = ["flask"]\n'
RUN_FLASK = "Start it:\n\n```sh\n$ flask run\n```\n"


def generated(root: Path, tree: Tree) -> GeneratedConfig:
    return generate(make(root, tree))


def started(result: GeneratedConfig) -> str:
    line = next(line for line in result.lines if any(item.key == Key.START for item in line.evidence))
    return line.text.strip().removeprefix("command: ")


@pytest.mark.parametrize(
    ("tree", "command"),
    [
        ({"pyproject.toml": PYPROJECT, "uv.lock": ""}, "uv run flask run"),
        ({"pyproject.toml": PYPROJECT, "poetry.lock": ""}, "poetry run flask run"),
        ({"pyproject.toml": PYPROJECT, "pdm.lock": ""}, "pdm run flask run"),
        ({"Pipfile": "[packages]\nflask = '*'\n"}, "pipenv run flask run"),
        ({"requirements.txt": "flask\n"}, "flask run"),
    ],
)
def test_a_command_of_a_guide_runs_in_the_environment_of_the_project(
    tmp_path: Path, tree: Tree, command: str
) -> None:
    result = generated(tmp_path, {**tree, "README.md": RUN_FLASK})
    assert started(result) == command
    found = next(item for item in result.evidence if item.value == command)
    assert (found.path, found.line) == ("README.md", 4)


@pytest.mark.parametrize(
    ("command", "becomes"),
    [
        ("web: gunicorn app:app --bind :$PORT", "uv run gunicorn app:app --bind :8000"),
        ("web: DEBUG=1 python tool.py", "DEBUG=1 uv run python tool.py"),
        (
            "web: python tool.py init && gunicorn app:app",
            "uv run python tool.py init && uv run gunicorn app:app",
        ),
        ("web: uv run gunicorn app:app", "uv run gunicorn app:app"),
        ("web: bin/server", "bin/server"),
    ],
)
def test_each_program_of_a_procfile_runs_in_the_environment_of_the_project(
    tmp_path: Path, command: str, becomes: str
) -> None:
    tree = {"pyproject.toml": PYPROJECT, "uv.lock": "", "Procfile": command, "tool.py": "", "bin/server": ""}
    assert started(generated(tmp_path, tree)) == becomes


def test_programs_of_ruby_run_through_bundler(tmp_path: Path) -> None:
    tree = {"Gemfile": "gem 'puma'\n", "Procfile": "web: puma -p ${PORT:-9000}\n"}
    assert started(generated(tmp_path, tree)) == "bundle exec puma -p 9000"


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        ("app.yaml", "runtime: python312\nentrypoint: python tool.py\n", 2),
        ("render.yaml", "services:\n  - type: web\n    startCommand: python tool.py\n", 3),
        (".do/app.yaml", "services:\n- name: web\n  run_command: python tool.py\n", 3),
        (".do/deploy.template.yaml", "spec:\n  services:\n  - run_command: python tool.py\n", 3),
        ("manifest.yml", "applications:\n- name: x\n  command: python tool.py\n", 3),
        ("heroku.yml", "run:\n  web: python tool.py\n", 2),
        ("railway.toml", "[deploy]\nstartCommand = 'python tool.py'\n", 2),
        ("railway.json", '{"deploy": {\n"startCommand": "python tool.py"}}', 2),
        ("railpack.json", '{"deploy": {\n"startCommand": "python tool.py"}}', 2),
        ("nixpacks.toml", "[start]\ncmd = 'python tool.py'\n", 2),
        ("fly.toml", "[processes]\napp = 'python tool.py'\n", 2),
    ],
)
def test_the_command_that_a_hosting_platform_runs_starts_the_project(
    tmp_path: Path, path: str, content: str, line: int
) -> None:
    result = generated(tmp_path, {path: content, "tool.py": "", "requirements.txt": ""})
    found = next(item for item in result.evidence if item.key == Key.START)
    assert (found.value, found.path, found.line, found.confidence) == ("python tool.py", path, line, 0.65)
    assert started(result) == "python tool.py"


def test_the_command_of_a_platform_runs_in_the_folder_that_its_file_names(tmp_path: Path) -> None:
    tree = {
        "render.yaml": "services:\n  - type: web\n    rootDir: api\n    startCommand: python tool.py $PORT\n",
        "api/requirements.txt": "",
        "api/tool.py": "",
    }
    found = next(item for item in generated(tmp_path, tree).evidence if item.key == Key.START)
    assert (found.value, found.folder) == ("python tool.py 8000", "api")


def test_a_command_that_needs_the_platform_is_not_used(tmp_path: Path) -> None:
    tree = {"app.yaml": "entrypoint: run-it $SECRET_OF_PLATFORM\n", "requirements.txt": ""}
    assert not [item for item in generated(tmp_path, tree).evidence if item.key == Key.START]


def test_a_command_that_the_ecosystem_has_too_keeps_its_port(tmp_path: Path) -> None:
    tree = {"package.json": "{}", "app.yaml": "entrypoint: node server.js", "server.js": "app.listen(3456)\n"}
    result = generated(tmp_path, tree)
    assert started(result) == "node server.js"
    assert "port: 3456  # server.js:1" in result.files[0].content


@pytest.mark.parametrize(
    ("launched", "command"),
    [
        ('"module": "uvicorn", "args": ["web:app", "--reload"]', "uv run python -m uvicorn web:app --reload"),
        ('"module": "jobs.nightly"', "uv run python -m jobs.nightly"),
        ('"program": "${workspaceFolder}/tool.py"', "uv run python tool.py"),
        ('"type": "go", "program": "${workspaceFolder}/jobs"', "go run ./jobs"),
    ],
)
def test_a_launch_configuration_is_evidence_with_its_line(
    tmp_path: Path, launched: str, command: str
) -> None:
    launch = f'{{"configurations": [\n{{"name": "Attach", "request": "attach"}},\n{{"name": "Run", "request": "launch", {launched}}}]}}'
    tree = {"pyproject.toml": PYPROJECT, "uv.lock": "", "tool.py": "", "jobs/nightly.py": ""}
    result = generated(tmp_path, {**tree, ".vscode/launch.json": launch})
    found = next(item for item in result.evidence if item.key == Key.START and item.stack == "launch")
    assert (found.value, found.path, found.line) == (command, ".vscode/launch.json", 3)


@pytest.mark.parametrize(
    ("path", "content", "lines"),
    [
        ("Makefile", ".PHONY: dev test\nsetup:\n\tx\ndev: setup\n\ty\ntest:\n\tz\n", [2, 4, 6]),
        ("justfile", "setup:\n  x\n@dev port='1':\n  y\ntest: setup\n  z\n", [1, 3, 5]),
        ("Taskfile.yml", "tasks:\n  setup: {}\n  dev: {}\n  test: {}\n", [2, 3, 4]),
    ],
)
def test_targets_of_task_runners_are_used_by_their_names_with_their_lines(
    tmp_path: Path, path: str, content: str, lines: list[int]
) -> None:
    found = [item for item in generated(tmp_path, {path: content}).evidence if item.stack == "runner"]
    program = found[0].value.split()[0]
    assert [item.value for item in found] == [f"{program} setup", f"{program} dev", f"{program} test"]
    assert [item.key for item in found] == [Key.INSTALL, Key.START, Key.TEST]
    assert [item.line for item in found] == lines


@pytest.mark.parametrize("folder", ["dev", "start", "serve"])
def test_a_folder_named_like_a_server_can_be_entered(tmp_path: Path, folder: str) -> None:
    tree = {
        f"{folder}/compose.yml": "services:\n  app:\n    build: .\n",
        f"{folder}/Dockerfile": "FROM scratch\n",
    }
    result = generated(tmp_path, tree)
    assert f"cd {folder}" in result.files[0].content
    assert result.problems == ()


def test_a_guide_in_a_side_folder_starts_nothing(tmp_path: Path) -> None:
    tree = {"requirements.txt": "", ".devcontainer/README.md": RUN_FLASK, "examples/README.md": RUN_FLASK}
    assert not [item for item in generated(tmp_path, tree).evidence if item.key == Key.START]


@pytest.mark.parametrize(
    ("sentence", "chosen"),
    [
        ("Never run `npm run story` on a laptop.", False),
        ("You don't need to run `npm run story`.", False),
        ("Instead of `npm run story` ask a colleague.", False),
        ("Do not forget `npm run story`.", True),
        ("It is not hard: `npm run story`.", True),
    ],
)
def test_a_command_that_a_guide_advises_against_is_not_started(
    tmp_path: Path, sentence: str, chosen: bool
) -> None:
    scripts = '{"scripts": {"story": "node tell.js", "tale": "node tell.js --short"}}'
    result = generated(
        tmp_path, {"package.json": scripts, "tell.js": "", "README.md": f"# Tale\n\n{sentence}\n"}
    )
    assert ("npm run story" in result.files[0].content) is chosen


def test_a_server_does_not_start_by_the_command_that_its_users_run(tmp_path: Path) -> None:
    tree = {"pyproject.toml": '[project]\nname = "Flask"\n', "README.md": RUN_FLASK}
    assert not any(item.key is Key.START for item in generated(tmp_path, tree).evidence)


AUTOTOOLS = {
    "configure.ac": "dnl x\nAC_INIT([x], [1])\nLT_INIT\n",
    "Makefile.am": "bin_PROGRAMS = x\nTESTS = t\n",
}


def test_an_autotools_build_is_configured_first(tmp_path: Path) -> None:
    result = generated(tmp_path, AUTOTOOLS)
    found = next(item for item in result.evidence if item.key is Key.INSTALL)
    assert (found.value, found.path, found.line) == (
        "autoreconf --install && ./configure && make",
        "configure.ac",
        2,
    )
    assert f"init: {found.value}" in result.files[0].content
    assert "install-packages autoconf automake libtool" in result.files[1].content
    checks = generate(tmp_path, "workflow")
    assert "- run: make check" in checks.files[0].content
    assert checks.problems == ()


def test_a_makefile_of_the_root_is_preferred_to_a_single_package_deep_inside(tmp_path: Path) -> None:
    makefile = "all:\n\tcc -o x x.c\n"
    result = generated(tmp_path, {"Makefile": makefile, "utils/check/requirements.txt": "requests\n"})
    assert "init: make all\n" in result.files[0].content
    assert "requirements.txt" not in result.files[0].content
