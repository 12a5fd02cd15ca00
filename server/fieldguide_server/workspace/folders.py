"""The folders of a workspace: which one a document belongs to, and which one a request means."""

from collections.abc import Iterator
from pathlib import Path

from fieldguide_indexer import WorkspaceError
from fieldguide_server.lsp.convert import local_path, path_of
from fieldguide_server.workspace.events import FolderEvents
from fieldguide_server.workspace.folder import Folder

NO_FOLDER = "Open a folder first: Fieldguide answers from the files of a workspace folder."


class Folders:
    """The client's folders in its order; ``docs`` are folders of documentation beside them."""

    def __init__(self) -> None:
        self.events = FolderEvents()
        self.docs: tuple[Folder, ...] = ()
        self._folders: dict[str, Folder] = {}

    def __iter__(self) -> Iterator[Folder]:
        return iter(tuple(self._folders.values()))

    def __contains__(self, folder: Folder) -> bool:
        return folder in (*self, *self.docs)

    def add(self, uri: str) -> Folder | None:
        """Add a folder; return None if it is here already or is not local."""
        path = path_of(uri)
        if path is None or uri in self._folders:
            return None
        folder = self._folders[uri] = Folder.at(uri, path, self.events)
        return folder

    def remove(self, uri: str) -> None:
        """Remove a folder, if it is here, and close it."""
        folder = self._folders.pop(uri, None)
        if folder is not None:
            folder.close()

    def document_changed(self, uri: str) -> None:
        """Publish that a document was opened, changed or closed in the client. Called at each key."""
        if path := path_of(uri):
            for folder in self.holding(path):
                folder.events.document_changed.publish(folder, path, uri)

    def file_changed(self, uri: str) -> None:
        """Publish that a file changed on disk."""
        if path := path_of(uri):
            for folder in self.holding(path):
                folder.mark_changed(path)

    def holding(self, path: Path) -> list[Folder]:
        """Return the folders that hold a file: several, if one lies in another."""
        return [folder for folder in self if folder.relative(path) is not None]

    def containing(self, path: Path) -> Folder | None:
        """Return the innermost folder that holds a file."""
        return max(self.holding(path), key=lambda folder: len(folder.path.parts), default=None)

    def others(self, folder: Folder) -> list[Folder]:
        """Return the client's other folders, except those that share files with this one or lie in another."""
        return [
            each
            for each in self
            if each.relative(folder.path) is None
            and len(self.holding(each.path / "any")) == 1
            and each is not folder
        ]

    def locate(self, uri: str) -> tuple[Folder, str] | None:
        """Return a document's folder and its path there; None for a document that is in no folder."""
        path = path_of(uri)
        folder = self.containing(path) if path else None
        inside = folder.relative(path) if folder and path else None
        return (folder, inside) if folder and inside else None

    def select(self, folder: str | None = None, document: str | None = None) -> Folder:
        """Return the folder that a request means: the one it names, else its document's, else the first.

        Args:
            folder: URI or path of a workspace folder.
            document: URI of a document, or path of a file.

        Raises:
            WorkspaceError: There is no such folder, or none at all.
        """
        if not self._folders:
            raise WorkspaceError(NO_FOLDER)
        if folder is not None:
            return self._named(folder)
        path = local_path(document) if document else None
        return (self.containing(path) if path else None) or next(iter(self))

    def _named(self, name: str) -> Folder:
        path = local_path(name)
        folders: tuple[Folder, ...] = (*self, *self.docs)
        for each in folders:
            if each.uri == name or each.path == path:
                return each
        raise WorkspaceError("The requested folder is not an open workspace folder.")
