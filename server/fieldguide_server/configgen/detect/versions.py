"""The versions of languages that files of every ecosystem require: one row for each place, the surest first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    folder_depth,
    folder_of,
    is_side,
)
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.types import DOCUMENTED, STATED, Evidence, Key

MAX_FILES = 20
MAX_LENGTH = 40
# The version that CI runs on is more reliable than the version to compile for.
COMPILED_FOR = 0.6
LEAST = "the lowest version that it supports"


@dataclass(frozen=True, slots=True)
class VersionSource:
    """A place for a version: a file by its name, and where the version is in it.

    ``where`` is a pattern with a group for the version, or the keys that lead to it. ``is_bound``: a bare number there is
    a lower bound.
    """

    name: str
    stack: str
    where: re.Pattern[str] | tuple[str, ...]
    confidence: float = STATED
    is_bound: bool = False
    note: str = ""


def _text(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


BARE = _text(r"^[ \t]*v?(\d[\w.-]*)\s*$")
GRADLE = _text(r"(?:JavaLanguageVersion\.of\(|jvmToolchain\()\s*(\d+)")
GRADLE_TARGET = _text(
    r"(?:source|target)Compatibility\s*=?\s*(?:JavaVersion\.)?(?:VERSION_)?['\"]?(\d[\d._]*)"
)
POM = _text(r"<java\.version>\s*([\d.]{1,10})\s*<")
POM_TARGET = _text(r"<(?:maven\.compiler\.(?:release|source|target)|release)>\s*([\d.]{1,10})\s*<")
RUBY = _text(r"^[ \t]*ruby\s*\(?\s*['\"]([^'\"\n]+)")
GO = _text(r"^go (\d[\w.]*)")
GO_TOOLCHAIN = _text(r"^toolchain go(\d[\w.]*)")
CONDA = _text(r"^[ \t]*-\s*['\"]?python\s*={0,2}\s*((?:[<>~]=?\s*)?\d[\d.*]*)")

SOURCES = (
    VersionSource(".python-version", "python", _text(r"^[ \t]*(?:python-)?((?:pypy)?\d[\w.-]*)")),
    VersionSource("runtime.txt", "python", _text(r"^python-(\d[\d.]*)")),
    VersionSource("pyproject.toml", "python", ("project", "requires-python")),
    VersionSource("pyproject.toml", "python", ("tool", "poetry", "dependencies", "python")),
    VersionSource("Pipfile", "python", ("requires", "python_full_version")),
    VersionSource("Pipfile", "python", ("requires", "python_version")),
    VersionSource("pixi.toml", "python", ("dependencies", "python")),
    *(VersionSource(name, "python", CONDA) for name in ("environment.yml", "environment.yaml")),
    VersionSource("setup.cfg", "python", _text(r"^python_requires\s*=\s*(\S.*)$"), DOCUMENTED),
    VersionSource("setup.py", "python", _text(r"\bpython_requires\s*=\s*['\"]([^'\"]+)"), DOCUMENTED),
    VersionSource(".ruby-version", "ruby", _text(r"^[ \t]*(?:ruby-)?(\w[\w.-]*)")),
    *(VersionSource(name, "ruby", RUBY) for name in manifests.RUBY),
    VersionSource("Gemfile.lock", "ruby", _text(r"^RUBY VERSION\n\s+ruby (\d+\.\d+\.\d+)"), DOCUMENTED),
    *(VersionSource(name, "go", GO_TOOLCHAIN, note=LEAST) for name in manifests.GO),
    *(VersionSource(name, "go", GO, note=LEAST) for name in manifests.GO),
    VersionSource("rust-toolchain.toml", "rust", ("toolchain", "channel")),
    VersionSource("rust-toolchain", "rust", _text(r"^(?:channel\s*=\s*\")?(\w[\w.-]*)\"?\s*$")),
    VersionSource("Cargo.toml", "rust", ("package", "rust-version"), DOCUMENTED, is_bound=True),
    VersionSource("Cargo.toml", "rust", ("workspace", "package", "rust-version"), DOCUMENTED, is_bound=True),
    VersionSource(".java-version", "java", _text(r"^[ \t]*(?:[a-z]\w*-)?(\d[\d.]*)")),
    VersionSource(".sdkmanrc", "java", _text(r"^[ \t]*java\s*=\s*(\d[\d.]*)")),
    VersionSource("system.properties", "java", _text(r"^[ \t]*java\.runtime\.version\s*=\s*(\d[\d.]*)")),
    VersionSource("pom.xml", "java", POM),
    VersionSource("pom.xml", "java", POM_TARGET, COMPILED_FOR, note=LEAST),
    *(VersionSource(name, "java", GRADLE) for name in manifests.GRADLE_BUILDS),
    *(
        VersionSource(name, "java", GRADLE_TARGET, COMPILED_FOR, note=LEAST)
        for name in manifests.GRADLE_BUILDS
    ),
    VersionSource("global.json", "dotnet", ("sdk", "version")),
    VersionSource(".php-version", "php", BARE),
    VersionSource("composer.json", "php", ("config", "platform", "php")),
    VersionSource("composer.json", "php", ("require", "php")),
    VersionSource(".fvmrc", "dart", ("flutter",)),
    VersionSource("pubspec.yaml", "dart", ("environment", "sdk")),
    VersionSource("Project.toml", "julia", ("compat", "julia")),
    VersionSource("renv.lock", "r", ("R", "Version"), DOCUMENTED),
    VersionSource("DESCRIPTION", "r", _text(r"\bR\s*\(>=\s*([\d.]{1,10})\)"), is_bound=True),
    VersionSource(".swift-version", "swift", BARE),
    VersionSource(
        "Package.swift", "swift", _text(r"//\s*swift-tools-version:\s*([\d.]{1,10})"), is_bound=True
    ),
    VersionSource("stack.yaml", "haskell", _text(r"^(?:resolver|snapshot):\s*([\w.-]{1,40})")),
    VersionSource("cabal.project", "haskell", _text(r"^[ \t]*with-compiler:\s*ghc-(\d[\d.]*)")),
    VersionSource("build.sbt", "scala", _text(r"scalaVersion\s*:=\s*\"([\w.-]{1,30})\"")),
    VersionSource("mix.exs", "elixir", _text(r"^[ \t]*elixir:\s*\"([^\"\n]{1,30})\"")),
    VersionSource("gleam.toml", "gleam", ("gleam",)),
    VersionSource("shard.yml", "crystal", ("crystal",)),
    VersionSource(
        "build.zig.zon", "zig", _text(r"\.minimum_zig_version\s*=\s*\"(\d[\w.-]*)\""), is_bound=True
    ),
    VersionSource(".dvmrc", "deno", BARE),
    VersionSource("netlify.toml", "hugo", _text(r"^[ \t]*HUGO_VERSION\s*=\s*['\"](\d[\d.]*)"), DOCUMENTED),
    VersionSource("netlify.toml", "node", _text(r"^[ \t]*NODE_VERSION\s*=\s*['\"]v?(\d[\d.]*)"), DOCUMENTED),
)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield every version that a file near the root requires."""
    for source in SOURCES:
        near = [
            p
            for p in repo.named(source.name)
            if folder_depth(folder_of(p)) <= 2 and not is_side(folder_of(p))
        ]
        for path in near[:MAX_FILES]:
            found = (
                _keyed(repo, path, source.where)
                if isinstance(source.where, tuple)
                else _matched(repo, path, source.where)
            )
            if found:
                version, line = found
                value = f">={version}" if source.is_bound else version
                note = LEAST if source.is_bound else source.note
                yield Evidence(
                    Key.VERSION, value, path, line, source.confidence, folder_of(path), source.stack, note
                )


def _matched(repo: Repository, path: str, pattern: re.Pattern[str]) -> tuple[str, int] | None:
    """Return (version, line) of the first match that is not commented out."""
    text = repo.read(path)
    for found in pattern.finditer(text):
        line = text.count("\n", 0, found.start(1)) + 1
        if not text.split("\n")[line - 1].lstrip().startswith(("#", "--")):
            return found.group(1).strip().replace("_", ".")[:MAX_LENGTH], line
    return None


def _keyed(repo: Repository, path: str, keys: tuple[str, ...]) -> tuple[str, int] | None:
    """Return (version, line) of the value that the keys lead to, in TOML, YAML or JSON."""
    if path.endswith((".yml", ".yaml")):
        document = repo.yaml(path)
        value, line = _inner(document.value, keys), document.line(*keys)
    elif path.endswith((".toml", "Pipfile")):
        value, line = _inner(repo.toml(path), keys), _toml_line(repo, path, keys)
    else:
        value, line = _inner(repo.json(path), keys), repo.line(path, *(f'"{key}"' for key in keys))
    return (value[:MAX_LENGTH], line) if isinstance(value, str) and value.strip() else None


def _inner(value: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        value = as_object(value).get(key)
    return value


def _toml_line(repo: Repository, path: str, keys: tuple[str, ...]) -> int:
    """Return the line of the key below its table's header, 1 if it is written in another way."""
    *tables, name = keys
    text = repo.read(path)
    start = max(text.find(f"{'.'.join(tables)}]"), 0) if tables else 0
    found = re.compile(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?\s*=", re.MULTILINE).search(text, start)
    return text.count("\n", 0, found.end()) + 1 if found else 1
