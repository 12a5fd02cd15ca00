"""The documentation that commands search with the workspace: the folders in the setting ``docs.folders``."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fieldguide_indexer import FieldguideError
from fieldguide_server.cli.command_context import CommandContext
from fieldguide_server.docs.library import DocsLibrary, docs_options
from fieldguide_server.docs.view import DocsView


@contextmanager
def opened_docs(sessions: Sequence[CommandContext]) -> Iterator[DocsView | None]:
    """Open the documentation that the settings of any of these folders name, without updating its index.

    Yields:
        The documentation; None if none is named, or if it cannot be opened, which a note on stderr explains.
    """
    with ExitStack() as stack:
        docs = None
        try:
            docs = _open(sessions, stack)
        except FieldguideError as error:
            sessions[0].note(f"the documentation is not searched: {error}")
        yield docs


@contextmanager
def current_docs(sessions: Sequence[CommandContext]) -> Iterator[DocsView | None]:
    """Open and update the documentation; see ``opened_docs``."""
    with opened_docs(sessions) as docs:
        if docs is not None and docs.status().paused:
            sessions[0].note("indexing of the documentation is paused; recent changes may be missing")
        elif docs is not None:
            sessions[0].update(docs.index)
        yield docs


def _open(sessions: Sequence[CommandContext], stack: ExitStack) -> DocsView | None:
    library = DocsLibrary.of(os.environ)
    folders: dict[str, Path] = {}
    for session in sessions:
        named = library.follow(session.folder, session.settings.docs.folders, "shell")
        folders |= named.folders
        for problem in named.problems:
            session.note(problem)
    if not folders:
        return None
    first = sessions[0]
    options = docs_options(first.settings.index_options(), os.environ)
    index = stack.enter_context(first.services.open_docs(library.sources.file, options))
    return DocsView(index, library, folders, [session.folder for session in sessions])
