import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from fieldguide_indexer.errors import WorkspaceError
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.workspace import FileEntry, read_document, scan
from fieldguide_indexer.types import Document, SkippedFile

OPTIONS = IndexOptions()
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def paths(root: Path, options: IndexOptions = OPTIONS, only: list[str] | None = None) -> list[str]:
    return [entry.path for entry in scan(root, options, only).entries]


@pytest.fixture(params=["git", "no git"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A workspace with and without a repository; what a test expects of it is the same."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    if request.param == "git":
        git(folder, "init")
    return folder


def test_files_are_listed_with_size_and_time_in_the_order_of_their_paths(root: Path) -> None:
    write(root, "b.py", "a/z.py", "a/ä ö.md")
    found = scan(root, OPTIONS).entries
    assert [entry.path for entry in found] == ["a/z.py", "a/ä ö.md", "b.py"]
    assert found[-1] == FileEntry("b.py", 6, (root / "b.py").stat().st_mtime_ns)


def test_nested_gitignore_files_are_respected_and_the_deepest_has_the_last_word(root: Path) -> None:
    write(root, "keep.py", "a.log", "sub/b.log", "sub/important.log", "build/x.py", "sub/build/y.py")
    write(root, ".gitignore", text="*.log\n/build/\n")
    write(root, "sub/.gitignore", text="!important.log\n")
    assert paths(root) == [".gitignore", "keep.py", "sub/.gitignore", "sub/build/y.py", "sub/important.log"]


def test_the_own_ignore_file_and_the_setting_hold_for_nested_folders(root: Path) -> None:
    write(root, "a.py", "docs/a.md", "gen/a.py", "sub/gen/b.py", "sub/private/c.py")
    write(root, ".fieldguideignore", text="gen/\n")
    write(root, "sub/.fieldguideignore", text="/private\n!../docs\n")
    assert paths(root, IndexOptions(exclude=("docs/**", ".fieldguideignore"))) == ["a.py"]


def test_a_repository_cannot_take_back_what_the_user_excludes(root: Path) -> None:
    write(root, "a.py", "private/b.py")
    write(root, ".fieldguideignore", text="!private/\n!private/b.py\n")
    assert "private/b.py" not in paths(root, IndexOptions(exclude=("private/",)))


def test_installed_packages_and_caches_are_left_out_though_nobody_ignores_them(root: Path) -> None:
    write(
        root, "a.py", "node_modules/x/i.js", "web/node_modules/y.js", ".venv/lib/z.py", "p/__pycache__/a.pyc"
    )
    assert paths(root) == ["a.py"]


def test_limited_to_some_paths_the_scan_looks_at_those_alone(root: Path) -> None:
    write(root, "a.py", "b.py", "sub/c.py", "sub/deep/d.py", "node_modules/e.js", "f.log")
    write(root, ".gitignore", text="*.log\n")
    only = ["a.py", "sub", "gone.py", "f.log", "node_modules/e.js", "../outside.py", "*"]
    assert paths(root, only=only) == ["a.py", "sub/c.py", "sub/deep/d.py"]
    assert paths(root, only=[]) == []


@POSIX
def test_links_pipes_and_sockets_are_named_but_never_opened_or_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.py")
    write(root, "a.py", "sub/b.py")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "sub/a.py").symlink_to("../a.py")
    os.mkfifo(root / "pipe.py")
    assert paths(root) == ["a.py", "sub/b.py"]
    skipped = {item.path: item.reason for item in scan(root, OPTIONS).skipped}
    assert {path: skipped[path] for path in ("out", "loop", "sub/a.py")} == dict.fromkeys(
        ("out", "loop", "sub/a.py"), "link"
    )
    assert paths(root, only=["out/secret.py", "loop/a.py", "pipe.py"]) == []


@POSIX
def test_a_name_that_is_no_text_is_skipped_and_can_be_written_down(root: Path) -> None:
    write(root, "a.py")
    (root / os.fsdecode(b"bad\xff.py")).write_text("x", encoding="utf-8")
    found = scan(root, OPTIONS)
    assert [entry.path for entry in found.entries] == ["a.py"]
    assert found.skipped == (SkippedFile("bad?.py", "unreadable name"),)


@POSIX
def test_a_tree_deeper_than_any_path_may_be_does_not_stop_the_scan(root: Path) -> None:
    write(root, "a.py")
    here = os.open(root, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert paths(root) == ["a.py"]


def test_a_folder_that_does_not_exist_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be read"):
        scan(tmp_path / "nowhere", OPTIONS)


def test_tracked_files_count_even_where_they_would_be_ignored(tmp_path: Path) -> None:
    git(tmp_path, "init")
    write(tmp_path, "node_modules/own.js", "kept.log", "gone.py")
    git(tmp_path, "add", "-f", ".")
    write(tmp_path, ".gitignore", text="*.log\n")
    write(tmp_path, "node_modules/other.js")
    (tmp_path / "gone.py").unlink()
    assert paths(tmp_path) == [".gitignore", "kept.log", "node_modules/own.js"]


def test_a_workspace_below_the_top_of_a_repository_lists_its_own_files(tmp_path: Path) -> None:
    git(tmp_path, "init")
    write(tmp_path, "top.py", "part/a.py", "part/a.log")
    write(tmp_path, ".gitignore", text="*.log\n")
    assert paths(tmp_path / "part") == ["a.py"]


def test_a_workspace_that_the_repository_around_it_ignores_is_read_all_the_same(tmp_path: Path) -> None:
    git(tmp_path, "init")
    write(tmp_path, ".gitignore", text="work/\n")
    write(tmp_path, "work/a.py", "work/sub/b.py")
    assert paths(tmp_path / "work") == ["a.py", "sub/b.py"]
    assert paths(tmp_path / "work", only=["sub/b.py"]) == ["sub/b.py"]


def test_files_of_submodules_and_nested_repositories_belong_to_the_workspace(tmp_path: Path) -> None:
    for name in ("library", "main", "main/nested"):
        (tmp_path / name).mkdir()
        git(tmp_path / name, "init")
    write(tmp_path, "library/lib.py", "main/nested/n.py", "main/nested/deep/n.log", "main/a.py")
    write(tmp_path, "main/nested/.gitignore", text="*.log\n")
    git(tmp_path / "library", "add", ".")
    git(tmp_path / "library", "commit", "-m", "one")
    git(tmp_path / "main", "submodule", "add", str(tmp_path / "library"), "vendor/library")
    main = tmp_path / "main"
    assert paths(main) == [".gitmodules", "a.py", "nested/.gitignore", "nested/n.py", "vendor/library/lib.py"]
    assert paths(main, only=["vendor/library/lib.py", "nested/n.py", "nested/deep/n.log"]) == [
        "nested/n.py",
        "vendor/library/lib.py",
    ]
    assert paths(main, only=["vendor"]) == ["vendor/library/lib.py"]


def test_a_submodule_that_nobody_checked_out_is_empty(tmp_path: Path) -> None:
    git(tmp_path, "init")
    write(tmp_path, "a.py")
    git(tmp_path, "add", ".")
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    (tmp_path / "sub").mkdir()
    assert paths(tmp_path) == ["a.py"]


@POSIX
def test_a_hostile_repository_runs_no_program_and_names_no_file_outside(tmp_path: Path) -> None:
    work = tmp_path / "work"
    write(tmp_path, "work/a.py", "work/dir/passwd", "elsewhere/passwd")
    git(work, "init")
    git(work, "add", ".")
    (work / "dir/passwd").unlink()
    (work / "dir").rmdir()
    (work / "dir").symlink_to(tmp_path / "elsewhere")
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    hook.chmod(0o755)
    git(work, "config", "core.fsmonitor", str(hook))
    assert paths(work) == ["a.py"]
    assert not (tmp_path / "ran").exists()


def test_a_repository_that_git_refuses_is_walked_and_the_user_told(tmp_path: Path) -> None:
    git(tmp_path, "init")
    write(tmp_path, "a.py", "b.log")
    write(tmp_path, ".gitignore", text="*.log\n")
    (tmp_path / ".git/config").write_text("[core\n", encoding="utf-8")
    found = scan(tmp_path, OPTIONS)
    assert [entry.path for entry in found.entries] == [".gitignore", "a.py"]
    assert found.notes == ("git could not list the files, so they were listed without it.",)


def test_variables_of_a_git_hook_do_not_point_the_scan_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        write(tmp_path, f"{name}/{name}.py")
        git(tmp_path / name, "init")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "two/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "two"))
    assert paths(tmp_path / "one") == ["one.py"]


def test_without_git_installed_the_files_are_found_and_the_user_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.py")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = scan(tmp_path, OPTIONS)
    assert [entry.path for entry in found.entries] == ["a.py"]
    assert found.notes == ("git is not installed, so files were listed without it.",)


def test_virtual_environments_and_build_folders_are_known_by_what_is_in_them(tmp_path: Path) -> None:
    write(tmp_path, "env39/pyvenv.cfg", "env39/lib/x.py", "cache/CACHEDIR.TAG", "cache/y.py", "target/z.rs")
    write(tmp_path, "crate/Cargo.toml", "crate/target/o.rs", "crate/src/main.rs")
    assert paths(tmp_path) == ["crate/Cargo.toml", "crate/src/main.rs", "target/z.rs"]


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*a*a*a*a*a*b", "[z-a]", "!", "\\", "**/**/**/**/**/**/x"])
def test_a_hostile_or_broken_pattern_neither_hangs_nor_stops_the_scan(tmp_path: Path, pattern: str) -> None:
    write(tmp_path, "a" * 120, "keep.py", "b.log")
    write(tmp_path, ".gitignore", text=f"{pattern}\n*.log\n")
    assert paths(tmp_path) == [".gitignore", "a" * 120, "keep.py"]


def read(root: Path, path: str, blob: bytes = b"", options: IndexOptions = OPTIONS) -> Document | str:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(blob)
    found = read_document(root, FileEntry(path, len(blob), 0), options)
    return found if isinstance(found, Document) else found.reason


@pytest.mark.parametrize(
    ("blob", "text"),
    [
        ("größe\r\nzwei\rdrei\n".encode(), "größe\nzwei\ndrei\n"),
        ("\ufeffa\n".encode(), "a\n"),
        ("日本\n".encode("utf-16"), "日本\n"),
        ("日本\n".encode("utf-32"), "日本\n"),
        ("Größe “x”\n".encode("cp1252"), "Größe “x”\n"),
        (b"", ""),
    ],
)
def test_text_is_decoded_whatever_its_encoding(tmp_path: Path, blob: bytes, text: str) -> None:
    found = read(tmp_path, "a.txt", blob)
    assert isinstance(found, Document)
    assert found.text == text


@pytest.mark.parametrize(
    "blob",
    [
        b"ab\0cd",
        b"%PDF-1.7 text",
        b"\x89PNG\r\n",
        b"\xff\xfea",
        bytes(range(1, 256)) * 4,
        b"a" * 9000 + b"\0",
    ],
)
def test_what_is_no_text_is_skipped_as_binary(tmp_path: Path, blob: bytes) -> None:
    assert read(tmp_path, "a.bin", blob) == "binary"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".env", "secret"), (".env.production", "secret"), ("deploy/prod.env", "secret"), ("id_rsa", "secret"),
        ("certs/server.PEM", "secret"), (".npmrc", "secret"), (".aws/credentials", "secret"), (".ssh/work", "secret"),
        (".zsh_history", "secret"), ("a/.psql_history", "secret"), ("vault.kdbx", "secret"), (".gnupg/trustdb.gpg", "secret"),
        (".mozilla/firefox/a.default/prefs.js", "secret"), (".config/gh/hosts.yml", "secret"), ("Default/Login Data", "secret"),
        (".password-store/mail.gpg", "secret"), ("Library/Keychains/a.db", "secret"), (".local/share/keyrings/login", "secret"),
        ("package-lock.json", "lock file"), ("a/Cargo.lock", "lock file"), ("go.sum", "lock file"),
    ],
)  # fmt: skip
def test_secret_and_lock_files_are_known_by_name(tmp_path: Path, path: str, reason: str) -> None:
    assert read(tmp_path, path, b"a = 1\n") == reason


@pytest.mark.parametrize(
    "path", [".env.example", ".env.sample", "id_rsa.pub", "environment.py", "credentials.py", "min.js"]
)
def test_files_that_only_look_like_secrets_are_read(tmp_path: Path, path: str) -> None:
    assert isinstance(read(tmp_path, path, b"a = 1\n"), Document)


def test_files_without_line_breaks_are_minified_unless_they_are_prose(tmp_path: Path) -> None:
    assert read(tmp_path, "a.js", b"var a=1;" * 2000) == "minified"
    assert isinstance(read(tmp_path, "a.md", b"many words " * 2000), Document)
    assert isinstance(read(tmp_path, "short.js", b"var a=1;" * 100), Document)


def test_a_large_file_is_skipped_even_if_it_grew_after_the_scan(tmp_path: Path) -> None:
    assert read(tmp_path, "a.py", b"a" * 101, IndexOptions(max_file_bytes=100)) == "too large"
    (tmp_path / "a.py").write_bytes(b"a" * 1000)
    found = read_document(tmp_path, FileEntry("a.py", 10, 0), IndexOptions(max_file_bytes=100))
    assert found == SkippedFile("a.py", "too large")


def test_a_document_knows_its_language(tmp_path: Path) -> None:
    found = read(tmp_path, "a.py", b"x = 1\n")
    assert isinstance(found, Document)
    assert found.language == "python"


@POSIX
def test_a_file_replaced_by_something_else_is_a_value_and_never_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    (tmp_path / "folder.py").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "s.py"))
        names = ("pipe.py", "link.py", "folder.py", "s.py", "gone.py", "a.py/b.py")
        found = [read_document(tmp_path, FileEntry(name, 1, 0), OPTIONS) for name in names]
    reasons = [item.reason for item in found if isinstance(item, SkippedFile)]
    assert reasons == ["not a regular file", "unreadable", "unreadable", "unreadable", "gone", "gone"]


def test_a_file_that_changes_all_the_time_never_gives_half_a_text(tmp_path: Path) -> None:
    path, stop = tmp_path / "a.txt", threading.Event()
    path.write_text("a" * 50_000, encoding="utf-8")

    def rewrite() -> None:
        length = 0
        while not stop.is_set():
            length = (length + 7_919) % 60_000
            path.write_text("b" * length, encoding="utf-8")

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(200):
            found = read_document(tmp_path, FileEntry("a.txt", 0, 0), OPTIONS)
            assert isinstance(found, Document) or found.reason == "changed while being read"
    finally:
        stop.set()
        writer.join()
