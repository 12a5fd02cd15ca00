"""Python projects: their package managers, and the programs that developers start."""

from pathlib import Path

import pytest

from fieldguide_server.configgen import GeneratedConfig, Key, generate
from tests.fakes.repository import Tree, make

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def generated(root: Path, tree: Tree) -> GeneratedConfig:
    return generate(make(root, tree))


def values(result: GeneratedConfig, key: Key) -> list[str]:
    return [item.value for item in result.evidence if item.key == key]


@pytest.mark.parametrize(
    ("tree", "install"),
    [
        ({"requirements.txt": "x\n"}, "pip install -r requirements.txt"),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, "pip install -e ."),
        (
            {"pyproject.toml": "[project]\nname = 'x'\n[build-system]\nbuild-backend = 'hatchling.build'\n"},
            "pip install -e .",
        ),
        ({"pyproject.toml": "[tool.poetry.dependencies]\npython = '*'\n"}, "poetry install"),
        ({"pyproject.toml": "[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n"}, "poetry install"),
        (
            {"pyproject.toml": "[build-system]\nbuild-backend = 'pdm.backend'\n"},
            "pip install pdm && pdm install",
        ),
        ({"pyproject.toml": "[build-system]\nbuild-backend = 'uv_build'\n"}, "pip install uv && uv sync"),
        ({"pyproject.toml": "[project]\nname = 'x'\n[tool.uv]\n"}, "pip install uv && uv sync"),
        ({"pyproject.toml": "[project]\nname = 'x'\n[tool.pixi.project]\n"}, "pixi install"),
        (
            {"pyproject.toml": "[project]\nname = 'x'\n[tool.hatch.envs.default]\npython = '3.12'\n"},
            "pip install hatch && hatch env create",
        ),
        ({"Pipfile": "[packages]\n"}, "pipenv install --dev"),
        ({"environment.yml": "dependencies: []\n"}, "conda env update --name base --file environment.yml"),
    ],
)
def test_the_manager_is_the_one_that_the_manifest_is_for(tmp_path: Path, tree: Tree, install: str) -> None:
    assert values(generated(tmp_path, tree), Key.INSTALL) == [install]


@pytest.mark.parametrize(
    ("tree", "command", "port"),
    [
        ({"requirements.txt": "fastapi", "hello.py": APP}, "uvicorn hello:app --reload", "8000"),
        ({"requirements.txt": "streamlit", "ui.py": "import streamlit as st"}, "streamlit run ui.py", "8501"),
        ({"requirements.txt": "chainlit", "ui.py": "import chainlit as cl"}, "chainlit run ui.py -w", "8000"),
        ({"requirements.txt": "google-adk", "agent/agent.py": ""}, "adk web", "8000"),
        ({"requirements.txt": "reflex", "rxconfig.py": ""}, "reflex run", "3000"),
        ({"requirements.txt": "gradio", "app.py": "import gradio as gr"}, "python app.py", "7860"),
        (
            {"pyproject.toml": "[tool.poetry.dependencies]\nx = '*'\n[tool.poetry.scripts]\na = 'x:a'\nstart = 'x:b'\n"},
            "poetry run start",
            "",
        ),
    ],
)  # fmt: skip
def test_a_program_is_recognised_by_its_framework(
    tmp_path: Path, tree: Tree, command: str, port: str
) -> None:
    result = generated(tmp_path, tree)
    assert values(result, Key.START) == [command]
    assert values(result, Key.PORT) == [port] * bool(port)


@pytest.mark.parametrize(
    "tree",
    [
        {"pyproject.toml": "[project]\nname = 'x'\nscripts = {x = 'x:main'}\n"},
        {"requirements.txt": "fastapi", "test_app.py": APP},
        {"requirements.txt": "streamlit"},
    ],
)
def test_tools_tests_and_packages_alone_start_nothing(tmp_path: Path, tree: Tree) -> None:
    assert values(generated(tmp_path, tree), Key.START) == []


def test_a_helper_beside_a_program_is_not_the_program(tmp_path: Path) -> None:
    tree = {"requirements.txt": "fastapi", "main.py": "", "keep_alive.py": APP}
    assert values(generated(tmp_path, tree), Key.START) == ["python main.py"]


@pytest.mark.parametrize(
    ("path", "content", "start", "test"),
    [
        ("pyproject.toml", "[project]\nname = 'x'\n[tool.pdm.scripts]\nstart = 'x'\ntest = 'y'\n", "pdm run start", "pdm run test"),
        ("pyproject.toml", "[project]\nname = 'x'\n[tool.poe.tasks]\nserve = 'x'\ntest = 'y'\n", "poe serve", "poe test"),
        ("pyproject.toml", "[project]\nname = 'x'\n[tool.taskipy.tasks]\ndev = 'x'\ntest = 'y'\n", "task dev", "task test"),
        ("pyproject.toml", "[project]\nname = 'x'\n[tool.hatch.envs.default.scripts]\ndev = 'x'\ntest = 'y'\n", "hatch run dev", "hatch run test"),
        ("pixi.toml", "[dependencies]\nx = '*'\n[tasks]\nstart = 'x'\ntest = 'y'\n", "pixi run start", "pixi run test"),
        ("Pipfile", "[packages]\nx = '*'\n[scripts]\nserver = 'x'\ntests = 'y'\n", "pipenv run server", "pipenv run tests"),
    ],
)  # fmt: skip
def test_the_tasks_of_a_project_start_and_test_it(
    tmp_path: Path, path: str, content: str, start: str, test: str
) -> None:
    result = generated(tmp_path, {path: content})
    found = {item.key: item for item in result.evidence if item.key in {Key.START, Key.TEST}}
    assert (found[Key.START].value, found[Key.TEST].value) == (start, test)
    lines = content.split("\n")
    assert lines[found[Key.START].line - 1].startswith(start.rsplit(maxsplit=1)[-1])
    assert lines[found[Key.TEST].line - 1].startswith(test.rsplit(maxsplit=1)[-1])
    assert found[Key.START].confidence == 0.8


WORKSPACE = "[tool.uv.workspace]\nmembers = ['packages/*']\nexclude = ['packages/old']\n"


def test_a_workspace_of_uv_is_one_environment_with_its_only_program(tmp_path: Path) -> None:
    tree = {
        "pyproject.toml": WORKSPACE,
        "uv.lock": "",
        "packages/api/pyproject.toml": "[project]\nname = 'api'\ndependencies = ['fastapi']\n",
        "packages/api/main.py": APP,
        "packages/lib/pyproject.toml": "[project]\nname = 'lib'\n",
    }
    result = generated(tmp_path, tree)
    assert values(result, Key.INSTALL) == ["pip install uv && uv sync --all-packages"]
    assert values(result, Key.START) == ["uv run --directory packages/api uvicorn main:app --reload"]
    assert values(result, Key.PORT) == ["8000"]
    assert result.problems == ()


def test_a_workspace_with_several_programs_starts_none(tmp_path: Path) -> None:
    manifest = "[project]\nname = 'x'\ndependencies = ['fastapi']\n"
    members = {
        f"packages/{name}/{file}": text
        for name in "ab"
        for file, text in (("pyproject.toml", manifest), ("main.py", APP))
    }
    result = generated(tmp_path, {"pyproject.toml": WORKSPACE, "uv.lock": "", **members})
    assert values(result, Key.START) == []
