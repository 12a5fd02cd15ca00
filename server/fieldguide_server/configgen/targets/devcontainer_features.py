"""Tool chains as devcontainer features, with the versions that the repository requires."""

import re
from collections.abc import Iterable, Sequence

from fieldguide_server.configgen.tools.interpreters import STACKS
from fieldguide_server.configgen.types import Task, Tool

HOME = "ghcr.io/devcontainers/features"
FEATURES = {
    "node": "node:1",
    "python": "python:1",
    "go": "go:1",
    "rust": "rust:1",
    "java": "java:1",
    "ruby": "ruby:1",
    "php": "php:1",
    "dotnet": "dotnet:2",
    "deno": "node:1",
    "scala": "java:1",
}
DOCKER = "docker-in-docker:2"
# Programs that may need a stack without a tool, such as the server of a static site.
PROGRAMS = STACKS | {"pip": "python", "npm": "node", "npx": "node", "bundle": "ruby"}
EXACT = re.compile(r"v?(\d+(?:\.\d+){0,2})")
# A caret, a tilde or an x leaves the last numbers open: the numbers before them are the version.
PINNED = re.compile(r"(?:[\^~]|~>\s*)?v?(\d+(?:\.\d+)?)(?:\.(?:x|\*|\d+))*(?:\s*<\s*\S+)?")
WORDS = {"lts/*": "lts", "lts": "lts", "node": "latest", "stable": "latest", "latest": "latest"}


def features(tools: Iterable[Tool], tasks: Sequence[Task], *, docker: bool) -> dict[str, dict[str, str]]:
    """Return the options of each feature by its ID, in the order of the tools."""
    found: dict[str, dict[str, str]] = {}
    lines = [line for task in tasks for line in task.lines]
    used = [PROGRAMS[word] for line in lines for word in re.findall(r"[\w.-]+", line)[:1] if word in PROGRAMS]
    for tool in [*tools, *(Tool(stack) for stack in used)]:
        name = FEATURES.get(tool.stack)
        if name is not None:
            found.setdefault(f"{HOME}/{name}", _options(tool, lines))
    if docker:
        found[f"{HOME}/{DOCKER}"] = {}
    return found


def _options(tool: Tool, lines: Sequence[str]) -> dict[str, str]:
    options = {"version": version} if (version := plain_version(tool)) and tool.stack in FEATURES else {}
    if tool.stack == "scala":
        options = {}
    starts = {line.split()[0] for line in lines if line.split()}
    if tool.stack == "java":
        options |= {"installMaven": "true"} if "mvn" in starts else {}
        options |= {"installGradle": "true"} if "gradle" in starts else {}
    return options


def plain_version(tool: Tool) -> str:
    """Return the version as one number, "" if a range leaves it open."""
    text = tool.version.strip()
    if text in WORDS:
        return WORDS[text] if tool.stack == "node" else ""
    found = EXACT.fullmatch(text) or (PINNED.fullmatch(text) if not text.startswith(">") else None)
    return found.group(1) if found else ""
