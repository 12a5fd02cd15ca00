"""``fieldguide/addDocs``: documentation on this machine, as a folder that the setting ``docs.folders`` can name."""

import os
from pathlib import Path
from typing import Any

from fieldguide_indexer import FieldguideError
from fieldguide_server.docs.archives import as_folder, docs_home
from fieldguide_server.lsp.convert import path_of
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import ADD_DOCS, AddDocsParams

_FETCHES_NOTHING = (
    "Fieldguide fetches nothing from the web: save the pages, and add their folder or an archive of them."
)


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(ADD_DOCS)(add_docs)


async def add_docs(server: Server, params: AddDocsParams) -> dict[str, Any]:
    """Find the folder, or make one of a file or an archive. What is named by the setting is the client's to say."""
    return {"folder": str(await server.run(_folder, params.path))}


def _folder(name: str) -> Path:
    if name.lower().startswith(("http:", "https:")):
        raise FieldguideError(_FETCHES_NOTHING)
    path = path_of(name) if "://" in name else Path(name).expanduser()
    if path is None or not path.is_absolute():
        raise FieldguideError(f"{name} is no whole path of a file or folder of this machine.")
    return as_folder(path, docs_home(os.environ))
