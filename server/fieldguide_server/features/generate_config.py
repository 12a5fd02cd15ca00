"""``fieldguide/generateConfig``: a development environment from what the repository says of itself."""

from typing import Any

from fieldguide_server.edits import apply_files
from fieldguide_server.protocol import GENERATE_CONFIG, GenerateConfigParams
from fieldguide_server.server import Server


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(GENERATE_CONFIG)(generate_config)


async def generate_config(server: Server, params: GenerateConfigParams) -> dict[str, Any]:
    """Make the files of a target; with ``apply``, offer them to the editor. Nothing is written by the server."""
    folder = server.workspaces.chosen(params.folder)
    generated = await server.run(server.parts.generate, folder.path, params.target)
    answer = {"folder": folder.uri, **generated.to_json()}
    if params.apply:
        answer["applied"] = await apply_files(server, folder, generated)
    return answer
