"""CI systems other than GitHub's: the test commands, versions and databases in their configuration."""

from pathlib import Path

import pytest

from fieldguide_server.configgen import Key, generate
from tests.fakes.repository import Tree, make

GITLAB = """\
image: registry.test/library/python:3.12-slim
lint:
  script: ruff check .
test:
  services:
    - name: postgres:15
  script:
    - cd api
    - pytest -q
"""
CIRCLE = """\
jobs:
  build:
    docker:
      - image: cimg/go:1.22
      - image: cimg/postgres:15.0
    steps:
      - checkout
      - run:
          working_directory: api
          command: |
            go vet ./...
            go test ./...
"""
AZURE = """\
stages:
- jobs:
  - steps:
    - task: NodeTool@0
      inputs:
        versionSpec: '20.x'
    - script: npm test
"""
TRAVIS = """\
language: ruby
rvm: 3.2
services:
  - postgresql
script: bundle exec rspec
"""
Fact = tuple[str, str, str, int]


def facts(root: Path, tree: Tree) -> set[Fact]:
    keys = (Key.TEST, Key.VERSION, Key.DATABASE)
    found = [
        item
        for item in generate(make(root, tree)).evidence
        if item.key in keys and item.path not in {"Gemfile"}
    ]
    return {(str(item.key), item.value, item.folder, item.line) for item in found}


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (
            ".gitlab-ci.yml",
            GITLAB,
            {("version", "3.12", "", 1), ("database", "postgresql", "", 6), ("test", "pytest -q", "api", 9)},
        ),
        (
            ".circleci/config.yml",
            CIRCLE,
            {("version", "1.22", "", 4), ("database", "postgresql", "", 5), ("test", "go test ./...", "api", 12)},
        ),
        ("azure-pipelines.yml", AZURE, {("version", "20.x", "", 6), ("test", "npm test", "", 7)}),
        (
            ".travis.yml",
            TRAVIS,
            {("version", "3.2", "", 2), ("database", "postgresql", "", 4), ("test", "bundle exec rspec", "", 5)},
        ),
    ],
)  # fmt: skip
def test_what_another_ci_system_runs_is_evidence(
    tmp_path: Path, path: str, content: str, expected: set[Fact]
) -> None:
    assert facts(tmp_path, {path: content}) == expected


def test_a_matrix_and_a_variable_prove_nothing(tmp_path: Path) -> None:
    travis = "python:\n  - '3.8'\n  - '3.9'\nscript: pytest $FLAGS\n"
    assert facts(tmp_path, {".travis.yml": travis}) == set()


def test_other_ci_systems_are_ignored_where_there_is_a_github_workflow(tmp_path: Path) -> None:
    workflow = "jobs:\n  a:\n    steps:\n      - run: npm test\n"
    found = facts(tmp_path, {".github/workflows/a.yml": workflow, ".travis.yml": TRAVIS})
    assert found == {("test", "npm test", "", 4)}


@pytest.mark.parametrize("content", ["[]", "a: [", "jobs: 3\nsteps: {}\nservices: x\n", "script: [[1]]\n"])
def test_ci_files_of_an_unexpected_shape_are_skipped(tmp_path: Path, content: str) -> None:
    for name in (".gitlab-ci.yml", ".circleci/config.yml", "azure-pipelines.yml", ".travis.yml"):
        folder = tmp_path / name.strip("./").replace("/", "-")
        assert facts(folder, {name: content, "start.sh": ""}) == set()


def test_a_command_of_ci_that_holds_a_secret_is_left_out(tmp_path: Path) -> None:
    token = "a8Kd93jfK2ls0Zm4Qp7Xv1Rt6Yw5Ub3Ne9Hc"
    flags = (f"--key ghp_{token}", f"--db-password={token}", "-q")
    steps = "".join(f"      - run: pytest {flag}\n" for flag in flags)
    found = facts(tmp_path, {".github/workflows/t.yml": f"jobs:\n  a:\n    steps:\n{steps}"})
    assert found == {("test", "pytest -q", "", 6)}
