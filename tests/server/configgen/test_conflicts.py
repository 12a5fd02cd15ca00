"""Evidence that disagrees with itself is shown, with the line of either side; evidence that merely varies is not."""

import json
from pathlib import Path

import pytest

from fieldguide_server.configgen import generate

VITE = json.dumps({"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}})


def problems(root: Path, tree: dict[str, str]) -> tuple[str, ...]:
    for name, content in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return generate(root).problems


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (
            {"package.json": VITE, "pnpm-lock.yaml": "", "yarn.lock": ""},
            "pnpm (pnpm-lock.yaml:1) was chosen as the package manager, although yarn.lock:1 belongs to yarn.",
        ),
        (
            {"package.json": VITE, ".nvmrc": "18\n", "Dockerfile": "FROM node:20-alpine\n"},
            ".nvmrc:1 requires node 18, but Dockerfile:1 requires 20.",
        ),
        (
            {"requirements.txt": "", ".python-version": "3.9\n", "pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'},
            ".python-version:1 requires python 3.9, but pyproject.toml:2 requires >=3.11.",
        ),
        (
            {"package.json": VITE, "vite.config.ts": "server: { port: 4000 }", ".env.example": "PORT=4100\n"},
            "Port 4000 (vite.config.ts:1) was chosen, although .env.example:1 specifies 4100.",
        ),
    ],
)  # fmt: skip
def test_both_sides_of_a_disagreement_are_named(tmp_path: Path, tree: dict[str, str], sentence: str) -> None:
    assert problems(tmp_path, tree) == (sentence,)


@pytest.mark.parametrize(
    "tree",
    [
        {"package.json": VITE, ".nvmrc": "v20.11.0\n", "Dockerfile": "FROM node:20\n"},
        {"package.json": VITE[:-1] + ', "engines": {"node": ">=18"}}', ".nvmrc": "20\n"},
        {"package.json": VITE, "vite.config.ts": "server: { port: 4000 }"},
        {"go.mod": "module x\n\ngo 1.21\n", ".tool-versions": "golang 1.23.1\n"},
        {"go.work": "go 1.21\n", ".tool-versions": "golang 1.23.1\n", "start.sh": ""},
        {"Cargo.toml": '[package]\nname = "x"\nrust-version = "1.70"\n', "rust-toolchain": "1.80\n"},
        {"pom.xml": "<maven.compiler.release>8</maven.compiler.release>", "Dockerfile": "FROM openjdk:21\n"},
        {"package.json": VITE, "yarn.lock": ""},
    ],
)
def test_what_can_be_true_together_is_no_disagreement(tmp_path: Path, tree: dict[str, str]) -> None:
    assert problems(tmp_path, tree) == ()


def test_sources_that_agree_raise_each_other(tmp_path: Path) -> None:
    problems(
        tmp_path,
        {"package.json": VITE, "vite.config.ts": "server: { port: 4000 }", ".env.example": "PORT=4000\n"},
    )
    (port,) = [item for item in generate(tmp_path).evidence if item.key == "port"]
    assert port.value == "4000"
    assert port.confidence > 0.95
