"""``fieldguide/history``: what was asked and answered about a folder, as this machine remembers it."""

import os
from itertools import islice
from pathlib import Path
from typing import Any

from fieldguide_indexer import FieldguideError
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import HISTORY, HistoryParams


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(HISTORY)(history)


async def history(server: Server, params: HistoryParams) -> dict[str, Any]:
    """List a folder's latest records, or show one of them."""
    folder = server.workspaces.chosen(params.folder)
    if params.id is not None:
        return {"folder": folder.uri, "record": await server.run(_one, params.id)}
    found = await server.run(_latest, folder.real, params.limit)
    return {"folder": folder.uri, "enabled": folder.settings.records.enabled, "records": found}


def _latest(folder: Path, limit: int) -> list[dict[str, Any]]:
    from fieldguide_server.records import Records, folder_of, summary  # noqa: PLC0415 - not before initialize

    return [summary(record) for record in islice(Records(folder_of(os.environ)).newest_first(folder), limit)]


def _one(identity: str) -> dict[str, Any]:
    from fieldguide_server.records import Records, folder_of  # noqa: PLC0415 - see above

    record = Records(folder_of(os.environ)).find(identity)
    if record is None:
        raise FieldguideError("There is no such record any more.")
    return dict(record)
