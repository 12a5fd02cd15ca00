"""Programs that work on the project in their folder: the manifest that each needs, and the options that lead elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import folder_of
from fieldguide_server.configgen.reading.shell import SimpleCommand, enter
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.task_runners import JUSTFILES, MAKEFILES, TASKFILES


@dataclass(frozen=True, slots=True)
class ProjectTool:
    """A program that works on a project.

    ``manifests`` are files one of which its folder, or one above it, must hold; none where they have no fixed name.
    ``folder_options`` name the folder to work in. ``installs``: the program puts the project's dependencies in place.
    """

    program: str
    manifests: tuple[str, ...] = ()
    folder_options: tuple[str, ...] = ()
    installs: bool = False


def _tools(
    programs: str, manifests: tuple[str, ...] = (), options: str = "", *, installs: bool = False
) -> Iterator[ProjectTool]:
    for program in programs.split():
        yield ProjectTool(program, manifests, tuple(options.split()), installs)


_TOOLS = (
    *_tools(" ".join(NODE_MANAGERS), manifests.NODE, "--prefix --cwd --dir -C", installs=True),
    *_tools("poetry", ("pyproject.toml",), "-C --directory", installs=True),
    *_tools("pdm", ("pyproject.toml",), "-p --project", installs=True),
    *_tools("uv", ("pyproject.toml",), "--directory --project", installs=True),
    *_tools("pipenv", ("Pipfile",), installs=True),
    *_tools("go", manifests.GO, "-C --directory --dir -d", installs=True),
    *_tools("cargo", manifests.RUST, "--manifest-path", installs=True),
    *_tools("bundle", manifests.RUBY, installs=True),
    *_tools("composer", manifests.PHP, "-d --working-dir", installs=True),
    *_tools("mvn mvnw", manifests.MAVEN, "-f --file", installs=True),
    *_tools("gradle gradlew", manifests.GRADLE, "-p --project-dir", installs=True),
    *_tools("mix", manifests.ELIXIR, installs=True),
    *_tools("stack", manifests.STACK, installs=True),
    *_tools("dart flutter", manifests.DART, installs=True),
    *_tools("dotnet", installs=True),
    *_tools("sbt", manifests.SCALA),
    *_tools("swift", manifests.SWIFT),
    *_tools("lein", manifests.LEININGEN),
    *_tools("shards", manifests.CRYSTAL),
    *_tools("zig", manifests.ZIG),
    *_tools("gleam", manifests.GLEAM),
    *_tools("cmake", manifests.CMAKE, "-S"),
    *_tools("meson", manifests.MESON),
    *_tools("mkdocs", manifests.MKDOCS),
    # Messages name the first: "Makefile" is the common name, though make looks for the others before.
    *_tools("make", (*reversed(MAKEFILES), "Makefile.am"), "-C --directory --dir -d"),
    *_tools("just", JUSTFILES, "-C --directory --dir -d"),
    *_tools("task", TASKFILES, "-C --directory --dir -d"),
    *_tools("git", options="-C --directory --dir -d"),
    *_tools("docker docker-compose", options="--project-directory"),
)
MANIFESTS: Mapping[str, tuple[str, ...]] = {tool.program: tool.manifests for tool in _TOOLS if tool.manifests}
FOLDER_OPTIONS: Mapping[str, tuple[str, ...]] = {tool.program: tool.folder_options for tool in _TOOLS}
PACKAGE_MANAGERS = frozenset(tool.program for tool in _TOOLS if tool.installs)
# Their option names the manifest in the folder, rather than the folder.
_NAME_A_FILE = frozenset({"cargo", "mvn", "mvnw"})


def working_folder(command: SimpleCommand) -> str:
    """Return the folder that a command works in: the one it runs in, unless an option names another."""
    named = command.option(*FOLDER_OPTIONS.get(command.program, ()))
    folder = enter(command.folder, named) if named else command.folder
    if named and command.program in _NAME_A_FILE:
        folder = folder_of(folder or "")
    return folder or ""
