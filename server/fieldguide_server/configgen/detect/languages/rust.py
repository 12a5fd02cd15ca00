"""Rust: Cargo packages and workspaces, and Trunk, which builds and serves Rust for the browser."""

from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.reading.repository import (
    Repository,
    as_object,
    as_strings,
    folder_of,
    is_among,
    is_safe_name,
    is_side,
    join,
)
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

WEB_FRAMEWORKS = frozenset(
    {"rocket", "actix-web", "axum", "warp", "tide", "poem", "salvo", "hyper", "tower-http", "gotham"}
)
SERVER_SOURCES = ("src/main.rs", "src/server.rs", "src/lib.rs", "src/config.rs")
TRUNK_FILE = "Trunk.toml"
# The attribute of a page by which Trunk finds what to build.
TRUNK_ATTRIBUTE = "data-trunk"
TRUNK_PORT = 8080
TRUNK_SETUP = ("rustup target add wasm32-unknown-unknown", "cargo install --locked trunk")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every Cargo package that belongs to no workspace above it, and of every page of Trunk."""
    folders = repo.folders_with("Cargo.toml")
    for folder in folders:
        if any(other != folder and (not other or folder.startswith(other + "/")) for other in folders):
            continue
        path = join(folder, "Cargo.toml")
        yield Evidence(Key.INSTALL, "cargo build", path, 1, STATED, folder, "rust")
        yield Evidence(Key.EXTENSION, "rust-lang.rust-analyzer", path, 1, DEFAULT, folder, "rust")
        yield Evidence(Key.TEST, "cargo test", path, 1, DEFAULT, folder, "rust")
        yield from _start(repo, folder)
    for folder in folders:
        yield from _trunk(repo, folder)


def _start(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = join(folder, "Cargo.toml")
    web = sorted(WEB_FRAMEWORKS & set(_dependencies(repo, path)))
    if web:
        line = repo.line(path, "dependencies", web[0])
        yield Evidence(Key.START, "cargo run", path, line, DOCUMENTED, folder, "rust", f"a {web[0]} server")
        yield from ports.best(_ports(repo, folder, web[0]), folder, "rust")
        return
    yield from _documented(repo, folder) or _program(repo, folder)


def _documented(repo: Repository, folder: str) -> list[Evidence]:
    """Return the first ``cargo run`` of a guide, with the program or package that it names if that exists."""
    for item in written_commands(repo):
        words = item.command.words
        if words[:2] == ("cargo", "run") and item.command.folder == folder and "--example" not in words:
            name = item.command.option("--bin", "-p", "--package")
            is_separate = name in words and _is_package(repo, name)
            named = f" {words[words.index(name) - 1]} {name}" if name and is_separate else ""
            return [Evidence(Key.START, f"cargo run{named}", item.path, item.line, DEFAULT, folder, "rust")]
    return []


def _program(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield the only program of a package, or of the workspace's members."""
    path = join(folder, "Cargo.toml")
    if join(folder, "src/main.rs") in repo.files:
        line, note = repo.line(path, "name"), "the package's program"
        yield Evidence(Key.START, "cargo run", path, line, CONVENTION, folder, "rust", note)
        return
    programs = [member for member in _members(repo, folder) if join(member, "src/main.rs") in repo.files]
    names = [
        as_object(repo.toml(join(member, "Cargo.toml")).get("package")).get("name") for member in programs
    ]
    if len(names) == 1 and isinstance(name := names[0], str) and is_safe_name(name):
        manifest = join(programs[0], "Cargo.toml")
        line, note = repo.line(manifest, "name"), "the workspace's only program"
        yield Evidence(Key.START, f"cargo run -p {name}", manifest, line, CONVENTION, folder, "rust", note)


def _members(repo: Repository, folder: str) -> list[str]:
    """Return the folders of a workspace's packages, without side folders unless there are no others."""
    named = as_strings(as_object(repo.toml(join(folder, "Cargo.toml")).get("workspace")).get("members"))
    patterns = [join(folder, pattern) for pattern in named]
    members = [f for path in repo.named("Cargo.toml") if is_among(f := folder_of(path), patterns)]
    return [member for member in members if not is_side(member)] or members


def _is_package(repo: Repository, name: str | None) -> bool:
    """Return whether a manifest of the repository declares a package of that name."""
    if not name or not is_safe_name(name):
        return False
    return any(f'name = "{name}"' in repo.read(path) for path in repo.named("Cargo.toml"))


def _dependencies(repo: Repository, path: str) -> list[str]:
    table = repo.toml(path)
    inner = as_object(as_object(table.get("workspace")).get("dependencies"))
    return [*as_object(table.get("dependencies")), *(inner if "package" in table else ())]


def _ports(repo: Repository, folder: str, framework: str) -> Iterator[Evidence]:
    for name in SERVER_SOURCES:
        yield from ports.in_file(repo, join(folder, name), ports.IN_CODE, 0.9, "the code listens there")
    if framework == "rocket":
        yield from _rocket_port(repo, folder)
    yield from ports.around(repo, folder)
    yield from ports.in_readme(repo, folder)


def _rocket_port(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield the port in the first profile of Rocket that states one, else Rocket's default."""
    path = join(folder, "Rocket.toml")
    table = repo.toml(path)
    for profile in ("debug", "development", "default", "global"):
        number = as_object(table.get(profile)).get("port")
        if isinstance(number, int) and ports.is_port(number):
            line = repo.line(path, f"[{profile}]", "port")
            yield ports.port(path, line, number, STATED, "Rocket's configuration")
            return
    manifest = join(folder, "Cargo.toml")
    yield ports.port(manifest, repo.line(manifest, "rocket"), 8000, DEFAULT, "Rocket's default")


def _trunk(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield how Trunk serves the package in a folder, where it has Trunk's configuration or a page for it."""
    config, page = join(folder, TRUNK_FILE), join(folder, "index.html")
    if config in repo.files:
        path, line = config, repo.line(config, "[serve]")
    elif TRUNK_ATTRIBUTE in repo.read(page):
        path, line = page, repo.line(page, TRUNK_ATTRIBUTE)
    else:
        return
    for command in TRUNK_SETUP:
        yield Evidence(Key.SETUP, command, path, line, STATED, folder, "rust", "Trunk needs it")
    yield Evidence(Key.START, "trunk serve", path, line, STATED, folder, "rust", "Trunk serves the page")
    found = [ports.port(path, line, TRUNK_PORT, DEFAULT, "Trunk's default")]
    stated = as_object(repo.toml(config).get("serve")).get("port")
    if isinstance(stated, int) and ports.is_port(stated):
        number = repo.line(path, "[serve]", str(stated))
        found.append(ports.port(path, number, stated, STATED, "Trunk's configuration"))
    yield from ports.best(found, folder, "rust")
