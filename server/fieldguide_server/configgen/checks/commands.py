"""What must be true of the repository for a shell command to work there: every name it speaks exists."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from fieldguide_server.configgen.checks.problems import Doubt, Flaw, like, like_path
from fieldguide_server.configgen.checks.scripts import check_script, check_target, scripts
from fieldguide_server.configgen.reading.repository import PRUNED, Repository, folder_of, join, word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter, split_quietly
from fieldguide_server.configgen.tools.compose import STANDARD_FILES, services
from fieldguide_server.configgen.tools.interpreters import TAKE_A_FILE
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS, PYTHON_MANAGERS
from fieldguide_server.configgen.tools.project_tools import MANIFESTS, working_folder
from fieldguide_server.configgen.tools.servers import RUN_ANYTHING, is_known_server, server_of
from fieldguide_server.configgen.tools.task_runners import PROGRAMS

Check = Callable[[SimpleCommand, Repository], Iterator[Flaw]]
OWN_WORK = word_set("run run-script start test build ci sync verify package compile mod install i")
SOURCES = re.compile(r"\.(?:sh|bash|py|js|mjs|cjs|ts|rb|php|pl|ps1)$")
WRAPPED = frozenset({"gradlew", "mvnw"})
COMPOSE_VALUES = word_set("--scale --exit-code-from --timeout -t --attach --no-attach --pull --wait-timeout")
# Build tools whose later steps run on the build folder.
BUILT_ELSEWHERE = frozenset({"cmake", "meson"})
FREE = re.compile(r"[$`*?{}~<>]|^/|^-")


def check_command(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[Flaw]:
    """Yield all that a command names and the repository (or an earlier command) does not have."""
    if command.program in {"cd", "pushd"}:
        yield from _folder(command, repo, created)
        return
    if command.folder is None or "--global" in command.words or "-g" in command.words:
        return
    yield from _manifest(command, repo, created)
    yield from _files(command, repo, created)
    if command.program in CHECKS:
        yield from CHECKS[command.program](command, repo)


def long_running(command: SimpleCommand, repo: Repository, *, certain: bool = False) -> bool:
    """Return whether a command is a server or a watcher; ``certain``: going by known ones, not by likely names."""
    body = _script_body(command, repo)
    if certain and body is not None:
        return any(is_known_server(part) or _is_server(part) for part in split_quietly(body)[-1:])
    return (is_known_server(command) and body != "") or (_is_server(command) and not certain)


def _is_server(command: SimpleCommand) -> bool:
    return server_of(command, {}) is not None and command.program not in RUN_ANYTHING


def _script_body(command: SimpleCommand, repo: Repository) -> str | None:
    """Return the package script a command runs; None when it runs none, "" when that ends by itself."""
    if command.program not in NODE_MANAGERS:
        return None
    words = [word for word in command.positional() if word not in {"run", "run-script"}]
    body = scripts(repo, command.folder or "").get(words[0]) if words else None
    if not isinstance(body, str):
        return None
    return "" if re.match(r"(build|compile|install|prepare|setup|generate|test|lint)", words[0]) else body


def _folder(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[Flaw]:
    target = next(iter(command.positional()), "")
    path = enter(command.folder, target) if target else None
    if path is not None and path not in repo.folders and not is_made(path, created):
        word, near = path.rpartition("/")[2], like_path(path, repo.folders)
        yield Flaw(f"The folder {path} does not exist.", word=word, instead=near, path=path)


def is_made(path: str, created: set[str]) -> bool:
    """Return whether an earlier command makes a path, or it lies where the repository is not looked into."""
    return bool(set(path.split("/")[:-1]) & PRUNED) or any(
        path == made or path.startswith(f"{made}/") for made in created
    )


def _manifest(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[Flaw]:
    wanted = MANIFESTS.get(command.program)
    if command.words[:2] == ("go", "run") and command.words[-1].endswith(".go"):
        return
    if wanted is None or (
        {"--build", "compile", "test"} & set(command.words) and command.program in BUILT_ELSEWHERE
    ):
        return
    own = working_folder(command)
    folder: str | None = own
    while folder is not None:
        if repo.first(folder, *wanted) or any(join(folder, name) in created for name in wanted):
            return
        folder = folder_of(folder) if folder else None
    doubt = Doubt.MADE if _works_here(command) else Doubt.GUESSED
    yield Flaw(f"`{command.program}` finds no {wanted[0]} in {own or 'the root'}.", doubt)


def _works_here(command: SimpleCommand) -> bool:
    """Return whether a command is about the project in its folder: ``go install X@latest`` is not."""
    words = command.positional()
    if not words:
        return not {"--version", "--help", "-v", "-h", "-V"} & set(command.words)
    return words[0] in OWN_WORK and (words[0] not in {"install", "i"} or not words[1:])


def _files(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[Flaw]:
    """Programs given by path, and the files they are told to read."""
    for name, doubt in _named_files(command):
        path = None if FREE.search(name) else enter(command.folder, name)
        endings = ("", ".js", "/index.js") if command.program == "node" else ("",)
        if path is None or is_made(path, created) or any(repo.exists((path or ".") + end) for end in endings):
            continue
        word, near = path.rpartition("/")[2], like_path(path, repo.files)
        yield Flaw(f"{path} does not exist.", doubt, word, near, path)


def _named_files(command: SimpleCommand) -> Iterator[tuple[str, Doubt]]:
    words = command.positional()
    first = next(iter(words), "")
    if "/" in command.words[0]:
        is_source = SOURCES.search(command.words[0]) or command.program in WRAPPED
        yield command.words[0], Doubt.MADE if is_source else Doubt.GUESSED
    if command.program in TAKE_A_FILE and not {"-m", "-c", "-S", "-r", "-e"} & set(command.words):
        yield from [(first, Doubt.MADE if SOURCES.search(first) else Doubt.GUESSED)] if first else []
    if command.program == "php" and (target := command.option("-t")):
        yield target, Doubt.MADE
    elif command.program in {"cp", "mv"}:
        yield from ((word, Doubt.MADE if command.program == "cp" else Doubt.GUESSED) for word in words[:-1])
    elif command.words[:2] in {("streamlit", "run"), ("go", "run")}:
        yield from ((word, Doubt.MADE) for word in command.words[2:3])
    elif command.program.startswith("pip") and (name := command.option("-r", "--requirement")):
        yield name, Doubt.MADE
    elif command.program in {"conda", "dotnet"}:
        named = command.option("-f", "--file", "--project")
        restored = command.words[2:3] if command.words[:2] == ("dotnet", "restore") else ()
        yield from ((word, Doubt.MADE) for word in (named, *restored) if word)


def _compose(command: SimpleCommand, repo: Repository) -> Iterator[Flaw]:
    if command.program == "docker" and command.words[1:2] != ("compose",):
        return
    folder = working_folder(command)
    named = command.option("-f", "--file")
    path = (
        (enter(command.folder, named) if named else repo.first(folder, *STANDARD_FILES))
        if not FREE.search(named or "")
        else ""
    )
    if path is None or (path and path not in repo.files):
        missing = f"{path} does not exist." if path else "There is no compose file."
        known = repo.files if path else ()
        yield Flaw(missing, word=(named or "").rpartition("/")[2], instead=like_path(path or "", known))
        return
    several = sum(word in {"-f", "--file"} for word in command.words) > 1
    known_services = services(repo, path) if path else {}
    for name in _named_services(command):
        if path and name not in known_services:
            doubt = Doubt.GUESSED if several or "$" in name else Doubt.NONE
            yield Flaw(f"There is no service {name} in {path}.", doubt, name, like(name, known_services))


def _named_services(command: SimpleCommand) -> list[str]:
    """Return the services after ``up``, or the one after ``exec`` and ``run``."""
    words = list(command.words)
    verb = next((word for word in ("up", "exec", "run") if word in words), None)
    if verb is None:
        return []
    rest = words[words.index(verb) + 1 :]
    if verb != "up":
        return [word for word in rest[:1] if not word.startswith("-")]
    values = {rest[at + 1] for at, word in enumerate(rest[:-1]) if word in COMPOSE_VALUES}
    return [word for word in SimpleCommand(("up", *rest), (), None).positional() if word not in values]


def _module(command: SimpleCommand, repo: Repository) -> Iterator[Flaw]:
    target = (
        command.option("--app") if command.program == "flask" else next(iter(command.positional()), "")
    ) or ""
    module = target.partition(":")[0].removesuffix(".py")
    stem = join(command.folder or "", module.replace(".", "/"))
    doubt = Doubt.GUESSED if "--app-dir" in command.words or command.environment else Doubt.MADE
    if (
        module
        and "$" not in module
        and not any(
            repo.exists(prefix + ending)
            for prefix in (stem, _under_src(command, module))
            for ending in (".py", "")
        )
    ):
        yield Flaw(f"There is no module {module}.", doubt)


def _under_src(command: SimpleCommand, module: str) -> str:
    return join(command.folder or "", posixpath.join("src", module.replace(".", "/")))


def _tool_runner(command: SimpleCommand, repo: Repository) -> Iterator[Flaw]:
    """Yield ``poetry run X``: X is checked as if it stood alone."""
    if command.words[1:2] == ("run",) and len(command.words) > 2:
        yield from check_command(SimpleCommand(command.words[2:], (), command.folder), repo, set())


def _dotnet(command: SimpleCommand, repo: Repository) -> Iterator[Flaw]:
    """Yield ``dotnet run`` without a project takes the one of its folder."""
    if (
        command.words[1:2] not in {("run",), ("watch",)}
        or command.option("--project")
        or command.positional()[1:]
    ):
        return
    if not any(
        path.endswith((".csproj", ".fsproj", ".vbproj")) for path in repo.in_folder(command.folder or "")
    ):
        yield Flaw(f"`dotnet` finds no project in {command.folder or 'the root'}.")


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(NODE_MANAGERS, check_script),
    **dict.fromkeys(PROGRAMS, check_target),
    **dict.fromkeys(PYTHON_MANAGERS, _tool_runner),
    "dotnet": _dotnet,
    "docker": _compose,
    "docker-compose": _compose,
    "uvicorn": _module,
    "flask": _module,
}
