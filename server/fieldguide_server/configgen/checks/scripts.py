"""Whether the package scripts and the targets of task runners that a command names are there."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.checks.problems import Doubt, Flaw, like, like_path
from fieldguide_server.configgen.reading.repository import Repository, as_object, folder_of, join, word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.project_tools import FOLDER_OPTIONS, working_folder
from fieldguide_server.configgen.tools.task_runners import task_runner

# What package managers do themselves, beside running scripts.
BUILT_IN = word_set(
    "install i ci add config exec dlx x set update audit cache link unlink list ls outdated pack publish remove rm "
    "uninstall un up upgrade version versions view info why node bin init create env store prune rebuild root dedupe "
    "login logout fetch import licenses patch deploy plugin policies unplug workspaces pm build help self-update "
    "approve-builds constraints check owner team access autoclean npm tag global prefix ping fund doctor pkg query sbom explain search"
)
# A package script of these names is run by the name alone, whatever the manager.
LIFECYCLE = frozenset({"start", "test", "stop", "restart"})
# No package brings programs of these names.
CUSTOMARY = word_set(
    "dev develop watch build compile bundle lint format typecheck type-check migrate seed setup bootstrap clean "
    "deploy release preview e2e coverage codegen docs serve server client frontend backend"
)
NPM_SHORT = {"t": "test", "tst": "test"}
MANY = word_set("-r --recursive --if-present --workspaces -ws --filter -F --parallel --stream --since")
# A makefile that reads others, makes targets up, or takes any name.
OPEN_ENDED = re.compile(
    r"^-?s?include\b|^\.DEFAULT|^[^#\n=]*%[^\n=]*:|\$\(eval|^\$[({]|^import ", re.MULTILINE
)


def scripts(repo: Repository, folder: str) -> dict[str, object]:
    """Return the scripts of a folder's ``package.json``, by name."""
    return as_object(repo.json(join(folder, "package.json")).get("scripts"))


def check_script(command: SimpleCommand, repo: Repository) -> Iterator[Flaw]:
    """Yield the package script that npm, yarn, pnpm or bun is told to run."""
    words = command.positional()
    # To pnpm it is the root of the workspace, to npm a member.
    short = ("-w",) if command.program == "npm" else ()
    member = command.option("--workspace", "--filter", "-F", *short) or (
        words[1] if words[:1] == ["workspace"] and words[1:] else None
    )
    values = {member, command.option(*FOLDER_OPTIONS[command.program]), "run", "run-script", "workspace"}
    names = [word for word in words if word not in values]
    is_told = next((word for word in words if word not in {member, "workspace"}), "") in {"run", "run-script"}
    if not names or "$" in names[0] or (names[0] in BUILT_IN and not is_told):
        return
    name = NPM_SHORT.get(names[0], names[0]) if command.program == "npm" else names[0]
    folder = "" if {"-w", "--workspace-root"} & set(command.words) and not short else working_folder(command)
    # npm runs scripts alone; the others run the programs of packages, too.
    is_program = command.program != "npm" and name in _binaries(repo, folder)
    if is_program or (command.program == "bun" and "." in name):
        yield from _entry(command, name, repo)
        return
    paths = _member_manifests(repo, member) if member else [join(folder, "package.json")]
    known = {script for path in paths for script in as_object(repo.json(path).get("scripts"))}
    has_default = name == "start" and command.program == "npm" and repo.first(folder, "server.js")
    if name in known or has_default or not (member or paths[0] in repo.files):
        return
    is_many = bool(MANY & {word.partition("=")[0] for word in command.words})
    instead = like(name, known)
    is_own = name in CUSTOMARY or instead
    is_script = (
        is_told or name in LIFECYCLE or ":" in name or (is_own and not _is_program(repo, folder, name))
    )
    where = folder_of(paths[0]) or "the root" if paths else member
    doubt = Doubt.NONE if is_script and not is_many else Doubt.GUESSED
    yield Flaw(f"There is no package script {name} in {where}.", doubt, names[0], instead)


def _binaries(repo: Repository, folder: str) -> set[str]:
    """Return the packages that a folder or its root depends on: yarn, pnpm and bun run their programs by name."""
    manifests = [repo.json(join(place, "package.json")) for place in {folder, ""}]
    sections = ("dependencies", "devDependencies")
    return {name for manifest in manifests for key in sections for name in as_object(manifest.get(key))}


def _is_program(repo: Repository, folder: str, name: str) -> bool:
    """Return whether a word may be a dependency's program rather than a script."""
    return any(name in package for package in _binaries(repo, folder))


def _entry(command: SimpleCommand, name: str, repo: Repository) -> Iterator[Flaw]:
    """Yield a file given to bun itself."""
    path = join(working_folder(command), name)
    if "." in name and path not in repo.files and name not in _binaries(repo, working_folder(command)):
        yield Flaw(f"{path} does not exist.", word=name, instead=like_path(path, repo.files))


def _member_manifests(repo: Repository, name: str) -> list[str]:
    return [
        path
        for path in repo.named("package.json")
        if repo.json(path).get("name") == name or folder_of(path) == name
    ]


def check_target(command: SimpleCommand, repo: Repository) -> Iterator[Flaw]:
    """Yield the targets that make, just or task are told to make."""
    folder = working_folder(command)
    runner = task_runner(repo, folder)
    if runner is None and repo.first(folder, "Makefile.am"):
        return  # ``configure`` makes the makefile.
    known = runner.targets if runner is not None and runner.program == command.program else frozenset[str]()
    is_open = runner is None or OPEN_ENDED.search(repo.read(runner.path)) is not None
    values = {
        command.option(*FOLDER_OPTIONS[command.program]),
        command.option("-j", "--jobs", "-f", "--file"),
    }
    for name in command.positional():
        if "=" in name or "$" in name or name in values | known or repo.exists(join(folder, name)):
            continue
        is_sure = bool(known) and not is_open and not {"-f", "--file"} & set(command.words)
        doubt = Doubt.NONE if is_sure else Doubt.GUESSED
        yield Flaw(f"There is no {command.program} target {name}.", doubt, name, like(name, known))
        if command.program != "make":
            return
