"""Names that several formats know: files beside them, and extensions of the editor."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.checks.problems import like_path
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.base import Context
from fieldguide_server.configgen.types import Failure

# A leading "-" takes one out that comes with the image; "@" asks for a version.
EXTENSION = re.compile(r"-?[\w-]+\.[\w.-]+(?:@\S+)?|\S+\.vsix|https?://\S+|.*\$\{.*")


def file_failures(place: str, written: str, path: Path, context: Context) -> list[Failure]:
    """Return a file that is named as ``written`` and not at its ``place``."""
    if context.has(place) or place.startswith(".."):
        return []
    word, near = written.rpartition("/")[2], like_path(place, context.repo.files)
    return [Failure(f"The file {place} does not exist.", word, path, 0, word, near)]


def extension_failures(ids: object, path: Path) -> Iterator[Failure]:
    """Yield texts that no market place would take for an extension: those are ``publisher.name``."""
    for index, name in enumerate(ids if isinstance(ids, list) else []):
        if isinstance(name, str) and not EXTENSION.fullmatch(name):
            yield Failure(
                f"{name} is no id of an extension: those are written publisher.name.", path=(*path, index)
            )
