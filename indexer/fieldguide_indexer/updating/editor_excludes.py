"""What an editor wants left out, kept beside its index.

The shell and other programs know no editor's settings and yet share its index: were they to index what the editor
leaves out, the two would undo each other's work for ever. So they go by what the editor said last.
"""

import json
import logging
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer.options import IndexOptions

logger = logging.getLogger(__name__)

_FILE = "editor.json"


def recall(home: Path, options: IndexOptions) -> IndexOptions:
    """Return the options of a client; of one that knows no editor, with what the last editor said."""
    if options.editor_exclude is not None:
        return options
    try:
        said = json.loads((home / _FILE).read_text(encoding="utf-8"))["exclude"]
        return replace(options, editor_exclude=tuple(map(str, said)))
    except (OSError, ValueError, KeyError, TypeError):
        return replace(options, editor_exclude=())


def remember(home: Path, options: IndexOptions) -> None:
    """Keep what an editor says."""
    try:
        (home / _FILE).write_text(json.dumps({"exclude": options.editor_exclude}), encoding="utf-8")
    except OSError as error:
        logger.warning("What the editor leaves out cannot be kept: %s", error)
