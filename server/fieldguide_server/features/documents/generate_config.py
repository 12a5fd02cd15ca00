"""``fieldguide/generateConfig``: a development environment from what the repository says of itself."""

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from fieldguide_indexer import Progress
from fieldguide_server.config_files.apply import apply_files
from fieldguide_server.lsp.progress import work_done
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import GENERATE_CONFIG, GenerateConfigParams
from fieldguide_server.workspace.folders import Folder

if TYPE_CHECKING:
    from fieldguide_server.assistant.config_writer import SuggestedConfig


def register(server: Server) -> None:
    """Put the feature on the server."""
    server.own(GENERATE_CONFIG)(generate_config)


async def generate_config(server: Server, params: GenerateConfigParams) -> dict[str, Any]:
    """Make the files of a target; with ``apply``, offer them to the editor. Nothing is written by the server."""
    folder = server.workspaces.chosen(params.folder)
    if params.model:
        return await _with_model(server, folder, params)
    generated = await server.run(server.services.generate, folder.path, params.target)
    answer = {"folder": folder.uri, **generated.to_json()}
    if params.apply:
        answer["applied"] = await apply_files(server, folder, generated)
    return answer


async def _with_model(server: Server, folder: Folder, params: GenerateConfigParams) -> dict[str, Any]:
    """Return the same, with what a model adds: always shown before it is taken, where the editor can."""
    made = await _asked(server, folder, params.target)
    (generated,) = made.configs
    answer = {"folder": folder.uri, **generated.to_json(), "with_model": made.to_json()}
    if params.apply:
        # An editor that ran a command shows nothing of its result.
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, made.notice))
        answer["applied"] = await apply_files(server, folder, generated, confirm=bool(made.additions))
    return answer


async def _asked(server: Server, folder: Folder, target: str) -> "SuggestedConfig":
    """Ask the model; the user sees how far it is, and may end it."""
    writer = await server.config_writer(folder)
    asking = asyncio.current_task()
    assert asking is not None
    answers = 1 + folder.settings.answer.review_rounds
    title = f"Asking {folder.settings.model.title or 'no model'} about {target}"
    async with work_done(server, title, asking.cancel) as show:
        return await writer.write((target,), on_round=lambda done: show(Progress("answers", done, answers)))
