"""Rust: Cargo packages and workspaces."""

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

WEB = frozenset(
    {"rocket", "actix-web", "axum", "warp", "tide", "poem", "salvo", "hyper", "tower-http", "gotham"}
)
MAINS = ("src/main.rs", "src/server.rs", "src/lib.rs", "src/config.rs")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every Cargo package that belongs to no workspace above it."""
    folders = repo.folders_with("Cargo.toml")
    for folder in folders:
        if any(other != folder and (not other or folder.startswith(other + "/")) for other in folders):
            continue
        path = join(folder, "Cargo.toml")
        yield Evidence(Key.INSTALL, "cargo build", path, 1, STATED, folder, "rust")
        yield Evidence(Key.EXTENSION, "rust-lang.rust-analyzer", path, 1, DEFAULT, folder, "rust")
        yield Evidence(Key.TEST, "cargo test", path, 1, DEFAULT, folder, "rust")
        yield from _start(repo, folder)


def _start(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = join(folder, "Cargo.toml")
    web = sorted(WEB & set(_dependencies(repo, path)))
    if web:
        line = repo.line(path, "dependencies", web[0])
        yield Evidence(Key.START, "cargo run", path, line, DOCUMENTED, folder, "rust", f"a {web[0]} server")
        yield from ports.best(_ports(repo, folder, web[0]), folder, "rust")
        return
    for item in written_commands(repo):
        words = item.command.words
        options = item.command.option("--bin", "-p", "--package")
        if words[:2] == ("cargo", "run") and item.command.folder == folder and "--example" not in words:
            name = (
                f" {words[words.index(options) - 1]} {options}"
                if options in words and _known(repo, options)
                else ""
            )
            yield Evidence(Key.START, f"cargo run{name}", item.path, item.line, DEFAULT, folder, "rust")
            return
    yield from _program(repo, folder)


def _program(repo: Repository, folder: str) -> Iterator[Evidence]:
    """Yield the one program of a package, or of the workspace's members."""
    path = join(folder, "Cargo.toml")
    if join(folder, "src/main.rs") in repo.files:
        note = "the package's program"
        yield Evidence(
            Key.START, "cargo run", path, repo.line(path, "name"), CONVENTION, folder, "rust", note
        )
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
    """Return the folders of a workspace's packages, demonstrations left out."""
    named = as_strings(as_object(repo.toml(join(folder, "Cargo.toml")).get("workspace")).get("members"))
    patterns = [join(folder, pattern) for pattern in named]
    found = [folder_of(path) for path in repo.named("Cargo.toml")]
    listed = [f for f in found if is_among(f, patterns)]
    return [member for member in listed if not is_side(member)] or listed


def _known(repo: Repository, name: str | None) -> bool:
    """Return whether some manifest of the repository has a package of that name."""
    wanted = f'name = "{name}"'
    return (
        bool(name)
        and is_safe_name(name or "")
        and any(wanted in repo.read(p) for p in repo.named("Cargo.toml"))
    )


def _dependencies(repo: Repository, path: str) -> list[str]:
    table = repo.toml(path)
    inner = as_object(as_object(table.get("workspace")).get("dependencies"))
    return [*as_object(table.get("dependencies")), *(inner if "package" in table else ())]


def _ports(repo: Repository, folder: str, framework: str) -> Iterator[Evidence]:
    for name in MAINS:
        yield from ports.in_file(repo, join(folder, name), ports.IN_CODE, 0.9, "the code listens there")
    if framework == "rocket":
        yield from _rocket(repo, folder)
    yield from ports.around(repo, folder)
    yield from ports.in_readme(repo, folder)


def _rocket(repo: Repository, folder: str) -> Iterator[Evidence]:
    path = join(folder, "Rocket.toml")
    table = repo.toml(path)
    for profile in ("debug", "development", "default", "global"):
        number = as_object(table.get(profile)).get("port")
        if isinstance(number, int) and ports.is_port(number):
            yield ports.port(
                path, repo.line(path, f"[{profile}]", "port"), number, STATED, "Rocket's configuration"
            )
            return
    manifest = join(folder, "Cargo.toml")
    yield ports.port(manifest, repo.line(manifest, "rocket"), 8000, DEFAULT, "Rocket's default")
