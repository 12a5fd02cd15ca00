"""Queries to git about the files of a folder, in bounded time, with the precautions of ``safe_git.py``."""

import contextlib
import logging
import os
import queue
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from fieldguide_indexer.sources.entries import MAX_FILES, PRUNED_FOLDERS
from fieldguide_indexer.sources.safe_git import git_command, git_environment

log = logging.getLogger(__name__)

# How long git may be silent: it answers questions about a repository in milliseconds, and lists a large one in seconds.
_ANSWER_SECONDS = 8.0
_LISTING_SECONDS = 60.0
# How long a folder in which git did not answer is left alone: a scan asks several questions.
_RETRY_SECONDS = 600.0
_KILL_SECONDS = 1.0
_TOO_SLOW = "git took too long, so files were listed without it."
_BLOCK = 1 << 20
_MAX_STDERR = 100_000


# Folders in which git did not answer, and when it may be asked again. A pipe or a dead network drive that their
# configuration includes keeps every question waiting.
_silent: dict[Path, float] = {}


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
    if not only:
        _run(folder, "rev-parse", "--git-dir")  # shows soon whether git answers here at all
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
    """Return the git folder of this work tree, with HEAD and the index; None outside of a repository.

    It is found by its name, without git, which would read all of the repository's configuration.
    """
    for above in (folder, *folder.parents):
        place = above / ".git"
        try:
            if place.is_dir():
                return place
            if place.is_file():  # of a linked work tree or a submodule
                text = place.read_text(encoding="utf-8", errors="surrogateescape")
                return above / text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else None
        except OSError:
            return None
    return None


def _run(folder: Path, *arguments: str, may_fail_with: int = 0) -> bytes:
    if time.monotonic() < _silent.get(folder, 0.0):
        raise GitUnavailableError(_TOO_SLOW)
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
        try:
            patience = _LISTING_SECONDS if arguments[0] == "ls-files" else _ANSWER_SECONDS
            output, ended = _communicate(process, patience)
        except GitUnavailableError:
            log.warning("git %s does not answer in %s", arguments[0], folder)
            _silent[folder] = time.monotonic() + _RETRY_SECONDS
            raise
        errors.seek(0)
        if ended not in (0, may_fail_with):
            raise GitUnavailableError(_reason(errors.read(_MAX_STDERR).decode("utf-8", "replace")))
    return output


def _communicate(process: "subprocess.Popen[bytes]", patience: float) -> tuple[bytes, int]:
    """Return git's output, truncated after the maximum number of files, and its exit status.

    Raises:
        GitUnavailableError: git was silent for ``patience`` seconds, or did not end.
    """
    output: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    stopped = threading.Event()
    # A thread, because git on a disk that does not answer may not even end when it is killed.
    threading.Thread(
        target=_read_output, args=(process.stdout, output, stopped), name="git-output", daemon=True
    ).start()
    blocks: list[bytes] = []
    names = 0
    try:
        while names <= MAX_FILES and (block := output.get(timeout=patience)):
            blocks.append(block)
            names += block.count(b"\0")
        if names > MAX_FILES:
            blocks[-1] = blocks[-1].rpartition(b"\0")[0]
            return b"".join(blocks), 0
        return b"".join(blocks), process.wait(patience)
    except (queue.Empty, subprocess.TimeoutExpired):
        raise GitUnavailableError(_TOO_SLOW) from None
    finally:
        stopped.set()
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_SECONDS)


def _read_output(pipe: BinaryIO, output: "queue.SimpleQueue[bytes]", stopped: threading.Event) -> None:
    with pipe:
        # A program that git started may write on after git was killed.
        while (block := os.read(pipe.fileno(), _BLOCK)) and not stopped.is_set():
            output.put(block)
    output.put(b"")


def _reason(stderr: str) -> str:
    if "not a git repository" in stderr:
        return ""
    log.info("git cannot list files: %s", stderr.strip())
    if "dubious ownership" in stderr:
        return "git does not trust this folder (another user owns it), so files were listed without it."
    return "git could not list the files, so they were listed without it."
