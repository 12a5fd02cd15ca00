"""The composition root: which features there are, and what the server is made of."""

import logging

from fieldguide_server.features import lifecycle, sync
from fieldguide_server.features.documents import (
    code_actions,
    code_lens,
    completion,
    diagnostics,
    generate_config,
    hover,
)
from fieldguide_server.features.index import add_docs, files, pause, reindex, search, status
from fieldguide_server.features.questions import ask, explain, explain_problem, history, models, personas
from fieldguide_server.lsp.server import Server
from fieldguide_server.services import Services

FEATURES = (
    lifecycle,
    sync,
    hover,
    diagnostics,
    completion,
    code_actions,
    code_lens,
    ask,
    explain,
    explain_problem,
    models,
    personas,
    generate_config,
    history,
    search,
    status,
    files,
    reindex,
    add_docs,
    pause,
)


def create_server(services: Services | None = None) -> Server:
    """Return a server with every feature, not started yet. Tests pass services of their own."""
    # pygls logs whole payloads at INFO: the user's source and questions.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    server = Server(services or Services())
    for feature in FEATURES:
        feature.register(server)
    return server
