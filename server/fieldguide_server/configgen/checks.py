"""What must be true of the repository for a shell command to work there: every name it speaks exists."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from fieldguide_server.configgen.detect.compose import STANDARD, services
from fieldguide_server.configgen.detect.frameworks import server_of
from fieldguide_server.configgen.detect.runners import runner_file
from fieldguide_server.configgen.repository import PRUNED, Repository, as_object, folder_of, join
from fieldguide_server.configgen.shell import SimpleCommand, enter

Check = Callable[[SimpleCommand, Repository], Iterator[str]]
INSTALL_WORDS = frozenset({"install", "i", "ci", "add", "config", "exec", "dlx", "x", "set", "update"})
# Programs and the manifests one of which their folder, or one above it, must hold.
MANIFESTS: Mapping[str, tuple[str, ...]] = {
    "npm": ("package.json",),
    "yarn": ("package.json",),
    "pnpm": ("package.json",),
    "bun": ("package.json",),
    "poetry": ("pyproject.toml",),
    "pdm": ("pyproject.toml",),
    "uv": ("pyproject.toml",),
    "pipenv": ("Pipfile",),
    "go": ("go.mod", "go.work"),
    "cargo": ("Cargo.toml",),
    "bundle": ("Gemfile", "gems.rb"),
    "composer": ("composer.json",),
    "mvn": ("pom.xml",),
    "mvnw": ("pom.xml",),
    "gradle": ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
    "gradlew": ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
    "mix": ("mix.exs",),
    "mkdocs": ("mkdocs.yml", "mkdocs.yaml"),
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
    "cmake": ("CMakeLists.txt",),
    "meson": ("meson.build",),
    "sbt": ("build.sbt",),
    "stack": ("stack.yaml",),
    "swift": ("Package.swift",),
    "lein": ("project.clj",),
    "shards": ("shard.yml",),
    "zig": ("build.zig",),
    "gleam": ("gleam.toml",),
    "flutter": ("pubspec.yaml",),
    "dart": ("pubspec.yaml",),
}
# Build tools whose later steps run on the build folder.
BUILT_ELSEWHERE = frozenset({"cmake", "meson"})
FREE = re.compile(r"[$`*?{}~<>]|^/|^-")
STAYS = re.compile(
    r"runserver|\bphp artisan serve|php -S|rails server|bin/dev|rackup|uvicorn|flask\b.* run|streamlit run|mkdocs serve"
    r"|jekyll serve|hugo serve|http\.server|spring-boot:run|quarkus:dev|quarkusDev|bootRun|go run|cargo run|cargo watch"
    r"|phx\.server|dotnet (?:run|watch)|sphinx-autobuild|gradlew? (?:\S+ )*:?(?:\w+:)*run\b|mvnw? .*\b(?:jetty:run|mn:run)"
    r"|middleman server|(?:deno|sbt|swift|stack|cabal|gleam|dart) run|mix run|docker compose .*\bup\b(?!.* -d)|npm start|(?:npm run|yarn|pnpm) (?:dev|start|serve)"
)


def check_command(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[str]:
    """Sentences for all that a command names and the repository (or an earlier command) does not have."""
    if command.program in {"cd", "pushd"}:
        yield from _folder(command, repo, created)
        return
    if command.folder is None or "--global" in command.words or "-g" in command.words:
        return
    yield from _manifest(command, repo)
    yield from _files(command, repo, created)
    if command.program in CHECKS:
        yield from CHECKS[command.program](command, repo)


def long_running(command: SimpleCommand, repo: Repository) -> bool:
    """Whether a command is a server or a watcher, as far as its words tell."""
    if stays(command) and _script_body(command, repo) is None:
        return True
    return server_of(command, {}) is not None and command.program not in {"node", "bun", "deno", "firebase"}


def stays(command: SimpleCommand) -> bool:
    """Whether the words alone are known to start something that stays."""
    return STAYS.search(" ".join((command.program, *command.words[1:]))) is not None


def _script_body(command: SimpleCommand, repo: Repository) -> str | None:
    """The package script a command runs; None when it runs none, "" when that ends by itself."""
    if command.program not in {"npm", "yarn", "pnpm", "bun"}:
        return None
    words = [word for word in command.positional() if word not in {"run", "run-script"}]
    scripts = as_object(repo.json(join(command.folder or "", "package.json")).get("scripts"))
    body = scripts.get(words[0]) if words else None
    if not isinstance(body, str):
        return None
    return "" if re.match(r"(build|compile|install|prepare|setup|generate|test|lint)", words[0]) else None


def _folder(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[str]:
    target = next(iter(command.positional()), "")
    path = enter(command.folder, target) if target else None
    if path is not None and path not in repo.folders and not _made(path, created):
        yield f"The folder {path} does not exist."


def _made(path: str, created: set[str]) -> bool:
    """Whether an earlier command makes a path, or it lies where the repository is not looked into."""
    return bool(set(path.split("/")[:-1]) & PRUNED) or any(
        path == made or path.startswith(f"{made}/") for made in created
    )


def _manifest(command: SimpleCommand, repo: Repository) -> Iterator[str]:
    wanted = MANIFESTS.get(command.program)
    if command.words[:2] == ("go", "run") and command.words[-1].endswith(".go"):
        return
    if wanted is None or (
        {"--build", "compile", "test"} & set(command.words) and command.program in BUILT_ELSEWHERE
    ):
        return
    folder: str | None = _inner_folder(command)
    while folder is not None:
        if repo.first(folder, *wanted):
            return
        folder = folder_of(folder) if folder else None
    yield f"`{command.program}` finds no {wanted[0]} in {command.folder or 'the root'}."


def _inner_folder(command: SimpleCommand) -> str:
    inner = (
        command.option("--prefix", "--cwd", "--dir", "-C")
        if command.program in {"npm", "yarn", "pnpm", "make"}
        else None
    )
    return enter(command.folder, inner) or "" if inner else command.folder or ""


def _files(command: SimpleCommand, repo: Repository, created: set[str]) -> Iterator[str]:
    """Programs given by path, and the files they are told to read."""
    named = [command.words[0]] if "/" in command.words[0] else []
    if command.program in {"python", "python3", "node", "php", "bash", "sh", "ts-node", "tsx"}:
        first = next(iter(command.positional()), "")
        named += (
            [first]
            if first and "-m" not in command.words and "-c" not in command.words and "-S" not in command.words
            else []
        )
        target = command.option("-t")
        named += [target] if target and command.program == "php" else []
    elif command.program in {"cp", "mv"}:
        named += command.positional()[:-1]
    elif command.words[:2] in {("streamlit", "run"), ("go", "run")}:
        named += list(command.words[2:3])
    elif command.program.startswith("pip") and (name := command.option("-r", "--requirement")):
        named.append(name)
    elif command.program in {"docker", "docker-compose", "conda", "dotnet"}:
        named += [name] if (name := command.option("-f", "--file", "--project")) else []
        named += list(command.words[2:3]) if command.words[:2] == ("dotnet", "restore") else []
    for name in named:
        path = None if FREE.search(name) else enter(command.folder, name)
        if path is not None and not repo.exists(path or ".") and not _made(path, created):
            yield f"{path} does not exist."


def _node(command: SimpleCommand, repo: Repository) -> Iterator[str]:
    words = command.positional()
    member = command.option("--workspace", "--filter", "-F", "-w") or (
        words[1] if words[:1] == ["workspace"] and words[1:] else None
    )
    values = {member, command.option("--prefix", "--cwd", "--dir", "-C"), "run", "run-script", "workspace"}
    names = [word for word in words if word not in values]
    if not names or names[0] in INSTALL_WORDS:
        return
    # npm runs scripts alone; the others run the programs of packages, too.
    is_program = command.program != "npm" and names[0] in _binaries(repo, _inner_folder(command))
    if is_program or (command.program == "bun" and "." in names[0]):
        yield from _entry(command, names[0], repo)
        return
    paths = _member_manifests(repo, member) if member else [join(_inner_folder(command), "package.json")]
    if not any(names[0] in as_object(repo.json(path).get("scripts")) for path in paths):
        yield f"There is no package script {names[0]} in {folder_of(paths[0]) or 'the root' if paths else member}."


def _binaries(repo: Repository, folder: str) -> set[str]:
    """The packages that a folder or its root depends on: yarn, pnpm and bun run their programs by name."""
    manifests = [repo.json(join(place, "package.json")) for place in {folder, ""}]
    sections = ("dependencies", "devDependencies")
    return {name for manifest in manifests for key in sections for name in as_object(manifest.get(key))}


def _entry(command: SimpleCommand, name: str, repo: Repository) -> Iterator[str]:
    """A file given to bun itself."""
    path = join(_inner_folder(command), name)
    if "." in name and path not in repo.files:
        yield f"{path} does not exist."


def _member_manifests(repo: Repository, name: str) -> list[str]:
    return [
        path
        for path in repo.named("package.json")
        if repo.json(path).get("name") == name or folder_of(path) == name
    ]


def _runner(command: SimpleCommand, repo: Repository) -> Iterator[str]:
    found = runner_file(repo, _inner_folder(command))
    for name in command.positional()[:1]:
        if found is None or found[0] != command.program or name not in found[2]:
            yield f"There is no {command.program} target {name}."


def _compose(command: SimpleCommand, repo: Repository) -> Iterator[str]:
    if command.program == "docker" and command.words[1:2] != ("compose",):
        return
    folder = command.folder or ""
    named = command.option("-f", "--file")
    path = join(folder, named) if named else repo.first(folder, *STANDARD)
    if path is None or path not in repo.files:
        yield "There is no compose file."
        return
    known = services(repo, path)
    words = [word for word in command.positional() if word != named]
    for name in words[words.index("up") + 1 :] if "up" in words else []:
        if name not in known:
            yield f"There is no service {name} in {path}."


def _module(command: SimpleCommand, repo: Repository) -> Iterator[str]:
    target = (
        command.option("--app") if command.program == "flask" else next(iter(command.positional()), "")
    ) or ""
    module = target.partition(":")[0]
    stem = join(command.folder or "", module.replace(".", "/"))
    if module and not any(
        repo.exists(prefix + ending)
        for prefix in (stem, _under_src(command, module))
        for ending in (".py", "")
    ):
        yield f"There is no module {module}."


def _under_src(command: SimpleCommand, module: str) -> str:
    return join(command.folder or "", posixpath.join("src", module.replace(".", "/")))


def _tool_runner(command: SimpleCommand, repo: Repository) -> Iterator[str]:
    """``poetry run X``: X is checked as if it stood alone."""
    if command.words[1:2] == ("run",) and len(command.words) > 2:
        yield from check_command(SimpleCommand(command.words[2:], (), command.folder), repo, set())


CHECKS: Mapping[str, Check] = {
    "npm": _node,
    "yarn": _node,
    "pnpm": _node,
    "bun": _node,
    "make": _runner,
    "just": _runner,
    "task": _runner,
    "docker": _compose,
    "docker-compose": _compose,
    "uvicorn": _module,
    "flask": _module,
    "poetry": _tool_runner,
    "pdm": _tool_runner,
    "uv": _tool_runner,
    "pipenv": _tool_runner,
}
