"""Package managers: the files that identify each, and the commands by which it installs and runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import word_set


@dataclass(frozen=True, slots=True)
class NodeManager:
    """A package manager of Node.

    ``locks`` and ``settings`` are files that only this manager writes and reads, ``manifest_key`` is such a key of
    ``package.json``. ``package_runner`` runs a program of an installed package. ``run`` and ``run_in_member`` are
    templates with ``{script}`` and, for the member of a workspace, ``{member}``.
    """

    name: str
    locks: tuple[str, ...]
    package_runner: str
    run: str
    run_in_member: str
    settings: tuple[str, ...] = ()
    manifest_key: str = ""
    setup: str = ""

    @property
    def install(self) -> str:
        """The command that installs a project's dependencies, and the manager itself where no image has it."""
        return f"{self.setup}{self.name} install"

    def run_script(self, script: str) -> str:
        """Return the command that runs a package script."""
        if self.name == "npm" and script in {"start", "test"}:
            return f"npm {script}"
        return self.run.format(script=script)

    def run_member_script(self, member: str, script: str) -> str:
        """Return the command that runs the script of a workspace's member, from the workspace's root."""
        return self.run_in_member.format(member=member, script=script)


# npm is last: its lock file is often left behind beside that of another manager.
NODE_MANAGERS: Mapping[str, NodeManager] = {
    manager.name: manager
    for manager in (
        NodeManager(
            "pnpm",
            locks=("pnpm-lock.yaml",),
            settings=("pnpm-workspace.yaml",),
            manifest_key="pnpm",
            package_runner="pnpm",
            run="pnpm {script}",
            run_in_member="pnpm --filter {member} {script}",
        ),
        NodeManager(
            "yarn",
            locks=("yarn.lock",),
            settings=(".yarnrc.yml", ".yarnrc"),
            manifest_key="resolutions",
            package_runner="yarn",
            run="yarn {script}",
            run_in_member="yarn workspace {member} {script}",
        ),
        NodeManager(
            "bun",
            locks=("bun.lock", "bun.lockb"),
            settings=("bunfig.toml",),
            manifest_key="trustedDependencies",
            package_runner="bunx",
            run="bun run {script}",
            run_in_member="bun run --filter {member} {script}",
            setup="npm install --global bun && ",
        ),
        NodeManager(
            "npm",
            locks=("package-lock.json", "npm-shrinkwrap.json"),
            package_runner="npx",
            run="npm run {script}",
            run_in_member="npm run {script} --workspace {member}",
        ),
    )
}
NODE_LOCKS: Mapping[str, str] = {
    lock: manager.name for manager in NODE_MANAGERS.values() for lock in manager.locks
}
# For regular expressions.
ANY_NODE_MANAGER = "|".join(NODE_MANAGERS)
# The words after which a Node manager runs a package script by its name.
RUN_WORDS = frozenset({"run", "run-script"})


@dataclass(frozen=True, slots=True)
class PythonManager:
    """A package manager of Python with an environment of its own.

    ``build_backend`` begins the name of a backend that only this manager provides. A ``pyproject.toml`` has settings for
    the manager where ``[tool.NAME]`` holds ``settings_key``, or exists where that is "".
    """

    name: str
    install: str
    lock: str = ""
    build_backend: str = ""
    settings_key: str = ""

    @property
    def prefix(self) -> str:
        """The prefix that runs a command in the project's environment."""
        return f"{self.name} run "


PYTHON_MANAGERS: Mapping[str, PythonManager] = {
    manager.name: manager
    for manager in (
        PythonManager("poetry", "poetry install", "poetry.lock", "poetry.core", "dependencies"),
        PythonManager("pdm", "pip install pdm && pdm install", "pdm.lock", "pdm."),
        PythonManager("uv", "pip install uv && uv sync", "uv.lock", "uv_build"),
        PythonManager("pipenv", "pipenv install --dev", "Pipfile.lock"),
        PythonManager("pixi", "pixi install"),
        PythonManager("hatch", "pip install hatch && hatch env create", settings_key="envs"),
    )
}
PYTHON_LOCKS: Mapping[str, str] = {
    manager.lock: manager.name for manager in PYTHON_MANAGERS.values() if manager.lock
}


def run_prefix(manager: str) -> str:
    """Return what to put before a command to run it in the environment of a Python manager; pip has none of its own."""
    return PYTHON_MANAGERS[manager].prefix if manager in PYTHON_MANAGERS else ""


# They install into the system or the user's home, not into the project.
GLOBAL_INSTALLERS = word_set("apt apt-get apk dnf yum brew gem pip pip3 pipx")
# They wait for confirmation before they install, unless an option gives it.
ASK_FIRST = word_set("apt apt-get dnf yum")
