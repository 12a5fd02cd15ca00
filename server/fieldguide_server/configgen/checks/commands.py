"""Whether everything that a shell command names exists in the repository."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from fieldguide_server.configgen.checks.problems import (
    ROOT,
    Certainty,
    CommandProblem,
    closest_match,
    closest_path,
)
from fieldguide_server.configgen.checks.scripts import check_script, check_target, scripts
from fieldguide_server.configgen.checks.working_tree import is_created
from fieldguide_server.configgen.reading.repository import Repository, folder_of, join, word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter, split_quietly
from fieldguide_server.configgen.tools.compose import STANDARD_FILES, services
from fieldguide_server.configgen.tools.interpreters import TAKE_A_FILE
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS, PYTHON_MANAGERS, RUN_WORDS
from fieldguide_server.configgen.tools.project_tools import MANIFESTS, working_folder
from fieldguide_server.configgen.tools.servers import RUN_ANYTHING, is_known_server, server_of
from fieldguide_server.configgen.tools.task_runners import PROGRAMS

CommandCheck = Callable[[SimpleCommand, Repository], Iterator[CommandProblem]]
PROJECT_COMMANDS = word_set("run run-script start test build ci sync verify package compile mod install i")
SOURCES = re.compile(r"\.(?:sh|bash|py|js|mjs|cjs|ts|rb|php|pl|ps1)$")
WRAPPERS = frozenset({"gradlew", "mvnw"})
COMPOSE_OPTIONS = word_set("--scale --exit-code-from --timeout -t --attach --no-attach --pull --wait-timeout")
# Build tools whose later steps work on the build folder.
OUT_OF_TREE = frozenset({"cmake", "meson"})
UNRESOLVABLE = re.compile(r"[$`*?{}~<>]|^/|^-")


def check_command(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[CommandProblem]:
    """Yield a problem for each name that exists neither in the repository nor among the ``created`` paths."""
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
    """Return whether a command is a server or a watcher; if ``certain``, only what is known to be one counts."""
    body = _script_body(command, repo)
    if certain and body is not None:
        return any(is_known_server(part) or _is_server(part) for part in split_quietly(body)[-1:])
    return (is_known_server(command) and body != "") or (_is_server(command) and not certain)


def _is_server(command: SimpleCommand) -> bool:
    return server_of(command, {}) is not None and command.program not in RUN_ANYTHING


def _script_body(command: SimpleCommand, repo: Repository) -> str | None:
    """Return the package script that a command runs: None if it runs none, "" if the script exits by itself."""
    if command.program not in NODE_MANAGERS:
        return None
    words = [word for word in command.positional() if word not in RUN_WORDS]
    body = scripts(repo, command.folder or "").get(words[0]) if words else None
    if not isinstance(body, str):
        return None
    return "" if re.match(r"(build|compile|install|prepare|setup|generate|test|lint)", words[0]) else body


def _certainty(is_path: object) -> Certainty:
    """Return the certainty for a missing path; what does not look like a path may be something else."""
    return Certainty.UNLESS_CREATED if is_path else Certainty.LIKELY


def _folder(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[CommandProblem]:
    target = next(iter(command.positional()), "")
    path = enter(command.folder, target) if target else None
    if path is not None and path not in repo.folders and not is_created(path, created):
        word, near = path.rpartition("/")[2], closest_path(path, repo.folders)
        yield CommandProblem(f"The folder {path} does not exist.", word=word, suggestion=near, path=path)


def _manifest(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[CommandProblem]:
    manifests = MANIFESTS.get(command.program)
    if command.words[:2] == ("go", "run") and command.words[-1].endswith(".go"):
        return
    if manifests is None or (
        {"--build", "compile", "test"} & set(command.words) and command.program in OUT_OF_TREE
    ):
        return
    own = working_folder(command)
    folder: str | None = own
    while folder is not None:
        if repo.first(folder, *manifests) or any(join(folder, name) in created for name in manifests):
            return
        folder = folder_of(folder) if folder else None
    message = f"`{command.program}` requires {manifests[0]}, which is missing in {own or ROOT}."
    yield CommandProblem(message, _certainty(_is_about_project(command)))


def _is_about_project(command: SimpleCommand) -> bool:
    """Return whether a command works on the project in its folder, as ``go install X@latest`` does not."""
    words = command.positional()
    if not words:
        return not {"--version", "--help", "-v", "-h", "-V"} & set(command.words)
    return words[0] in PROJECT_COMMANDS and (words[0] not in {"install", "i"} or not words[1:])


def _files(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[CommandProblem]:
    """Yield the missing programs that are given by path, and the missing files that programs read."""
    for name, certainty in _named_files(command):
        path = None if UNRESOLVABLE.search(name) else enter(command.folder, name)
        endings = ("", ".js", "/index.js") if command.program == "node" else ("",)
        if path is None or is_created(path, created):
            continue
        if not any(repo.exists((path or ".") + end) for end in endings):
            word, near = path.rpartition("/")[2], closest_path(path, repo.files)
            yield CommandProblem(f"{path} does not exist.", certainty, word, near, path)


def _named_files(command: SimpleCommand) -> Iterator[tuple[str, Certainty]]:
    """Yield the file names in a command, each with the certainty that it is one."""
    words = command.positional()
    if "/" in command.words[0]:
        is_source = SOURCES.search(command.words[0]) or command.program in WRAPPERS
        yield command.words[0], _certainty(is_source)
    if command.program in TAKE_A_FILE and not {"-m", "-c", "-S", "-r", "-e"} & set(command.words):
        yield from ((word, _certainty(SOURCES.search(word))) for word in words[:1])
    if command.program == "php" and (target := command.option("-t")):
        yield target, Certainty.UNLESS_CREATED
    elif command.program in {"cp", "mv"}:
        yield from ((word, _certainty(command.program == "cp")) for word in words[:-1])
    elif command.words[:2] in {("streamlit", "run"), ("go", "run")}:
        yield from ((word, Certainty.UNLESS_CREATED) for word in command.words[2:3])
    elif command.program.startswith("pip") and (name := command.option("-r", "--requirement")):
        yield name, Certainty.UNLESS_CREATED
    elif command.program in {"conda", "dotnet"}:
        option = command.option("-f", "--file", "--project")
        restored = command.words[2:3] if command.words[:2] == ("dotnet", "restore") else ()
        yield from ((word, Certainty.UNLESS_CREATED) for word in (option, *restored) if word)


def _compose(command: SimpleCommand, repo: Repository) -> Iterator[CommandProblem]:
    if command.program == "docker" and command.words[1:2] != ("compose",):
        return
    option = command.option("-f", "--file")
    if UNRESOLVABLE.search(option or ""):
        return
    path = enter(command.folder, option) if option else repo.first(working_folder(command), *STANDARD_FILES)
    if path == "":
        return  # The option names a folder.
    if path is None or path not in repo.files:
        yield _missing_compose_file(option or "", path or "", repo)
        return
    several = sum(word in {"-f", "--file"} for word in command.words) > 1
    existing = services(repo, path)
    for name in _named_services(command):
        if name not in existing:
            certainty = Certainty.LIKELY if several or "$" in name else Certainty.CERTAIN
            message = f"There is no service {name} in {path}."
            yield CommandProblem(message, certainty, name, closest_match(name, existing))


def _missing_compose_file(option: str, path: str, repo: Repository) -> CommandProblem:
    message = f"{path} does not exist." if path else "There is no compose file."
    near = closest_path(path, repo.files) if path else ""
    return CommandProblem(message, word=option.rpartition("/")[2], suggestion=near)


def _named_services(command: SimpleCommand) -> list[str]:
    """Return the services after ``up``, or the one after ``exec`` or ``run``."""
    words = list(command.words)
    verb = next((word for word in ("up", "exec", "run") if word in words), None)
    if verb is None:
        return []
    rest = words[words.index(verb) + 1 :]
    if verb != "up":
        return [word for word in rest[:1] if not word.startswith("-")]
    values = {rest[at + 1] for at, word in enumerate(rest[:-1]) if word in COMPOSE_OPTIONS}
    return [word for word in SimpleCommand(("up", *rest), (), None).positional() if word not in values]


def _module(command: SimpleCommand, repo: Repository) -> Iterator[CommandProblem]:
    """Yield a problem if uvicorn or Flask loads the application from a missing Python module."""
    option = command.option("--app") if command.program == "flask" else next(iter(command.positional()), "")
    module = (option or "").partition(":")[0].removesuffix(".py")
    if not module or "$" in module:
        return
    path, folder = module.replace(".", "/"), command.folder or ""
    stems = (join(folder, path), join(folder, posixpath.join("src", path)))
    if not any(repo.exists(stem + ending) for stem in stems for ending in (".py", "")):
        is_elsewhere = "--app-dir" in command.words or command.environment
        yield CommandProblem(f"There is no module {module}.", _certainty(not is_elsewhere))


def _tool_runner(command: SimpleCommand, repo: Repository) -> Iterator[CommandProblem]:
    """Check X in ``poetry run X`` like a command of its own."""
    if command.words[1:2] == ("run",) and len(command.words) > 2:
        yield from check_command(SimpleCommand(command.words[2:], (), command.folder), repo, set())


def _dotnet(command: SimpleCommand, repo: Repository) -> Iterator[CommandProblem]:
    """Check that ``dotnet run`` without a project finds one in its folder."""
    if command.words[1:2] not in {("run",), ("watch",)}:
        return
    if command.option("--project") or command.positional()[1:]:
        return
    if not any(
        path.endswith((".csproj", ".fsproj", ".vbproj")) for path in repo.in_folder(command.folder or "")
    ):
        message = f"`dotnet` requires a project file, which is missing in {command.folder or ROOT}."
        yield CommandProblem(message)


CHECKS: Mapping[str, CommandCheck] = {
    **dict.fromkeys(NODE_MANAGERS, check_script),
    **dict.fromkeys(PROGRAMS, check_target),
    **dict.fromkeys(PYTHON_MANAGERS, _tool_runner),
    "dotnet": _dotnet,
    "docker": _compose,
    "docker-compose": _compose,
    "uvicorn": _module,
    "flask": _module,
}
