"""Asking git which files belong to a folder, in bounded time, and as ``safe_git.py`` says."""

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
_MAX_COMPLAINTS = 100_000


class GitUnavailableError(Exception):
    """git cannot list this folder; the text is a sentence, "" when the folder is simply in no repository."""


def list_files(folder: Path, only: Sequence[str] = ()) -> list[str]:
    """List tracked files and untracked ones that are not ignored, relative to ``folder``; some more than ``MAX_FILES`` at most.

    A repository inside the folder (a submodule or a nested clone) is named as a folder, with or without ``/``.

    Args:
        folder: Any folder, be it the top of a work tree or below it.
        only: Paths to which the listing is limited, taken literally.

    Raises:
        GitUnavailableError: There is no git, no repository, or git refuses.
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
    """List the topmost ignored folders, relative to ``folder``; empty where git cannot say."""
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
    """Name the rule that keeps a file from git: its file, line and pattern; "" where there is none."""
    place = folder / path
    try:
        # Asked from the file's own folder, since that may lie in a repository of its own.
        answer = os.fsdecode(_run(place.parent, "check-ignore", "--verbose", "--", f"./{place.name}"))
    except GitUnavailableError:
        return ""
    found = re.match(r"(.+?):(\d+):(.*)\t", answer)
    return f"{found[1]}, line {found[2]} ({found[3]})" if found else ""


def is_ignored(folder: Path, path: str) -> bool:
    """Say whether git would leave a file of this name out, be it there or not; what it tracks it does not.

    Args:
        folder: A repository, or a folder below its top.
        path: A file, relative to ``folder``, that is in none of its nested repositories.

    Raises:
        GitUnavailableError: There is no git, no repository, or git refuses.
    """
    return bool(_run(folder, "check-ignore", "--", f"./{path}", may_fail_with=1))


def first_commit(folder: Path) -> str:
    """Find the oldest commit that HEAD comes from, which clones and worktrees share; "" outside of a repository."""
    try:
        found = _run(folder, "rev-list", "--max-parents=0", "HEAD").decode("ascii", "replace").split()
    except GitUnavailableError:
        return ""
    return found[-1] if found else ""


def git_folder(folder: Path) -> Path | None:
    """Find where HEAD and the index of this work tree live; None outside of a repository."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # or the import fails where git is not installed
    import git  # noqa: PLC0415 - slow, and needed by those who watch alone

    try:
        with git.Repo(folder, search_parent_directories=True) as repository:
            return Path(repository.git_dir)
    except (git.GitError, OSError, ValueError):
        return None


def _run(folder: Path, *arguments: str, may_fail_with: int = 0) -> bytes:
    # Of what we ask, check-ignore alone takes plain paths.
    command = git_command(*arguments, literal=arguments[0] != "check-ignore")
    # Into a file, or git would wait for somebody to read what it complains of.
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=git_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
        except FileNotFoundError:
            raise GitUnavailableError("git is not installed, so files were found without it.") from None
        except OSError as error:
            log.info("git cannot be started: %s", error)
            raise GitUnavailableError("git cannot be started, so files were found without it.") from None
        output, ended = _listened(process)
        complaints.seek(0)
        if ended not in (0, may_fail_with):
            raise GitUnavailableError(_why(complaints.read(_MAX_COMPLAINTS).decode("utf-8", "replace")))
    return output


def _listened(process: "subprocess.Popen[bytes]") -> tuple[bytes, int]:
    """Return the output, cut off where it names more files than we take, and git's status.

    Raises:
        GitUnavailableError: It took too long.
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
        raise GitUnavailableError("git took too long, so files were found without it.")
    if enough:
        blocks[-1] = blocks[-1].rpartition(b"\0")[0]
    return b"".join(blocks), 0 if enough else process.returncode


def _why(stderr: str) -> str:
    if "not a git repository" in stderr:
        return ""
    log.info("git cannot list files: %s", stderr.strip())
    if "dubious ownership" in stderr:
        return "git does not trust this folder (another user owns it), so files were found without it."
    return "git could not list the files, so they were found without it."
