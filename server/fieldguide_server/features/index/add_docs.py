"""``fieldguide/addDocs``: documentation on this machine as a folder for the setting ``docs.folders``."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from fieldguide_indexer import FieldguideError
from fieldguide_server.docs.archives import as_folder
from fieldguide_server.docs.library import docs_home
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.convert import local_path
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import ADD_DOCS, AddDocsParams

_FETCHES_NOTHING = (
    "Fieldguide fetches nothing from the web: save the pages and add their folder or an archive of them."
)


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(ADD_DOCS, partial(add_docs, context))


async def add_docs(context: Context, params: AddDocsParams) -> dict[str, Any]:
    """Return the folder, or make one of a file or an archive. The client adds it to the setting."""
    return {"folder": str(await context.executors.run(_folder, params.path))}


def _folder(name: str) -> Path:
    if name.lower().startswith(("http:", "https:")):
        raise FieldguideError(_FETCHES_NOTHING)
    path = local_path(name)
    path = path.expanduser() if path else None
    if path is None or not path.is_absolute():
        raise FieldguideError(
            f"The path of documentation must be an absolute path on this machine, not {name}."
        )
    return as_folder(path, docs_home(os.environ))
