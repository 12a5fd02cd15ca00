"""The state of one run of a command: the folder, the settings, the index and the assistant."""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_server.cli import output
from fieldguide_server.files import contained, stored_text

if TYPE_CHECKING:
    from fieldguide_indexer import Index, IndexStatus, Progress
    from fieldguide_server.assistant import Assistant
    from fieldguide_server.assistant.config_writer import ConfigWriter
    from fieldguide_server.docs.view import DocsView
    from fieldguide_server.services import Services
    from fieldguide_server.settings import Loaded, Settings
    from fieldguide_server.workspace.combined_index import CombinedIndex

# Before a search, wait this long for the vectors of at most so many chunks, and for stored vectors to be loaded.
_FEW_CHUNKS = 100
_WAIT_SECONDS = 5.0
PAUSED = "indexing of this folder is paused; resume it with `fieldguide index --resume`"


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One run of one command."""

    folder: Path
    loaded: "Loaded"
    services: "Services"
    quiet: bool

    @classmethod
    def start(cls, args: argparse.Namespace, *, shows_problems: bool = True) -> "CommandContext":
        """Find the folder and load the settings. Their problems are printed on stderr unless the caller reports them.

        Raises:
            WorkspaceError: The folder does not exist.
        """
        from fieldguide_indexer import WorkspaceError  # noqa: PLC0415 - see above
        from fieldguide_server.settings import Sources, load  # noqa: PLC0415 - --help needs no settings

        folder = Path(args.path).resolve()
        if not folder.is_dir():
            what = f"{args.path} is not a folder" if folder.exists() else f"there is no folder {args.path}"
            raise WorkspaceError(what)
        loaded = load(Sources(folder, _editor_settings(folder), environment=os.environ, flags=flags(args)))
        session = cls(folder, loaded, args.services, args.quiet)
        for problem in loaded.problems if shows_problems else ():
            session.note(problem)
        return session

    @property
    def settings(self) -> "Settings":
        """The settings of this run."""
        return self.loaded.settings

    def note(self, text: str) -> None:
        """Print a note on stderr, unless ``--quiet`` is set."""
        if not self.quiet:
            output.note(f"fieldguide: {text}")

    def note_state(self, index: "Index") -> None:
        """Print why a result may be incomplete, if it may."""
        from fieldguide_indexer import State  # noqa: PLC0415 - see above

        status = index.status()
        if status.state is State.LEXICAL_READY and not status.paused:
            self.note("vectors are still being computed; until then only words and names are searched")
        elif status.state is State.DEGRADED:
            self.note(status.reason)

    @contextmanager
    def index(self) -> "Iterator[Index]":
        """Open the index without updating it."""
        with self.services.open_index(self.folder, self.settings.index_options()) as index:
            yield index

    @contextmanager
    def current_index(self) -> "Iterator[Index]":
        """Open the index and update it. Lexical search is then complete; vectors may still be missing."""
        with self.index() as index:
            self.update(index)
            yield index

    def update(self, index: "Index") -> None:
        """Update an open index, unless it is paused, and wait for the vectors if few are missing."""
        if index.status().paused:
            self.note(f"{PAUSED}; recent changes may be missing")
            return
        with output.progress(quiet=self.quiet) as on_progress:
            index.update(on_progress=on_progress)
        _await_few_vectors(index)

    def assistant(self, index: "Index", docs: "DocsView | None" = None) -> "Assistant":
        """Return the assistant for this index and the documentation. It reads files from disk."""
        searched = self.combined(index, docs)
        models = self.services.models(os.environ, None)
        return self.services.assistant(searched, searched.read, self.settings, self.folder, models)

    def combined(self, index: "Index", docs: "DocsView | None") -> "CombinedIndex":
        """Return the index of the folder combined with the documentation."""
        from fieldguide_server.workspace.combined_index import CombinedIndex, SearchedFolder  # noqa: PLC0415 - see above

        return CombinedIndex(SearchedFolder("", self.folder, index, self.read), docs=docs)

    @contextmanager
    def config_writer(self) -> "Iterator[ConfigWriter]":
        """Open the writer of config files with a model, over the index as it is or without one."""
        from fieldguide_indexer import FieldguideError  # noqa: PLC0415 - see above

        models = self.services.models(os.environ, None)
        with ExitStack() as stack:
            stack.callback(models.close)
            index = None
            with suppress(FieldguideError):
                index = stack.enter_context(self.index())
            yield self.services.config_writer(index, self.read, self.settings, self.folder, models)

    def read(self, path: str) -> str | None:
        """Return the text of a file in the workspace; None if there is none. The path may come from a model: it is untrusted."""
        file = contained(self.folder, path)
        return stored_text(file) if file else None


def _editor_settings(folder: Path) -> dict[str, object]:
    """Return what is known of an editor's own settings for a folder: which documentation they named last."""
    from fieldguide_indexer import StorageError  # noqa: PLC0415 - see above
    from fieldguide_server.docs.library import DocsLibrary  # noqa: PLC0415 - see above

    try:
        folders = DocsLibrary.of(os.environ).editor_folders(folder)
    except StorageError:
        return {}  # opening an index reports it
    return {"docs": {"folders": folders}} if folders else {}


def _await_few_vectors(index: "Index") -> None:
    """Wait for the vectors of an index that was just opened, if few are missing."""
    from fieldguide_indexer import State  # noqa: PLC0415 - see above

    status = index.status()
    if status.state is State.LEXICAL_READY and status.chunks - status.embedded <= _FEW_CHUNKS:
        index.wait_until_ready(_WAIT_SECONDS)


def wait_for_vectors(index: "Index", draw: "Callable[[Progress], None]") -> "IndexStatus":
    """Wait until all vectors are stored, or cannot be computed; ``draw`` receives the progress."""
    from fieldguide_indexer import Progress  # noqa: PLC0415 - see above

    unsubscribe = index.subscribe(lambda event: draw(event) if isinstance(event, Progress) else None)
    try:
        return index.wait_until_ready()
    finally:
        unsubscribe()


def flags(args: argparse.Namespace) -> dict[str, object]:
    """Return the settings that are set by flags."""
    values: dict[str, object] = dict(args.set)
    if getattr(args, "model", None):
        values["model"] = args.model
    return values
