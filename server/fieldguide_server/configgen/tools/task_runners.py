"""Reads the files of task runners: the targets of Make, just and Task."""

import re
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import Repository, as_object, folder_of, join

# In the order in which each program looks for its file.
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
JUSTFILES = ("justfile", "Justfile", ".justfile")
TASKFILES = ("Taskfile.yml", "Taskfile.yaml", "Taskfile.dist.yml")
PROGRAMS = frozenset({"make", "just", "task"})
_RULE = re.compile(r"^([A-Za-z][\w.-]{0,60})\s*::?(?!=)", re.MULTILINE)
_RULE_OF_MANY = re.compile(r"^([\w.-]+(?: +[\w.-]+)+)\s*:(?!=)", re.MULTILINE)
_RECIPE = re.compile(r"^@?([A-Za-z][\w-]{0,60})(?:[ \t]+[^:\n]*)?:(?!=)", re.MULTILINE)
_MAX_INCLUDES = 20


@dataclass(frozen=True, slots=True)
class TaskRunner:
    """The task runner of a folder: its program, the path of its file, and the targets in it."""

    program: str
    path: str
    targets: frozenset[str]


def task_runner(repo: Repository, folder: str) -> TaskRunner | None:
    """Return the task runner of a folder, None when it has none."""
    if path := repo.first(folder, *MAKEFILES):
        return TaskRunner("make", path, make_targets(repo, path))
    if path := repo.first(folder, *JUSTFILES):
        return TaskRunner("just", path, frozenset(_RECIPE.findall(repo.read(path))))
    if path := repo.first(folder, *TASKFILES):
        return TaskRunner("task", path, frozenset(as_object(as_object(repo.yaml(path).value).get("tasks"))))
    return None


def make_targets(repo: Repository, path: str) -> frozenset[str]:
    """Return the targets of a makefile and of the files that it includes by name."""
    text = repo.read(path)
    for names in re.findall(r"^-?include\s+(.+)$", text, re.MULTILINE)[:_MAX_INCLUDES]:
        included = [join(folder_of(path), name) for name in names.split()[:_MAX_INCLUDES]]
        text += "".join("\n" + repo.read(name) for name in included)
    phony = {name for line in re.findall(r"^\.PHONY\s*:(.*)$", text, re.MULTILINE) for name in line.split()}
    grouped = {name for line in _RULE_OF_MANY.findall(text) for name in line.split()}
    return frozenset(phony | grouped | set(_RULE.findall(text)))
