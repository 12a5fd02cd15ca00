"""Commands in documents: READMEs, contribution guides, CI workflows, Dockerfiles.

They decide between what manifests offer. On their own they prove little, since they go out of date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import Repository, folder_depth, folder_of
from fieldguide_server.configgen.reading.shell import SimpleCommand, split_quietly

GUIDE = re.compile(
    r"(readme|contributing|development|hacking|getting[-_]started|install|setup)(\.\w+)?", re.IGNORECASE
)
FENCE = re.compile(r"^[ \t]*(```|~~~|----$)")
INLINE = re.compile(r"`([^`\n]{3,120})`")
# Before a command that the sentence advises against, or says is no longer used.
ADVISES_AGAINST = re.compile(
    r"\b(?:never|(?:do|must|should) not|don['’]t|avoid|instead of|rather than|no longer)"
    r"(?! forget| hesitate)(?:\s+[\w'’]+){0,3}\s*$",
    re.IGNORECASE,
)
PROMPT = re.compile(r"^[ \t]*(?:\$|>|%|❯|#)\s+")
BUILD_FILES = re.compile(
    r"(^|/)(Dockerfile[\w.-]*|\.github/workflows/[\w.-]+\.ya?ml|\.gitlab-ci\.yml|\.travis\.yml)$"
)
MAX_LINES = 3_000


@dataclass(frozen=True, slots=True)
class WrittenCommand:
    """A command in a document, and its line."""

    command: SimpleCommand
    path: str
    line: int


def guides(repo: Repository) -> list[str]:
    """Return the paths of READMEs and guides in the root and one folder down, nearest first."""
    found = [
        p for p in repo.files if folder_depth(folder_of(p)) <= 1 and GUIDE.fullmatch(p.rpartition("/")[2])
    ]
    texts = [
        path for path in found if path.lower().endswith((".md", ".rst", ".adoc", ".txt")) or "." not in path
    ]
    return sorted(texts, key=lambda path: (path.count("/"), not path.lower().startswith("readme"), path))


def written_commands(repo: Repository) -> list[WrittenCommand]:
    """Return every command in the code blocks and the inline code of the guides, in reading order."""
    return repo.once(
        "commands in guides", lambda: [item for path in guides(repo)[:12] for item in _in_guide(repo, path)]
    )


def _in_guide(repo: Repository, path: str) -> Iterator[WrittenCommand]:
    home = folder = folder_of(path)
    fenced = False
    for number, line in enumerate(repo.read(path).split("\n")[:MAX_LINES], start=1):
        if FENCE.match(line):
            fenced, folder = not fenced, home
        elif fenced:
            for command in split_quietly(PROMPT.sub("", line), folder):
                if command.program == "cd":
                    folder = _entered(repo, command, folder, home)
                yield WrittenCommand(command, path, number)
        else:
            for text in _inline_code(line):
                yield from (WrittenCommand(command, path, number) for command in split_quietly(text, home))


def _inline_code(line: str) -> Iterator[str]:
    """Yield the inline code of a line, without what its sentence advises against."""
    for found in INLINE.finditer(line):
        if not ADVISES_AGAINST.search(line[: found.start()]):
            yield found[1]


def _entered(repo: Repository, command: SimpleCommand, folder: str, home: str) -> str:
    """Return the folder after a ``cd``: a folder that does not exist is the clone itself."""
    target = next(iter(command.positional()), "").strip("./")
    path = f"{folder}/{target}" if folder else target
    return path if path in repo.folders else home


def build_lines(repo: Repository) -> Iterator[tuple[str, int, str]]:
    """Yield (path, line, text) of each line of CI configuration and Dockerfiles, without comments."""
    for path in sorted(repo.files):
        if BUILD_FILES.search(path) and folder_depth(folder_of(path)) <= 2:
            for number, line in enumerate(repo.read(path).split("\n")[:MAX_LINES], start=1):
                if not line.lstrip().startswith("#"):
                    yield path, number, line
