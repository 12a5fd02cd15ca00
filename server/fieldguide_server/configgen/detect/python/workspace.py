"""Workspaces of uv: one environment, in the root, for all members."""

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from fieldguide_server.configgen.detect.python.project import PythonProject
from fieldguide_server.configgen.detect.python.start import starts
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    as_strings,
    folder_of,
    is_among,
    is_safe_name,
    is_side,
    join,
)
from fieldguide_server.configgen.tools.package_managers import PYTHON_MANAGERS
from fieldguide_server.configgen.types import Evidence, Key


def members_of(repo: Repository, folder: str) -> tuple[str, ...]:
    """Return the folders of the packages that belong to the workspace at ``folder``."""
    tools = as_object(repo.toml(join(folder, "pyproject.toml")).get("tool"))
    workspace = as_object(as_object(tools.get("uv")).get("workspace"))
    included = [join(folder, pattern) for pattern in as_strings(workspace.get("members"))]
    excluded = [join(folder, pattern) for pattern in as_strings(workspace.get("exclude"))]
    if not included:
        return ()
    packages = (folder_of(path) for path in repo.named("pyproject.toml"))
    return tuple(f for f in packages if f != folder and is_among(f, included) and not is_among(f, excluded))


def member_starts(repo: Repository, root: PythonProject) -> Iterator[Evidence]:
    """Yield the start command of the only member that has one, as it is run from the root."""
    found = [list(starts(repo, _member(repo, folder))) for folder in root.members if not is_side(folder)]
    running = [items for items in found if any(item.key is Key.START for item in items)]
    for item in running[0] if len(running) == 1 else []:
        inner = posixpath.relpath(item.folder, root.folder or ".")
        if is_safe_name(inner):
            text = item.value.removeprefix(PYTHON_MANAGERS["uv"].prefix)
            value = f"uv run --directory {inner} {text}" if item.key in {Key.START, Key.SETUP} else item.value
            yield replace(item, value=value, folder=root.folder)


def _member(repo: Repository, folder: str) -> PythonProject:
    path = join(folder, "pyproject.toml")
    return PythonProject(folder, path, "uv", repo.read(path).lower())
