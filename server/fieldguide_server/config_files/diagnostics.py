"""What is wrong with open config files, told to the client: pulled where it can pull, published to it otherwise."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from fieldguide_indexer import FieldguideError
from fieldguide_server.config_files import analysis
from fieldguide_server.config_files.analysis import Reading
from fieldguide_server.configgen.formats import format_of
from fieldguide_server.lsp.convert import path_of, range_of, uri_of
from fieldguide_server.lsp.documents import document_of
from fieldguide_server.lsp.json_rpc import answer_to
from fieldguide_server.lsp.server import Server
from fieldguide_server.workspace.folders import Folder

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.types import Diagnostic

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.3
SOURCE = "fieldguide"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}


def typed(server: Server, uri: str) -> None:
    """Note that a document was opened, changed or closed. Costs next to nothing: it is called at each key."""
    if _pulls(server.client_capabilities):
        return
    path = path_of(uri)
    for folder in server.workspaces.holding(path) if path else ():
        if path and is_config(folder, path):
            _tell_soon(server, folder, {uri})


def touched(server: Server, folder: Folder, path: str | None) -> None:
    """Note that a file of a folder changed; None means: any may have."""
    if analysis.touched(folder, path):
        refresh(server, folder)


def is_config(folder: Folder, path: Path) -> bool:
    """Return whether a file on disk is a config file of a folder."""
    relative = folder.relative(path)
    return relative is not None and format_of(relative) is not None


def refresh(server: Server, folder: Folder) -> None:
    """Have all open config files of a folder told anew."""
    if shown := set(_open(server, folder)):
        _tell_soon(server, folder, shown)


async def found_in(server: Server, uri: str) -> list[types.Diagnostic]:
    """Return what is wrong with a document now; nothing for one that is no config file, or cannot be inspected."""
    try:
        reading = await analysis.read(server, uri)
    except FieldguideError as error:
        # Nobody asked; a pop-up at each key helps nobody.
        log.info("not inspected: %s", error)
        return []
    return [diagnostic(server, reading, each) for each in reading.said.diagnostics] if reading else []


def diagnostic(server: Server, reading: Reading, found: "Diagnostic") -> types.Diagnostic:
    """Return one finding as the protocol has it."""
    return types.Diagnostic(
        range_of(reading.lines, found.span, server.workspace.position_codec),
        found.message,
        severity=_SEVERITIES[found.severity],
        code=str(found.kind),
        source=SOURCE,
        related_information=_related(server, reading, found) or None,
    )


def _related(
    server: Server, reading: Reading, found: "Diagnostic"
) -> list[types.DiagnosticRelatedInformation]:
    document = server.client_capabilities.text_document
    publishing = document.publish_diagnostics if document else None
    if not (publishing and publishing.related_information):
        return []
    return [
        types.DiagnosticRelatedInformation(
            types.Location(
                uri_of(reading.folder.path / item.path),
                types.Range(types.Position(item.line - 1, 0), types.Position(item.line, 0)),
            ),
            item.note or item.value,
        )
        for item in found.evidence
    ]


def _tell_soon(server: Server, folder: Folder, uris: set[str]) -> None:
    files = folder.config_files
    files.untold |= uris
    files.untold_at = asyncio.get_running_loop().time()
    if files.teller is None or files.teller.done():
        files.teller = server.spawn(_tell_when_quiet(server, folder))


async def _tell_when_quiet(server: Server, folder: Folder) -> None:
    loop, files = asyncio.get_running_loop(), folder.config_files
    while files.untold:
        rest = files.untold_at + QUIET_SECONDS - loop.time()
        if rest > 0:
            await asyncio.sleep(rest)
            continue
        uris, files.untold = files.untold, set()
        if _pulls(server.client_capabilities):
            await _have_pulled(server)
            continue
        for uri in uris:
            await _publish(server, folder, uri)


async def _publish(server: Server, folder: Folder, uri: str) -> None:
    document = document_of(server.workspace, uri)
    found = await found_in(server, uri) if document else []
    # What changed meanwhile is told next; this would be in the wrong lines.
    if uri not in folder.config_files.untold:
        version = document.version if document else None
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))


async def _have_pulled(server: Server) -> None:
    workspace = server.client_capabilities.workspace
    pulling = workspace.diagnostics if workspace else None
    if not (pulling and pulling.refresh_support):
        return
    try:
        await answer_to(server.workspace_diagnostic_refresh_async(None))
    except JsonRpcException as error:
        log.info("the client does not ask again: %s", error)


def _open(server: Server, folder: Folder) -> Iterator[str]:
    for document in tuple(server.workspace.text_documents.values()):
        path = path_of(document.uri)
        if path and is_config(folder, path):
            yield document.uri


def _pulls(client: types.ClientCapabilities) -> bool:
    return client.text_document is not None and client.text_document.diagnostic is not None
