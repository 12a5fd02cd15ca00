"""A Python project: its folder, its manifests and its package manager."""

import re
from dataclasses import dataclass

from fieldguide_server.configgen.tools.package_managers import run_prefix
from fieldguide_server.configgen.types import Evidence, Key


@dataclass(frozen=True, slots=True)
class PythonProject:
    """A folder with a package manager.

    ``path`` is the first of its manifests, ``requirements`` the lower-case text of them all. ``members`` are the folders
    of the packages that share its environment.
    """

    folder: str
    path: str
    manager: str
    requirements: str
    members: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """The prefix that runs a command in the project's environment."""
        return run_prefix(self.manager)

    def owns(self, path: str) -> bool:
        """Return whether a file lies in the folder and in no member of it."""
        return within(path, self.folder) and not any(within(path, member) for member in self.members)

    def requires(self, package: str) -> bool:
        """Return whether a manifest names a package."""
        return re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", self.requirements) is not None


def within(folder: str, parent: str) -> bool:
    """Return whether a folder or file lies in ``parent``."""
    return not parent or folder.startswith(parent + "/")


def start_command(project: PythonProject, text: str, path: str, line: int, confidence: float) -> Evidence:
    """Return evidence of a start command that runs in the project's environment."""
    return Evidence(Key.START, project.prefix + text, path, line, confidence, project.folder, "python")
