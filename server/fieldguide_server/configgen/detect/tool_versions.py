"""``.tool-versions`` (asdf) and mise: the versions that they pin, and the tasks of mise."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_safe_name
from fieldguide_server.configgen.types import DOCUMENTED, STATED, Evidence, Key

MISE = ("mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml")
# The name of a tool there → its stack.
STACKS = {
    "nodejs": "node",
    "node": "node",
    "bun": "bun",
    "deno": "deno",
    "python": "python",
    "golang": "go",
    "go": "go",
    "rust": "rust",
    "java": "java",
    "ruby": "ruby",
    "php": "php",
    "dotnet": "dotnet",
    "dotnet-core": "dotnet",
    "elixir": "elixir",
    "erlang": "erlang",
    "scala": "scala",
    "swift": "swift",
    "julia": "julia",
    "r": "r",
    "dart": "dart",
    "flutter": "dart",
    "haskell": "haskell",
    "gleam": "gleam",
}
LINE = re.compile(r"^([\w-]{1,40})[ \t]+(\S{1,40})", re.MULTILINE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield the version of each known tool in the two files, and the start task of mise."""
    if ".tool-versions" in repo.files:
        asdf = Manifest(repo, ".tool-versions", "tools")
        for found in LINE.finditer(asdf.text):
            if stack := STACKS.get(found.group(1)):
                yield _version(Manifest(repo, asdf.path, stack), found.group(2), found.group(1))
    if path := repo.first("", *MISE):
        yield from _mise(repo, path)


def _mise(repo: Repository, path: str) -> Iterator[Evidence]:
    table = repo.toml(path)
    for name, value in as_object(table.get("tools")).items():
        version = as_object(value).get("version") if isinstance(value, dict) else value
        if isinstance(version, list):
            version = version[0] if version else None
        if isinstance(version, str) and (stack := STACKS.get(name.removeprefix("core:"))):
            yield _version(Manifest(repo, path, stack), version, name)
    tasks = as_object(table.get("tasks"))
    for name in ("dev", "serve", "start", "run"):
        if name in tasks and is_safe_name(name):
            mise = Manifest(repo, path, "mise")
            yield mise.evidence(Key.START, f"mise run {name}", "[tasks", name, confidence=DOCUMENTED)
            return


def _version(manifest: Manifest, version: str, name: str) -> Evidence:
    line = manifest.repo.line(manifest.path, name)
    # It applies to the entire repository, whichever folder the file is in.
    return Evidence(Key.VERSION, version, manifest.path, line, STATED, "", manifest.stack, "tool versions")
