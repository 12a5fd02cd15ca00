"""An existing ``.gitpod.yml``, brought up to date: what evidence proves is added, nothing is lost silently."""

from collections.abc import Mapping, Sequence
from typing import Any

from fieldguide_server.configgen.reading.document import Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository, as_object
from fieldguide_server.configgen.targets.base import Sessions, Updated
from fieldguide_server.configgen.targets.yaml_edits import caught_up, is_listed, runs, visited, with_items
from fieldguide_server.configgen.types import DevEnvironment, Task


def merged(
    text: str, parts: Mapping[str, Any], environment: DevEnvironment, repo: Repository, sessions: Sessions
) -> Updated:
    """Return the file with its commands caught up, tasks where it has none at all, and the ports of what it starts."""
    text, notes = caught_up(text, sessions(_document(text)), repo)
    tasks = parts.get("tasks", [])
    if tasks and not _document(text).get("tasks"):
        text = with_items(text, "tasks", tasks)
        notes += [f"Added the task {task.name}." for task in environment.tasks]
    else:
        folders, _ = visited(sessions(_document(text)))
        notes += [
            _missed(task) for task in environment.tasks if task.folder not in folders and not task.service
        ]
    _, lines = visited(sessions(_document(text)))
    return _with_ports(text, parts.get("ports", []), environment, lines, notes)


def _document(text: str) -> dict[str, object]:
    return as_object(parse(text, Syntax.YAML).value)


def _missed(task: Task) -> str:
    """That a part of the repository has no task may well be meant: it is said, and left so."""
    how = f", which starts with `{task.start[0]}`" if task.start else ""
    return f"No task enters {task.folder or 'the root'}{how}."


def _with_ports(
    text: str, entries: Sequence[Any], environment: DevEnvironment, lines: Sequence[str], notes: Sequence[str]
) -> Updated:
    """Return ports of what the file itself starts."""
    listed = _document(text).get("ports") or []
    if not isinstance(listed, list):
        return Updated(text, tuple(notes))
    missing = [
        (port, entry)
        for port, entry in zip(environment.ports, entries, strict=True)
        if any(runs(line, need) for need in port.needs for line in lines)
        and not is_listed(port.number, listed)
    ]
    if missing:
        text = with_items(text, "ports", [entry for _, entry in missing])
    told = [f"Added port {port.number} ({port.source})." for port, _ in missing]
    return Updated(text, (*notes, *told))
