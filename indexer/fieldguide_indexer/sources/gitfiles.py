"""Queries to git about the files of a folder, in bounded time, with the precautions of ``safe_git.py``."""

import logging
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from fieldguide_indexer.sources.entries import MAX_FILES, PRUNED_FOLDERS
from fieldguide_indexer.sources.safe_git import git_command, git_environment

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 120.0
_BLOCK = 1 << 20
_MAX_STDERR = 100_000


class GitUnavailableError(Exception):
    """git cannot list this folder. The message is a sentence; "" if the folder is not in a repository."""


def list_files(folder: Path, only: Sequence[str] = ()) -> list[str]:
    """List tracked files and untracked ones that are not ignored, relative to ``folder``; slightly more than ``MAX_FILES`` at most.

    A repository inside the folder (a submodule or a nested clone) is listed as a folder, with or without ``/``.

    Args:
        folder: A folder at the top of a work tree or below it.
        only: Limit the listing to these paths, taken literally.

    Raises:
        GitUnavailableError: git is not installed, there is no repository, or git refuses.
    """
    excludes = [f"--exclude={name}/" for name in sorted(PRUNED_FOLDERS)]
    output = _run(
        folder,
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        *excludes,
        "--",
        *only,
    )
    return [name for name in os.fsdecode(output).split("\0") if name]


def list_ignored_folders(folder: Path) -> frozenset[str]:
    """List the topmost ignored folders, relative to ``folder``; empty if git is not available."""
    try:
        output = _run(
            folder,
            "ls-files",
            "-z",
            "--others",
            "--ignored",
            "--exclude-standard",
            "--directory",
        )
    except GitUnavailableError:
        return frozenset()
    return frozenset(name[:-1] for name in os.fsdecode(output).split("\0") if name.endswith("/"))


def ignoring_rule(folder: Path, path: str) -> str:
    """Return the rule by which git ignores a file, with its file, line and pattern; "" if there is none."""
    place = folder / path
    try:
        # Run in the file's own folder, which may be in a repository of its own.
        answer = os.fsdecode(_run(place.parent, "check-ignore", "--verbose", "--", f"./{place.name}"))
    except GitUnavailableError:
        return ""
    found = re.match(r"(.+?):(\d+):(.*)", answer.rpartition("\t")[0])
    return f"{found[1]}, line {found[2]} ({found[3]})" if found else ""


def is_ignored(folder: Path, path: str) -> bool:
    """Return whether git ignores a path, whether or not the file exists. Tracked files are not ignored.

    Args:
        folder: A repository, or a folder below its top.
        path: A file, relative to ``folder``, outside of its nested repositories.

    Raises:
        GitUnavailableError: git is not installed, there is no repository, or git refuses.
    """
    return bool(_run(folder, "check-ignore", "--", f"./{path}", may_fail_with=1))


def first_commit(folder: Path) -> str:
    """Return the first commit of HEAD's history, which clones and worktrees share; "" outside of a repository."""
    try:
        found = _run(folder, "rev-list", "--max-parents=0", "HEAD").decode("ascii", "replace").split()
    except GitUnavailableError:
        return ""
    return found[-1] if found else ""


def git_folder(folder: Path) -> Path | None:
    """Return the git folder of this work tree, with HEAD and the index; None outside of a repository."""
    # A repository that `git init` is still creating cannot be opened, but its HEAD will be in this folder.
    if (folder / ".git").is_dir():
        return folder / ".git"
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # the import would fail if git is not installed
    import git  # noqa: PLC0415 - slow, and only needed for watching

    try:
        with git.Repo(folder, search_parent_directories=True) as repository:
            return Path(repository.git_dir)
    except (git.GitError, OSError, ValueError):
        return None


def _run(folder: Path, *arguments: str, may_fail_with: int = 0) -> bytes:
    # Only check-ignore takes plain paths.
    command = git_command(*arguments, literal=arguments[0] != "check-ignore")
    # stderr goes to a file: a full pipe would block git.
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=git_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except FileNotFoundError:
            raise GitUnavailableError("git is not installed, so files were listed without it.") from None
        except OSError as error:
            log.info("git cannot be started: %s", error)
            raise GitUnavailableError("git cannot be started, so files were listed without it.") from None
        output, ended = _communicate(process)
        errors.seek(0)
        if ended not in (0, may_fail_with):
            raise GitUnavailableError(_reason(errors.read(_MAX_STDERR).decode("utf-8", "replace")))
    return output


def _communicate(process: "subprocess.Popen[bytes]") -> tuple[bytes, int]:
    """Return git's output, truncated after the maximum number of files, and its exit status.

    Raises:
        GitUnavailableError: git took too long.
    """
    blocks: list[bytes] = []
    names = 0
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(TIMEOUT_SECONDS, end)
    timer.start()
    with process:
        assert process.stdout is not None
        while names <= MAX_FILES and (block := process.stdout.read(_BLOCK)):
            blocks.append(block)
            names += block.count(b"\0")
        enough = names > MAX_FILES
        if enough:
            process.kill()
    timer.cancel()
    if late.is_set():
        raise GitUnavailableError("git took too long, so files were listed without it.")
    if enough:
        blocks[-1] = blocks[-1].rpartition(b"\0")[0]
    return b"".join(blocks), 0 if enough else process.returncode


def _reason(stderr: str) -> str:
    if "not a git repository" in stderr:
        return ""
    log.info("git cannot list files: %s", stderr.strip())
    if "dubious ownership" in stderr:
        return "git does not trust this folder (another user owns it), so files were listed without it."
    return "git could not list the files, so they were listed without it."
