"""The methods of an index that the server uses."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fieldguide_indexer import (
    Definition,
    FileGroup,
    FileStatus,
    Hit,
    IndexEvent,
    IndexOptions,
    IndexStatus,
    Lookup,
    Progress,
    SkippedFile,
    UpdateReport,
)


class IndexHandle(Protocol):
    """The methods of ``fieldguide_indexer.Index`` that the server calls. They block, and are safe from any thread."""

    def update(
        self,
        paths: Sequence[str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        force: bool = False,
    ) -> UpdateReport:
        """Bring the index up to date with these files, or all files (None); ``force`` reads unchanged files, too."""

    def cancel_update(self) -> None:
        """End the running update soon, and keep what it has done."""

    def overlay(self, texts: Mapping[str, str | None]) -> list[SkippedFile]:
        """Put unsaved texts in place of files, for this client alone; None removes a text. Return what was refused."""

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        """Return the best chunks for a question."""

    def lookup(self, name: str) -> Lookup:
        """Return where a name is defined and used."""

    def definitions_in(self, path: str) -> list[Definition]:
        """Return what a file defines."""

    def status(self) -> IndexStatus:
        """Return the state of the index."""

    def file_status(self, path: str) -> FileStatus:
        """Return what the index holds of one file."""

    def file_groups(self) -> list[FileGroup]:
        """Return how many files were skipped or failed, by reason."""

    def files_in(self, state: str, reason: str = "", after: str = "", limit: int = 100) -> list[FileStatus]:
        """Return a page of the files in a state."""

    def pause(self) -> IndexStatus:
        """Start no new work until ``resume``."""

    def resume(self) -> IndexStatus:
        """Continue the work."""

    def subscribe(self, callback: Callable[[IndexEvent], None]) -> Callable[[], None]:
        """Call back on changes, from another thread; return a function that ends the subscription."""

    def watch(self) -> str:
        """Watch the files of the folder; return a sentence if that works only in part, else an empty string."""

    def close(self) -> None:
        """Close the index; calls that still run fail."""


OpenIndex = Callable[[Path, IndexOptions], IndexHandle]
