"""Folders of documentation that the user has named: each gets an index of its own, beside those of the workspace."""

from pathlib import Path

from fieldguide_server.lsp.convert import uri_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace import index_keeper
from fieldguide_server.workspace.configuration import configure
from fieldguide_server.workspace.folders import folder_at


async def follow(server: Server) -> None:
    """Open the indexes of folders that were named since, and close those of folders that are not named any more."""
    async with server.changing:
        wanted = _wanted(server)
        gone = [each for each in server.workspaces.docs if each.path not in wanted]
        known = {each.path: each for each in server.workspaces.docs if each.path in wanted}
        added = [folder_at(uri_of(path), path, is_docs=True) for path in wanted if path not in known]
        server.workspaces.docs = (*known.values(), *added)
        for each in gone:
            await index_keeper.forget(each)
        await configure(server, added)
        for each in added:
            index_keeper.start(server, each)


def _wanted(server: Server) -> list[Path]:
    """Return what is named and there, each once; what lies in the workspace is read already."""
    named = [name for folder in server.workspaces for name in folder.settings.docs.folders]
    paths = dict.fromkeys(Path(name).expanduser() for name in named)
    missing = [str(path) for path in paths if not path.is_absolute() or not path.is_dir()]
    if missing:
        server.tell(
            f"Fieldguide settings: docs.folders names no whole path of a folder: {', '.join(missing)}."
        )
    return [path for path in paths if str(path) not in missing and not server.workspaces.holding(path / "x")]
