"""``fieldguide/files``: which files are in the index and which are not, and why."""

from dataclasses import asdict
from typing import Any

from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import FILES, FilesParams


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(FILES)(files)


async def files(server: Server, params: FilesParams) -> dict[str, Any]:
    """Count what was left out by reason, or list a page of the files in a state."""
    folder = server.workspaces.chosen(params.folder)
    index = await folder.opened_index()
    if params.state is None:
        groups = await server.run(index.file_groups)
        return {"folder": folder.uri, "groups": [asdict(each) for each in groups]}
    # One more than is wanted tells whether there is a next page.
    page = await server.run(
        index.files_in, params.state, params.reason or "", params.after or "", params.limit + 1
    )
    shown = page[: params.limit]
    more = shown[-1].path if len(page) > len(shown) else None
    return {"folder": folder.uri, "files": [asdict(each) for each in shown], "next": more}
