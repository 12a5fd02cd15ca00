"""Small repositories written to disk, and the parts of a config generated from them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fieldguide_server.configgen import GeneratedConfig, generate

Tree = Mapping[str, str | dict[str, Any]]


def make(root: Path, tree: Tree) -> Path:
    """Write the files, values other than strings as JSON."""
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(text, encoding="utf-8")
    return root


def config_of(root: Path, tree: Tree) -> tuple[dict[str, Any], GeneratedConfig]:
    """Return the parsed ``.gitpod.yml`` of a repository, and the complete result."""
    result = generate(make(root, tree))
    return YAML(typ="safe", pure=True).load(result.files[0].content), result


def lines(document: dict[str, Any], phase: str) -> list[str]:
    """Return the commands of a phase, of all tasks."""
    tasks = document.get("tasks", [])
    return [line for task in tasks for line in task.get(phase, "").strip().split("\n") if line]


def ports(document: dict[str, Any]) -> list[int]:
    """Return the listed ports."""
    return [port["port"] for port in document.get("ports", [])]
