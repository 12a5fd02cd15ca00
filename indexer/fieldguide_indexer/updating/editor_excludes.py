"""The exclude patterns of an editor's own settings, kept with the index.

The shell and other programs know no editor's settings, but share its index. If they indexed what the editor excludes,
the two would undo each other's work for ever; so they use the patterns that the editor sent last.
"""

import json
import logging
from dataclasses import replace
from pathlib import Path

from fieldguide_indexer.options import IndexOptions

logger = logging.getLogger(__name__)

_FILE = "editor.json"


def with_editor_excludes(home: Path, options: IndexOptions) -> IndexOptions:
    """Return the options of a client; where they come from no editor, with the patterns of the last one."""
    if options.editor_exclude is not None:
        return options
    try:
        patterns = json.loads((home / _FILE).read_text(encoding="utf-8"))["exclude"]
        return replace(options, editor_exclude=tuple(map(str, patterns)))
    except (OSError, ValueError, KeyError, TypeError):
        return replace(options, editor_exclude=())


def save_editor_excludes(home: Path, options: IndexOptions) -> None:
    """Store the patterns of an editor."""
    try:
        (home / _FILE).write_text(json.dumps({"exclude": options.editor_exclude}), encoding="utf-8")
    except OSError as error:
        logger.warning("The editor's exclude patterns cannot be stored: %s", error)
