"""Events of workspace folders. Publishers do not know their subscribers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVarTuple

from fieldguide_indexer import IndexStatus
from fieldguide_server.settings import Settings

if TYPE_CHECKING:
    from fieldguide_server.workspace.folder import Folder

Args = TypeVarTuple("Args")


class Event(Generic[*Args]):
    """Callbacks that are called, in the order of their subscription, when something happens."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[*Args], object]] = []

    def subscribe(self, callback: Callable[[*Args], object]) -> None:
        """Call back at each publication, on the event loop. The callback must not block."""
        self._subscribers.append(callback)

    def publish(self, *args: *Args) -> None:
        """Call all subscribers."""
        for callback in self._subscribers:
            callback(*args)


@dataclass(frozen=True, slots=True)
class FolderEvents:
    """The events of all folders; the first argument of each is the folder."""

    document_changed: "Event[Folder, Path, str]" = field(default_factory=Event)
    """A document was opened, changed or closed in the client: its path and URI."""

    file_changed: "Event[Folder, str | None]" = field(default_factory=Event)
    """A file changed on disk: its path relative to the folder; None if any file may have changed."""

    settings_changed: "Event[Folder, Settings]" = field(default_factory=Event)
    """The settings were read, for the first time or again: the settings before that."""

    index_opened: "Event[Folder]" = field(default_factory=Event)
    """The index was opened; it has no unsaved texts yet."""

    index_scanned: "Event[Folder]" = field(default_factory=Event)
    """All files were looked at for the first time since the index was opened."""

    index_updated: "Event[Folder]" = field(default_factory=Event)
    """Changed files were taken into the index."""

    status_changed: "Event[Folder, IndexStatus]" = field(default_factory=Event)
    closed: "Event[Folder]" = field(default_factory=Event)
    """The folder was removed from the workspace."""
