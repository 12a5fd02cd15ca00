"""The folders of documentation that the setting ``docs.folders`` names: each has an index beside the workspace's."""

from pathlib import Path

from fieldguide_server.lsp.client import LspClient
from fieldguide_server.lsp.convert import uri_of
from fieldguide_server.lsp.executors import Executors
from fieldguide_server.settings import Settings
from fieldguide_server.workspace.configuration import Configuration
from fieldguide_server.workspace.folder import Folder
from fieldguide_server.workspace.folders import Folders


class DocsFolders:
    """Follows the setting: adds and closes ``folders.docs``."""

    def __init__(
        self, folders: Folders, configuration: Configuration, client: LspClient, executors: Executors
    ) -> None:
        self._folders = folders
        self._configuration = configuration
        self._client = client
        self._executors = executors

    def settings_changed(self, folder: Folder, _before: Settings) -> None:
        """Add the folders that are named now, and close those that are not named any more."""
        if not folder.is_docs:
            self._update()

    def folder_closed(self, folder: Folder) -> None:
        """Do the same without the settings of a folder that was removed."""
        if not folder.is_docs:
            self._update()

    def _update(self) -> None:
        paths = self._paths()
        before = {each.path: each for each in self._folders.docs}
        added = [
            Folder.at(uri_of(path), path, self._folders.events, is_docs=True)
            for path in paths
            if path not in before
        ]
        kept = [before[path] for path in paths if path in before]
        self._folders.docs = (*kept, *added)
        for folder in before.values():
            if folder not in kept:
                folder.close()
        if added:
            self._executors.spawn(self._configuration.load(added))

    def _paths(self) -> list[Path]:
        """Return the folders that are named and exist, without those in the workspace, which are indexed already."""
        names = [name for folder in self._folders for name in folder.settings.docs.folders]
        paths = dict.fromkeys(Path(name).expanduser() for name in names)
        invalid = [str(path) for path in paths if not path.is_absolute() or not path.is_dir()]
        if invalid:
            self._client.show_warning_once(
                "Fieldguide settings: docs.folders must be absolute paths of existing folders, not "
                f"{', '.join(invalid)}."
            )
        return [path for path in paths if str(path) not in invalid and not self._folders.holding(path / "x")]
