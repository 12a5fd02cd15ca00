"""Versions: each file that requires one is read, with its line and confidence."""

import json
from pathlib import Path

import pytest

from fieldguide_server.configgen import Evidence, Key, generate
from tests.fakes.repository import make

WORKFLOW = ".github/workflows/ci.yml"


def versions(root: Path, path: str, content: str) -> list[Evidence]:
    made = make(root, {"start.sh": "", path: content})
    return [item for item in generate(made).evidence if item.key == Key.VERSION]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("package.json", '{\n"engines": {\n"node": ">=18"}}', ("node", ">=18", 3, 0.8)),
        ("package.json", '{\n"volta": {\n"node": "18.1.0"}}', ("node", "18.1.0", 3, 0.95)),
        (".python-version", "# c\n3.12.1\n", ("python", "3.12.1", 2, 0.95)),
        ("runtime.txt", "python-3.11.4\n", ("python", "3.11.4", 1, 0.95)),
        ("pyproject.toml", '[project]\nname="a"\nrequires-python = ">=3.10"\n', ("python", ">=3.10", 3, 0.95)),
        ("pyproject.toml", '[tool.poetry]\nname="a"\n[tool.poetry.dependencies]\npython = "^3.9"\n', ("python", "^3.9", 4, 0.95)),
        ("setup.py", 'setup(\n python_requires=">=3.7",\n)', ("python", ">=3.7", 2, 0.8)),
        ("setup.cfg", "[options]\npython_requires = >=3.7\n", ("python", ">=3.7", 2, 0.8)),
        ("Pipfile", '[packages]\n[requires]\npython_version = "3.11"\n', ("python", "3.11", 3, 0.95)),
        ("environment.yml", "name: x\ndependencies:\n  - numpy\n  - python=3.10\n", ("python", "3.10", 4, 0.95)),
        ("pixi.toml", '[dependencies]\npython = "3.12.*"\n', ("python", "3.12.*", 2, 0.95)),
        ("go.mod", "module x\n\ngo 1.22\n", ("go", "1.22", 3, 0.95)),
        ("go.mod", "module x\n\ngo 1.21\n\ntoolchain go1.22.3\n", ("go", "1.22.3", 5, 0.95)),
        ("go.work", "go 1.22\n\nuse ./a\n", ("go", "1.22", 1, 0.95)),
        ("rust-toolchain.toml", '[toolchain]\nchannel = "1.75.0"\n', ("rust", "1.75.0", 2, 0.95)),
        ("rust-toolchain", "nightly-2024-01-01\n", ("rust", "nightly-2024-01-01", 1, 0.95)),
        ("Cargo.toml", '[package]\nname="a"\nrust-version = "1.70"\n', ("rust", ">=1.70", 3, 0.8)),
        (".tool-versions", "# c\nruby 3.3.0\n", ("ruby", "3.3.0", 2, 0.95)),
        ("mise.toml", '[tools]\nnode = "22"\n', ("node", "22", 2, 0.95)),
        (".ruby-version", "ruby-3.2.2\n", ("ruby", "3.2.2", 1, 0.95)),
        ("Gemfile", "source 'x'\nruby '3.1.0'\n", ("ruby", "3.1.0", 2, 0.95)),
        ("Gemfile.lock", "RUBY VERSION\n   ruby 3.3.1p55\n", ("ruby", "3.3.1", 2, 0.8)),
        (".java-version", "17\n", ("java", "17", 1, 0.95)),
        (".sdkmanrc", "# x\njava=21.0.2-tem\n", ("java", "21.0.2", 2, 0.95)),
        ("system.properties", "java.runtime.version=17\n", ("java", "17", 1, 0.95)),
        ("pom.xml", "<project>\n<configuration><release>21</release></configuration></project>", ("java", "21", 2, 0.6)),
        ("build.gradle.kts", "java {\n toolchain {\n  languageVersion = JavaLanguageVersion.of(17)\n }}", ("java", "17", 3, 0.95)),
        ("build.gradle.kts", "kotlin {\n jvmToolchain(17)\n}", ("java", "17", 2, 0.95)),
        ("build.gradle", "\nsourceCompatibility = JavaVersion.VERSION_11\n", ("java", "11", 2, 0.6)),
        ("global.json", '{"sdk": {\n"version": "8.0.100"}}', ("dotnet", "8.0.100", 2, 0.95)),
        ("a.csproj", "<Project>\n<TargetFramework>net8.0</TargetFramework>", ("dotnet", "8.0", 2, 0.95)),
        ("composer.json", '{"require": {\n"php": "^8.2"}}', ("php", "^8.2", 2, 0.95)),
        ("composer.json", '{"config": {"platform": {\n"php": "8.1.0"}}}', ("php", "8.1.0", 2, 0.95)),
        (".php-version", "8.3\n", ("php", "8.3", 1, 0.95)),
        ("pubspec.yaml", 'name: a\nenvironment:\n  sdk: ">=3.0.0"\n', ("dart", ">=3.0.0", 3, 0.95)),
        ("Project.toml", 'name="A"\n[compat]\njulia = "1.9"\n', ("julia", "1.9", 3, 0.95)),
        ("renv.lock", '{\n"R": {\n"Version": "4.3.1"}}', ("r", "4.3.1", 3, 0.8)),
        ("DESCRIPTION", "Package: a\nDepends: R (>= 4.1)\n", ("r", ">=4.1", 2, 0.95)),
        (".swift-version", "5.9\n", ("swift", "5.9", 1, 0.95)),
        ("Package.swift", "// swift-tools-version:5.8\n", ("swift", ">=5.8", 1, 0.95)),
        ("stack.yaml", "flags: {}\nresolver: lts-22.1\n", ("haskell", "lts-22.1", 2, 0.95)),
        ("cabal.project", "packages: .\nwith-compiler: ghc-9.4.7\n", ("haskell", "9.4.7", 2, 0.95)),
        ("build.sbt", '\nscalaVersion := "3.3.1"\n', ("scala", "3.3.1", 2, 0.95)),
        ("build.sbt", '\nThisBuild / scalaVersion := "3.3.1"\n', ("scala", "3.3.1", 2, 0.95)),
        ("mix.exs", 'def project do\n[\nelixir: "~> 1.14"]\n', ("elixir", "~> 1.14", 3, 0.95)),
        ("gleam.toml", 'name = "a"\ngleam = ">= 1.0.0"\n', ("gleam", ">= 1.0.0", 2, 0.95)),
        ("shard.yml", 'name: a\ncrystal: ">= 1.9"\n', ("crystal", ">= 1.9", 2, 0.95)),
        ("build.zig.zon", '.{\n.minimum_zig_version = "0.12.0",\n}', ("zig", ">=0.12.0", 2, 0.95)),
        (".dvmrc", "1.40.0\n", ("deno", "1.40.0", 1, 0.95)),
        ("netlify.toml", '[build]\n[build.environment]\nHUGO_VERSION = "0.120.0"\n', ("hugo", "0.120.0", 3, 0.8)),
        ("Dockerfile", "FROM ruby:3.3-slim\n", ("ruby", "3.3", 1, 0.6)),
        ("Dockerfile", "ARG PY=3.12\n\nFROM docker.io/library/python:${PY}-slim AS base\n", ("python", "3.12", 3, 0.6)),
        ("Dockerfile", "FROM --platform=linux/amd64 mcr.microsoft.com/dotnet/sdk:8.0 AS build\n", ("dotnet", "8.0", 1, 0.6)),
        ("Dockerfile", "FROM x\nFROM maven:3.9-eclipse-temurin-21-alpine\n", ("java", "21", 2, 0.6)),
        ("Dockerfile", "FROM gradle:8.5-jdk17\n", ("java", "17", 1, 0.6)),
        ("Dockerfile", "FROM rocker/r-ver:4.3.1\n", ("r", "4.3.1", 1, 0.6)),
        ("Dockerfile", "FROM denoland/deno:alpine-1.40.2\n", ("deno", "1.40.2", 1, 0.6)),
    ],
)  # fmt: skip
def test_a_file_that_requires_a_version_is_its_evidence(
    tmp_path: Path, path: str, content: str, expected: tuple[str, str, int, float]
) -> None:
    found = versions(tmp_path, path, content)
    assert (path, *expected) in [(e.path, e.stack, e.value, e.line, e.confidence) for e in found]


@pytest.mark.parametrize(
    ("action", "given", "stack", "version", "line"),
    [
        ("actions/setup-node@v4", "node-version: 20", "node", "20", 6),
        ("actions/setup-python@v5", 'python-version: "3.12"', "python", "3.12", 6),
        ("astral-sh/setup-uv@v5", 'python-version: "3.12"', "python", "3.12", 6),
        ("actions/setup-java@v4", "java-version: 21", "java", "21", 6),
        ("ruby/setup-ruby@v1", "ruby-version: '3.3'", "ruby", "3.3", 6),
        ("shivammathur/setup-php@v2", "php-version: '8.3'", "php", "8.3", 6),
        ("actions/setup-dotnet@v4", "dotnet-version: 8.0.x", "dotnet", "8.0.x", 6),
        ("erlef/setup-beam@v1", "elixir-version: '1.16'", "elixir", "1.16", 6),
        ("dtolnay/rust-toolchain@master", "toolchain: 1.75", "rust", "1.75", 6),
        ("dtolnay/rust-toolchain@1.75", "", "rust", "1.75", 4),
        ("julia-actions/setup-julia@v2", "version: '1.10'", "julia", "1.10", 6),
        ("r-lib/actions/setup-r@v2", "r-version: '4.3'", "r", "4.3", 6),
        ("swift-actions/setup-swift@v2", "swift-version: '5.9'", "swift", "5.9", 6),
        ("dart-lang/setup-dart@v1", "sdk: '3.3.0'", "dart", "3.3.0", 6),
        ("haskell-actions/setup@v2", "ghc-version: '9.4'", "haskell", "9.4", 6),
        ("denoland/setup-deno@v1", "deno-version: 1.40", "deno", "1.40", 6),
        ("oven-sh/setup-bun@v1", "bun-version: 1.1.0", "bun", "1.1.0", 6),
        ("peaceiris/actions-hugo@v2", "hugo-version: '0.120.0'", "hugo", "0.120.0", 6),
        ("mlugg/setup-zig@v1", "version: 0.12.0", "zig", "0.12.0", 6),
    ],
)  # fmt: skip
def test_the_version_that_ci_sets_up_is_evidence(
    tmp_path: Path, action: str, given: str, stack: str, version: str, line: int
) -> None:
    inputs = f"        with:\n          {given}\n" if given else ""
    workflow = f"jobs:\n  a:\n    steps:\n      - uses: {action}\n{inputs}"
    (found,) = versions(tmp_path, WORKFLOW, workflow)
    assert (found.stack, found.value, found.line, found.confidence) == (stack, version, line, 0.7)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".python-version", "# nothing yet\n"),
        ("Dockerfile", "FROM node:$UNSET\nFROM node-exporter:1.2\nFROM python:latest\n"),
        ("environment.yml", "dependencies:\n  - python-dateutil=2.9\n"),
        ("go.mod", "module x\n\n// go 1.22\n"),
        ("build.gradle", "dependencies { implementation 'a:b:17' }\n"),
        ("rust-toolchain.toml", "[toolchain]\ncomponents = ['clippy']\n"),
        ("pyproject.toml", "[project]\nrequires-python = 3\n"),
        (WORKFLOW, "jobs:\n  a:\n    steps:\n      - uses: dtolnay/rust-toolchain@stable\n"),
        (WORKFLOW, "jobs:\n  a:\n    steps:\n      - uses: actions/setup-node@v4\n        with: {node-version: '${{ matrix.node }}'}\n"),
    ],
)  # fmt: skip
def test_other_values_are_not_taken_for_versions(tmp_path: Path, path: str, content: str) -> None:
    assert versions(tmp_path, path, content) == []


def test_the_tool_chain_of_a_module_is_preferred_to_its_lowest_version(tmp_path: Path) -> None:
    versions(tmp_path, "go.mod", "module x\n\ngo 1.21\n\ntoolchain go1.22.3\n")
    (file,) = generate(tmp_path, "devcontainer").files
    features = json.loads(file.content.partition("\n")[2] if file.content.startswith("//") else file.content)
    assert features["features"]["ghcr.io/devcontainers/features/go:1"] == {"version": "1.22.3"}


def test_a_lowest_version_allows_the_newest(tmp_path: Path) -> None:
    versions(tmp_path, "Cargo.toml", '[package]\nname = "a"\nrust-version = "1.70"\n')
    assert (
        '"ghcr.io/devcontainers/features/rust:1": {}' in generate(tmp_path, "devcontainer").files[0].content
    )


def test_the_version_of_ci_is_preferred_to_the_one_to_compile_for(tmp_path: Path) -> None:
    pom = "<project><maven.compiler.release>8</maven.compiler.release></project>"
    (tmp_path / "pom.xml").write_text(pom, encoding="utf-8")
    step = "      - uses: actions/setup-java@v4\n        with:\n          java-version: 21\n"
    versions(tmp_path, WORKFLOW, f"jobs:\n  a:\n    steps:\n{step}")
    assert '"version": "21"' in generate(tmp_path, "devcontainer").files[0].content
    assert generate(tmp_path).problems == ()
