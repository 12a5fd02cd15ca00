"""What a Dockerfile copies into its image, and whether that is in the repository."""

import re
from collections.abc import Iterator, Sequence

from fieldguide_server.configgen.checks.working_tree import is_ignored
from fieldguide_server.configgen.reading.repository import join
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.base import Context
from fieldguide_server.configgen.types import Failure

COPIES = re.compile(r"^[ \t]*(?:COPY|ADD)\s+(.+)$", re.IGNORECASE)
OPEN = re.compile(r"[$*?\[<{]|://|^git@")


def copied_failures(path: str, folders: Sequence[str], context: Context, place: Path) -> Iterator[Failure]:
    """Yield what a Dockerfile copies and none of the folders has that may be its build context; told at ``place``."""
    for number, sources in _copies(context.read(path)):
        for source in sources:
            found = [join(folder, source.lstrip("/")) for folder in folders]
            if OPEN.search(source) or any(
                context.has(each) or is_ignored(context.repo, each) for each in found
            ):
                continue
            yield Failure(f"{path}:{number} copies {source}, which does not exist.", path=place)


def _copies(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, sources) of each instruction that copies from the build context."""
    number = 1
    for whole in re.split(r"(?<!\\)\n", text):
        found = COPIES.match(whole.replace("\\\n", " "))
        words = re.findall(r'[^\s",\[\]]+', found.group(1)) if found else []
        if words and not any(word.startswith("--from") for word in words):
            yield number, [word for word in words if not word.startswith("--")][:-1]
        number += whole.count("\n") + 1
