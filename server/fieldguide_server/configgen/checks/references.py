"""References of a config file other than commands: files, what a Dockerfile copies, extensions of the editor."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fieldguide_server.configgen.checks.problems import closest_path
from fieldguide_server.configgen.checks.working_tree import is_ignored
from fieldguide_server.configgen.reading.repository import Repository, join
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.types import Problem

COPY = re.compile(r"^[ \t]*(?:COPY|ADD)\s+(.+)$", re.IGNORECASE)
# A pattern, a variable or an address.
NOT_A_PATH = re.compile(r"[$*?\[<{]|://|^git@")
# A leading "-" removes an extension of the image; "@" requests a version.
EXTENSION = re.compile(r"-?[\w-]+\.[\w.-]+(?:@\S+)?|\S+\.vsix|https?://\S+|.*\$\{.*")


@dataclass(frozen=True, slots=True)
class FileContext:
    """The facts that a config file is checked against.

    Attributes:
        repo: The repository.
        path: The path of the config file in it.
        generated: The contents of the files that are generated with it, by path.
    """

    repo: Repository
    path: str
    generated: Mapping[str, str] = field(default_factory=dict)

    def has(self, path: str) -> bool:
        """Return whether a file or folder is in the repository or among the generated files."""
        return path in self.generated or self.repo.exists(path)

    def read(self, path: str) -> str:
        """Return the text of a file, "" if there is none."""
        return self.generated.get(path) or self.repo.read(path)


def file_problems(path: str, name: str, place: Path, context: FileContext) -> list[Problem]:
    """Return a problem if the file that a document calls ``name`` is missing at its ``path`` in the repository.

    ``place`` leads to the name in the document.
    """
    if context.has(path) or path.startswith(".."):
        return []
    word, near = name.rpartition("/")[2], closest_path(path, context.repo.files)
    return [Problem(f"The file {path} does not exist.", word, place, 0, word, near)]


def copy_problems(path: str, folders: Sequence[str], place: Path, context: FileContext) -> Iterator[Problem]:
    """Yield a problem for each file that a Dockerfile copies and that is missing.

    Args:
        path: The Dockerfile.
        folders: The possible build contexts; a file may be in any of them.
        place: Leads to the name of the Dockerfile in the document.
        context: The repository and the generated files.
    """
    for number, sources in _copies(context.read(path)):
        for source in sources:
            candidates = [join(folder, source.lstrip("/")) for folder in folders]
            exists = any(context.has(each) or is_ignored(context.repo, each) for each in candidates)
            if not exists and not NOT_A_PATH.search(source):
                yield Problem(f"{path}:{number} copies {source}, which does not exist.", path=place)


def _copies(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, sources) of each instruction that copies from the build context."""
    number = 1
    for instruction in re.split(r"(?<!\\)\n", text):
        found = COPY.match(instruction.replace("\\\n", " "))
        words = re.findall(r'[^\s",\[\]]+', found.group(1)) if found else []
        if words and not any(word.startswith("--from") for word in words):
            yield number, [word for word in words if not word.startswith("--")][:-1]
        number += instruction.count("\n") + 1


def extension_problems(ids: object, path: Path) -> Iterator[Problem]:
    """Yield a problem for each entry of the list at ``path`` that cannot be the ID of an extension."""
    for index, name in enumerate(ids if isinstance(ids, list) else []):
        if isinstance(name, str) and not EXTENSION.fullmatch(name):
            message = f"{name} is not the ID of an extension, which has the form publisher.name."
            yield Problem(message, path=(*path, index))
