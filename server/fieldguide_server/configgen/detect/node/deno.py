"""Deno: tasks, or the file that is the program."""

import json
import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, as_object, is_safe_name
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key

ENTRIES = ("main.ts", "server.ts", "mod.ts", "main.tsx", "app.ts", "index.ts")
SERVES = re.compile(r"\bDeno\.serve\(|\bserve\(|\.listen\(")
IMPORTS = re.compile(r"""from\s+["'](?:https://deno\.land/|jsr:|npm:)|\bDeno\.""")
FRESH = re.compile(r"\bfresh\b|\$fresh")
PORT = re.compile(r"\bport:\s*(\d{4,5})\b")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of a Deno project in the root. Beside a ``package.json`` Deno is only one of the tools."""
    path = repo.first("", *manifests.DENO)
    if "package.json" in repo.files:
        return
    if path is None:
        yield from _without_manifest(repo)
        return
    deno = Manifest(repo, path, "deno")
    tasks = as_object(as_object(repo.jsonc(path)).get("tasks"))
    yield deno.evidence(Key.PREPARE, "npm install --global deno", confidence=CONVENTION)
    yield deno.evidence(Key.EXTENSION, "denoland.vscode-deno", confidence=DEFAULT)
    yield deno.evidence(Key.INSTALL, "deno install", '"imports"', confidence=DOCUMENTED)
    if "test" in tasks:
        yield deno.evidence(Key.TEST, "deno task test", '"tasks"', '"test"', confidence=DOCUMENTED)
    entry = repo.first("", *ENTRIES)
    name = next((name for name in ("dev", "start", "serve") if name in tasks and is_safe_name(name)), None)
    if name:
        yield deno.evidence(Key.START, f"deno task {name}", '"tasks"', f'"{name}"', confidence=DOCUMENTED)
    elif entry:
        yield Evidence(Key.START, f"deno run --allow-all {entry}", entry, 1, CONVENTION, "", "deno")
    if name or entry:
        yield from ports.best(_ports(deno, entry, json.dumps(tasks.get(name or ""))), "", "deno")


def _without_manifest(repo: Repository) -> Iterator[Evidence]:
    """Yield a program without any configuration, recognised by its imports."""
    entry = repo.first("", *ENTRIES, *(f"src/{name}" for name in ENTRIES))
    if entry and IMPORTS.search(repo.read(entry)):
        program = Manifest(repo, entry, "deno")
        yield Evidence(Key.PREPARE, "npm install --global deno", entry, 1, CONVENTION, "", "deno")
        yield Evidence(Key.INSTALL, f"deno cache {entry}", entry, 1, CONVENTION, "", "deno")
        yield Evidence(Key.START, f"deno run --allow-all {entry}", entry, 1, CONVENTION, "", "deno")
        yield from ports.best(_ports(program, entry, ""), "", "deno")


def _ports(deno: Manifest, entry: str | None, task: str) -> Iterator[Evidence]:
    """Yield the ports in the task and in the code, and Deno's default for a program that serves."""
    if found := re.search(r"--port[= ](\d{4,5})", task):
        line = deno.repo.line(deno.path, found.group())
        yield ports.port(deno.path, line, int(found.group(1)), 0.99, "the task names its port")
    for path in [entry] if entry else []:
        yield from ports.in_file(deno.repo, path, PORT, 0.9, "the code listens there")
        yield from ports.in_file(deno.repo, path, ports.IN_CODE, 0.9, "the code listens there")
        if SERVES.search(deno.repo.read(path)) or FRESH.search(deno.text):
            yield ports.port(path, 1, 8000, DEFAULT, "Deno's default")
