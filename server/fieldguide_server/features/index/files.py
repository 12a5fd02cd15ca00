"""``fieldguide/files``: which files are in the index and which are not, and why."""

from dataclasses import asdict
from functools import partial
from typing import Any

from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import FILES, FilesParams


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(FILES, partial(files, context))


async def files(context: Context, params: FilesParams) -> dict[str, Any]:
    """Count the files that were not indexed, by reason, or list a page of the files in a state."""
    folder = context.session.folders.select(params.folder)
    index = await folder.opened_index()
    if params.state is None:
        groups = await context.executors.run(index.file_groups)
        return {"folder": folder.uri, "groups": [asdict(each) for each in groups]}
    # One more than is shown tells whether there is a next page.
    page = await context.executors.run(
        index.files_in, params.state, params.reason or "", params.after or "", params.limit + 1
    )
    shown = page[: params.limit]
    more = shown[-1].path if len(page) > len(shown) else None
    return {"folder": folder.uri, "files": [asdict(each) for each in shown], "next": more}
