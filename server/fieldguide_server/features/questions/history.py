"""``fieldguide/history``: the recorded questions and answers about a folder."""

import os
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from fieldguide_indexer import FieldguideError
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import HISTORY, HistoryParams


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(HISTORY, partial(history, context))


async def history(context: Context, params: HistoryParams) -> dict[str, Any]:
    """List a folder's latest records, or return one of them."""
    folder = context.session.folders.select(params.folder)
    if params.id is not None:
        return {"folder": folder.uri, "record": await context.executors.run(_one, params.id)}
    found = await context.executors.run(_latest, folder.real, params.limit)
    return {"folder": folder.uri, "enabled": folder.settings.records.enabled, "records": found}


def _latest(folder: Path, limit: int) -> list[dict[str, Any]]:
    from fieldguide_server.records import Records, folder_of, summary  # noqa: PLC0415 - not before initialize

    return [summary(record) for record in islice(Records(folder_of(os.environ)).newest_first(folder), limit)]


def _one(identity: str) -> dict[str, Any]:
    from fieldguide_server.records import Records, folder_of  # noqa: PLC0415 - see above

    record = Records(folder_of(os.environ)).find(identity)
    if record is None:
        raise FieldguideError("This record does not exist any more.")
    return dict(record)
