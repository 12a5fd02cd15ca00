""".NET: solutions, projects and single-file programs."""

import re
from collections.abc import Iterator
from itertools import chain

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    folder_depth,
    folder_of,
    is_side,
    join,
)
from fieldguide_server.configgen.reading.shell import quoted
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, STATED, Evidence, Key

NOT_THE_PROGRAM = re.compile(r"test|bench|fuzz|sample|example|demo", re.IGNORECASE)
WEB_SDK = re.compile(r"Microsoft\.NET\.Sdk\.(?:Web|BlazorWebAssembly)\"")
FRAMEWORK = re.compile(r"<TargetFrameworks?>\s*net(?:coreapp)?(\d+\.\d+)")
FACE = re.compile(r"(?:^|[/.])(?:web|webapp|app|server|host|site|ui)\.[cf]sproj$", re.IGNORECASE)
DIRECTIVE = re.compile(r"^#:(?:sdk|package|property|project)\b|^#!.*\bdotnet\b", re.MULTILINE)
HTTP = re.compile(r"http://[\w.*+-]+:(\d{2,5})")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield what to restore and test, and the program to run if there is exactly one."""
    projects = _projects(repo)
    if not projects:
        yield from _single_file(repo)
        return
    solutions = [path for path in repo.files if path.endswith((".sln", ".slnx")) and folder_depth(path) <= 2]
    main = min(solutions or projects, key=lambda path: (path.count("/"), path))
    yield Evidence(Key.INSTALL, f"dotnet restore {quoted(main)}", main, 1, STATED, "", "dotnet")
    yield Evidence(Key.EXTENSION, "muhammad-sammy.csharp", main, 1, DEFAULT, "", "dotnet")
    yield Evidence(Key.TEST, f"dotnet test {quoted(main)}", main, 1, DEFAULT, "", "dotnet")
    yield from _version(repo, projects)
    web = [path for path in projects if WEB_SDK.search(repo.read(path))]
    programs = web or [path for path in projects if "<OutputType>Exe<" in repo.read(path)]
    chosen = programs if len(programs) == 1 else [path for path in programs if FACE.search(path)]
    if len(chosen) == 1:
        path = chosen[0]
        text = f"dotnet run --project {quoted(path)}"
        yield Evidence(Key.START, text, path, 1, DOCUMENTED, "", "dotnet")
        settings = join(folder_of(path), "Properties/launchSettings.json")
        yield from ports.best(_launch_ports(repo, settings), "", "dotnet")


def _single_file(repo: Repository) -> Iterator[Evidence]:
    """Yield the only program of a single file without a project, which .NET 10 and later run."""
    sources = [path for path in repo.in_folder("") if path.endswith(".cs")]
    marked = [path for path in sources if DIRECTIVE.search(repo.read(path))]
    for path in marked if len(marked) == 1 else []:
        line = repo.line(path, "#:")
        yield Evidence(Key.INSTALL, f"dotnet restore {quoted(path)}", path, line, DOCUMENTED, "", "dotnet")
        yield Evidence(Key.START, f"dotnet run {quoted(path)}", path, line, DOCUMENTED, "", "dotnet")


def _projects(repo: Repository) -> list[str]:
    """Return the project files near the root, without tests and samples unless there is nothing else."""
    found = sorted(path for path in repo.files if path.endswith((".csproj", ".fsproj")))
    near = [path for path in found if not is_side(folder_of(path)) and folder_depth(path) <= 4]
    return [path for path in near if not NOT_THE_PROGRAM.search(path)] or near[:1]


def _version(repo: Repository, projects: list[str]) -> Iterator[Evidence]:
    """Yield the target framework of the first project that names one, unless ``global.json`` pins the SDK."""
    if as_object(repo.json("global.json").get("sdk")).get("version"):
        return
    for path in projects:
        if found := FRAMEWORK.search(repo.read(path)):
            line = repo.line(path, found.group())
            yield Evidence(Key.VERSION, found.group(1), path, line, STATED, "", "dotnet")
            return


def _launch_ports(repo: Repository, path: str) -> Iterator[Evidence]:
    """Yield the first port of the profiles that ``dotnet run`` uses; those of IIS need Windows."""
    profiles = as_object(repo.json(path).get("profiles"))
    own = [as_object(body) for body in profiles.values() if as_object(body).get("commandName") == "Project"]
    urls = [url for url in (body.get("applicationUrl") for body in own) if isinstance(url, str)]
    for found in chain.from_iterable(HTTP.finditer(url) for url in urls):
        number = int(found.group(1))
        yield ports.port(path, repo.line(path, found.group()), number, STATED, "launch settings")
        return
