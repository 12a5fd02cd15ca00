"""Whether the package scripts and task runner targets that a command names exist."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.checks.problems import (
    ROOT,
    Certainty,
    CommandProblem,
    closest_match,
    closest_path,
)
from fieldguide_server.configgen.reading.repository import Repository, as_object, folder_of, join, word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.package_managers import RUN_WORDS
from fieldguide_server.configgen.tools.project_tools import FOLDER_OPTIONS, working_folder
from fieldguide_server.configgen.tools.task_runners import task_runner

# Commands of the package managers themselves.
BUILT_IN = word_set(
    "install i ci add config exec dlx x set update audit cache link unlink list ls outdated pack publish remove rm "
    "uninstall un up upgrade version versions view info why node bin init create env store prune rebuild root dedupe "
    "login logout fetch import licenses patch deploy plugin policies unplug workspaces pm build help self-update "
    "approve-builds constraints check owner team access autoclean npm tag global prefix ping fund doctor pkg query sbom explain search"
)
# Every package manager runs scripts of these names without `run`.
LIFECYCLE = frozenset({"start", "test", "stop", "restart"})
# Common names of scripts that no package uses for a program.
CUSTOMARY = word_set(
    "dev develop watch build compile bundle lint format typecheck type-check migrate seed setup bootstrap clean "
    "deploy release preview e2e coverage codegen docs serve server client frontend backend"
)
NPM_ALIASES = {"t": "test", "tst": "test"}
MULTI_PACKAGE_OPTIONS = word_set(
    "-r --recursive --if-present --workspaces -ws --filter -F --parallel --stream --since"
)
# A makefile that includes others, computes targets, or accepts any name.
OPEN_ENDED = re.compile(
    r"^-?s?include\b|^\.DEFAULT|^[^#\n=]*%[^\n=]*:|\$\(eval|^\$[({]|^import ", re.MULTILINE
)


def scripts(repo: Repository, folder: str) -> dict[str, object]:
    """Return the scripts in a folder's ``package.json`` by name."""
    return as_object(repo.json(join(folder, "package.json")).get("scripts"))


def check_script(command: SimpleCommand, repo: Repository) -> Iterator[CommandProblem]:
    """Yield a problem if npm, yarn, pnpm or bun runs a package script that does not exist."""
    words = command.positional()
    member = _workspace_member(command)
    values = {member, command.option(*FOLDER_OPTIONS[command.program]), *RUN_WORDS, "workspace"}
    names = [word for word in words if word not in values]
    has_run = next((word for word in words if word not in {member, "workspace"}), "") in RUN_WORDS
    if not names or "$" in names[0] or (names[0] in BUILT_IN and not has_run):
        return
    name = NPM_ALIASES.get(names[0], names[0]) if command.program == "npm" else names[0]
    folder = _package_folder(command)
    # npm runs scripts only; the others run the programs of packages too.
    is_program = command.program != "npm" and name in _dependencies(repo, folder)
    if is_program or (command.program == "bun" and "." in name):
        yield from _bun_file(command, name, repo)
        return
    paths = _member_manifests(repo, member) if member else [join(folder, "package.json")]
    existing = {script for path in paths for script in as_object(repo.json(path).get("scripts"))}
    has_default = name == "start" and command.program == "npm" and repo.first(folder, "server.js")
    if name in existing or has_default or not (member or paths[0] in repo.files):
        return
    near = closest_match(name, existing)
    certainty = Certainty.LIKELY
    if (has_run or _is_script_name(repo, folder, name, near)) and not _names_several_packages(command):
        certainty = Certainty.CERTAIN
    where = folder_of(paths[0]) or ROOT if paths else member
    yield CommandProblem(f"There is no package script {name} in {where}.", certainty, names[0], near)


def _workspace_member(command: SimpleCommand) -> str | None:
    """Return the workspace member whose script a command runs, None if it names none."""
    words = command.positional()
    # In npm -w names a member; in pnpm it stands for the root of the workspace.
    short = ("-w",) if command.program == "npm" else ()
    option = command.option("--workspace", "--filter", "-F", *short)
    return option or (words[1] if words[:1] == ["workspace"] and words[1:] else None)


def _package_folder(command: SimpleCommand) -> str:
    is_root = command.program != "npm" and {"-w", "--workspace-root"} & set(command.words)
    return "" if is_root else working_folder(command)


def _names_several_packages(command: SimpleCommand) -> bool:
    return bool(MULTI_PACKAGE_OPTIONS & {word.partition("=")[0] for word in command.words})


def _is_script_name(repo: Repository, folder: str, name: str, near: str) -> bool:
    """Return whether a word is surely the name of a script rather than of a dependency's program."""
    if name in LIFECYCLE or ":" in name:
        return True
    is_program = any(name in package for package in _dependencies(repo, folder))
    return (name in CUSTOMARY or near != "") and not is_program


def _dependencies(repo: Repository, folder: str) -> set[str]:
    """Return the packages that a folder or the root depends on."""
    manifests = [repo.json(join(place, "package.json")) for place in {folder, ""}]
    sections = ("dependencies", "devDependencies")
    return {name for manifest in manifests for key in sections for name in as_object(manifest.get(key))}


def _bun_file(command: SimpleCommand, name: str, repo: Repository) -> Iterator[CommandProblem]:
    """Yield a problem if bun itself is given a file that does not exist."""
    folder = working_folder(command)
    path = join(folder, name)
    if "." in name and path not in repo.files and name not in _dependencies(repo, folder):
        yield CommandProblem(f"{path} does not exist.", word=name, suggestion=closest_path(path, repo.files))


def _member_manifests(repo: Repository, name: str) -> list[str]:
    return [
        path
        for path in repo.named("package.json")
        if repo.json(path).get("name") == name or folder_of(path) == name
    ]


def check_target(command: SimpleCommand, repo: Repository) -> Iterator[CommandProblem]:
    """Yield a problem for each missing target that make, just or task is asked to run."""
    folder = working_folder(command)
    runner = task_runner(repo, folder)
    if runner is None and repo.first(folder, "Makefile.am"):
        return  # ``configure`` creates the makefile.
    targets = runner.targets if runner and runner.program == command.program else frozenset[str]()
    is_open = runner is None or OPEN_ENDED.search(repo.read(runner.path)) is not None
    is_sure = bool(targets) and not is_open and not {"-f", "--file"} & set(command.words)
    options = (FOLDER_OPTIONS[command.program], ("-j", "--jobs", "-f", "--file"))
    values = {command.option(*names) for names in options}
    for name in command.positional():
        if "=" in name or "$" in name or name in values | targets or repo.exists(join(folder, name)):
            continue
        certainty = Certainty.CERTAIN if is_sure else Certainty.LIKELY
        message = f"There is no {command.program} target {name}."
        yield CommandProblem(message, certainty, name, closest_match(name, targets))
        if command.program != "make":
            return
