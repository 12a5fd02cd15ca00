"""Rust for the browser: Trunk builds and serves what ``cargo run`` cannot start."""

from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.reading.repository import Repository, as_object, folder_of, join
from fieldguide_server.configgen.types import DEFAULT, STATED, Evidence, Key

CONFIG = "Trunk.toml"
MARK = "data-trunk"
USUAL_PORT = 8080
TARGET = "rustup target add wasm32-unknown-unknown"
TOOL = "cargo install --locked trunk"


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of every crate with Trunk's configuration, or a page that Trunk completes."""
    for folder in repo.folders_with("Cargo.toml"):
        page = join(folder, "index.html")
        config = join(folder, CONFIG)
        if config in repo.files or MARK in repo.read(page):
            path = config if config in repo.files else page
            yield from _served(repo, path, repo.line(path, "[serve]" if path == config else MARK))


def _served(repo: Repository, path: str, line: int) -> Iterator[Evidence]:
    folder = folder_of(path)
    for command in (TARGET, TOOL):
        yield Evidence(Key.SETUP, command, path, line, STATED, folder, "rust", "Trunk needs it")
    yield Evidence(Key.START, "trunk serve", path, line, STATED, folder, "rust", "Trunk serves the page")
    stated = as_object(repo.toml(join(folder, CONFIG)).get("serve")).get("port")
    found = [ports.port(path, line, USUAL_PORT, DEFAULT, "trunk's default")]
    if isinstance(stated, int) and ports.is_port(stated):
        number = repo.line(path, "[serve]", str(stated))
        found.append(ports.port(path, number, stated, STATED, "Trunk's configuration"))
    yield from ports.best(found, folder, "rust")
