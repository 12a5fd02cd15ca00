"""Small made-up repositories, written to disk for configs to be made from, and what such a config says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fieldguide_server.configgen import GeneratedConfig, generate

Tree = Mapping[str, str | dict[str, Any]]


def make(root: Path, tree: Tree) -> Path:
    """Writes the files; what is no text is written as JSON."""
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(text, encoding="utf-8")
    return root


def config_of(root: Path, tree: Tree) -> tuple[dict[str, Any], GeneratedConfig]:
    """The ``.gitpod.yml`` of a repository, read, and all that was told of it."""
    result = generate(make(root, tree))
    return YAML(typ="safe", pure=True).load(result.files[0].content), result


def lines(document: dict[str, Any], phase: str) -> list[str]:
    """The commands of a phase, of all tasks."""
    tasks = document.get("tasks", [])
    return [line for task in tasks for line in task.get(phase, "").strip().split("\n") if line]


def ports(document: dict[str, Any]) -> list[int]:
    """The ports that are listed."""
    return [port["port"] for port in document.get("ports", [])]
