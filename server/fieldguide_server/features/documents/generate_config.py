"""``fieldguide/generateConfig``: the files of a development environment from what the repository says."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from fieldguide_indexer import Progress
from fieldguide_server.features.context import Context
from fieldguide_server.lsp.server import Server
from fieldguide_server.protocol import GENERATE_CONFIG, GenerateConfigParams
from fieldguide_server.workspace.folder import Folder

if TYPE_CHECKING:
    from fieldguide_server.assistant.config_writer import SuggestedConfig


def register(server: Server, context: Context) -> None:
    """Register the feature."""
    server.custom_method(GENERATE_CONFIG, partial(generate_config, context))


async def generate_config(context: Context, params: GenerateConfigParams) -> dict[str, Any]:
    """Generate the files of a target; with ``apply``, offer them to the editor. The server writes nothing."""
    folder = context.session.folders.select(params.folder)
    if params.model:
        return await _with_model(context, folder, params)
    generated = await context.session.generate(folder, params.target)
    result = {"folder": folder.uri, **generated.to_json()}
    if params.apply:
        result["applied"] = await context.config_edits.apply(folder, generated)
    return result


async def _with_model(context: Context, folder: Folder, params: GenerateConfigParams) -> dict[str, Any]:
    """Return the same with the additions of a model, which are shown before they are applied, where possible."""
    suggested = await _ask_model(context, folder, params.target)
    (generated,) = suggested.configs
    result = {"folder": folder.uri, **generated.to_json(), "with_model": suggested.to_json()}
    if params.apply:
        # An editor that runs a command shows nothing of its result.
        context.client.show_result(suggested.notice)
        confirm = bool(suggested.additions)
        result["applied"] = await context.config_edits.apply(folder, generated, confirm=confirm)
    return result


async def _ask_model(context: Context, folder: Folder, target: str) -> "SuggestedConfig":
    """Ask the model, with progress that the user can cancel."""
    writer = await context.session.config_writer(folder)
    task = asyncio.current_task()
    assert task is not None
    rounds = 1 + folder.settings.answer.review_rounds
    title = f"Asking {folder.settings.model.title or 'no model'} about {target}"
    async with context.client.work_done(title, task.cancel) as report_progress:
        return await writer.write(
            (target,), on_round=lambda done: report_progress(Progress("answers", done, rounds))
        )
