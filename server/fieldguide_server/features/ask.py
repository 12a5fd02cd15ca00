"""``fieldguide/ask``: a question about a folder, answered with checked citations, streamed and cancellable."""

from typing import Any

from fieldguide_server.convert import with_notice
from fieldguide_server.protocol import ASK, AskParams
from fieldguide_server.server import Server


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(ASK)(ask)


async def ask(server: Server, params: AskParams) -> dict[str, Any]:
    """Answer a question; cancelling the request closes the model's stream."""
    document = params.text_document.uri if params.text_document else params.path
    folder = server.workspaces.chosen(params.folder, document)
    assistant = await server.assistant(folder)
    unread = folder.unread()
    tell, reset = server.teller(params.token), server.resetter(params.token)
    answer = await assistant.ask(params.question, tell, on_reset=reset)
    return with_notice({"folder": folder.uri, **answer.to_json()}, unread)
