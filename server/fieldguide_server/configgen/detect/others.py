""".NET, Elixir, Deno, CMake, and the task runners Make, just and Task."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.repository import (
    Repository,
    as_object,
    folder_depth,
    folder_of,
    is_safe_name,
    is_side,
    join,
)
from fieldguide_server.configgen.shell import quoted
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
TARGET = re.compile(r"^([A-Za-z][\w.-]{0,60})\s*::?(?!=)", re.MULTILINE)
RECIPE = re.compile(r"^@?([A-Za-z][\w-]{0,60})(?:\s+[^:=\n]*)?:(?!=)", re.MULTILINE)
# ``install`` comes last: in many makefiles it copies the product into the system.
INSTALL_TARGETS = (
    *(
        "setup",
        "bootstrap",
        "deps",
        "dependencies",
        "install-deps",
        "install-dev",
        "init",
        "build",
        "all",
        "install",
    ),
)
START_TARGETS = ("dev", "serve", "run", "start", "server", "up", "runserver", "run-dev")
NOT_THE_PROGRAM = re.compile(r"test|bench|fuzz|sample|example|demo", re.IGNORECASE)
WEB_SDK = "Microsoft.NET.Sdk.Web"
LAUNCH_URL = re.compile(r"\"applicationUrl\":\s*\"[^\"\n]{0,200}?http://[\w.*+-]+:(\d{2,5})")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Evidence of the smaller ecosystems."""
    yield from _dotnet(repo)
    yield from _elixir(repo)
    yield from _deno(repo)
    yield from _cmake(repo)
    yield from _runners(repo)


def make_targets(repo: Repository, path: str) -> frozenset[str]:
    """The targets of a makefile, those of its plain includes too."""
    text = repo.read(path)
    for names in re.findall(r"^-?include\s+(.+)$", text, re.MULTILINE)[:20]:
        text += "".join("\n" + repo.read(join(folder_of(path), name)) for name in names.split()[:20])
    targets = {name for line in re.findall(r"^\.PHONY\s*:(.*)$", text, re.MULTILINE) for name in line.split()}
    several = {
        n
        for line in re.findall(r"^([\w.-]+(?: +[\w.-]+)+)\s*:(?!=)", text, re.MULTILINE)
        for n in line.split()
    }
    return frozenset(targets | several | set(TARGET.findall(text)))


def runner_file(repo: Repository, folder: str) -> tuple[str, str, frozenset[str]] | None:
    """(program, path, names) of the task runner a folder has."""
    if path := repo.first(folder, *MAKEFILES):
        return "make", path, make_targets(repo, path)
    if path := repo.first(folder, "justfile", "Justfile", ".justfile"):
        return "just", path, frozenset(RECIPE.findall(repo.read(path)))
    if path := repo.first(folder, "Taskfile.yml", "Taskfile.yaml"):
        return "task", path, frozenset(as_object(as_object(repo.yaml(path).value).get("tasks")))
    return None


def _runners(repo: Repository) -> Iterator[Evidence]:
    """Targets by their customary names: the plan uses them where no ecosystem speaks for itself."""
    found = runner_file(repo, "")
    if found is None:
        return
    program, path, names = found
    for key, customary in ((Key.INSTALL, INSTALL_TARGETS), (Key.START, START_TARGETS)):
        name = next((name for name in customary if name in names and is_safe_name(name)), None)
        if name:
            line = repo.line(path, f"\n{name}:", name)
            yield Evidence(key, f"{program} {name}", path, line, CONVENTION - 0.05, "", "runner")
    if program == "make" and not names & {*INSTALL_TARGETS} and re.search(r"\.(c|cc|cpp)\b", repo.read(path)):
        yield Evidence(Key.INSTALL, "make", path, 1, CONVENTION - 0.05, "", "runner")


def _dotnet(repo: Repository) -> Iterator[Evidence]:
    projects = sorted(path for path in repo.files if path.endswith((".csproj", ".fsproj")))
    solutions = [path for path in repo.files if path.endswith((".sln", ".slnx")) and folder_depth(path) <= 2]
    projects = [path for path in projects if not is_side(folder_of(path)) and folder_depth(path) <= 4]
    projects = [path for path in projects if not NOT_THE_PROGRAM.search(path)] or projects[:1]
    if not projects:
        return
    sign = min(solutions or projects, key=lambda path: (path.count("/"), path))
    target = quoted(sign)
    yield Evidence(Key.INSTALL, f"dotnet restore {target}", sign, 1, STATED, "", "dotnet")
    yield Evidence(Key.EXTENSION, "muhammad-sammy.csharp", sign, 1, DEFAULT, "", "dotnet")
    web = [path for path in projects if WEB_SDK in repo.read(path)]
    programs = web or [path for path in projects if "<OutputType>Exe<" in repo.read(path)]
    if len(programs) == 1:
        path = programs[0]
        text = f"dotnet run --project {quoted(path)}"
        yield Evidence(Key.START, text, path, 1, DOCUMENTED, "", "dotnet")
        settings = join(folder_of(path), "Properties/launchSettings.json")
        yield from ports.best(
            ports.in_file(repo, settings, LAUNCH_URL, STATED, "launch settings"), "", "dotnet"
        )


def _elixir(repo: Repository) -> Iterator[Evidence]:
    for folder in repo.folders_with("mix.exs", depth=1)[:1]:
        path = join(folder, "mix.exs")
        yield Evidence(Key.PACKAGE, "elixir", path, 1, DOCUMENTED, folder, "elixir")
        yield Evidence(Key.INSTALL, "mix deps.get", path, 1, STATED, folder, "elixir")
        if "{:phoenix," in repo.read(path):
            line = repo.line(path, "{:phoenix,")
            yield Evidence(Key.START, "mix phx.server", path, line, STATED, folder, "elixir")
            default = ports.port(path, line, 4000, DEFAULT, "Phoenix's default")
            yield from ports.best([default], folder, "elixir")


def _deno(repo: Repository) -> Iterator[Evidence]:
    path = repo.first("", "deno.json", "deno.jsonc")
    if path is None or "package.json" in repo.files:
        return
    tasks = as_object(repo.json(path).get("tasks"))
    yield Evidence(Key.PREPARE, "npm install --global deno", path, 1, CONVENTION, "", "deno")
    name = next((name for name in ("dev", "start", "serve") if name in tasks), None)
    if name:
        line = repo.line(path, '"tasks"', f'"{name}"')
        yield Evidence(Key.START, f"deno task {name}", path, line, DOCUMENTED, "", "deno")


def _cmake(repo: Repository) -> Iterator[Evidence]:
    if "CMakeLists.txt" in repo.files:
        path = "CMakeLists.txt"
        line = repo.line(path, "project(", "add_executable")
        yield Evidence(
            Key.INSTALL, "cmake -S . -B build && cmake --build build", path, line, DEFAULT, "", "cmake"
        )
