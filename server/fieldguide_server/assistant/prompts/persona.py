"""Who answers: text files with ``{placeholders}``, built in or the user's own, and the name of the stack."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.assistant.prompts.template import text_of
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.settings import Settings, user_file

BUILT_IN = ("engineer", "teacher", "reviewer", "cloud-environment")
_DEFAULT = BUILT_IN[0]
_LARGEST_FILE = 64_000
_NAME = re.compile(r"[\w-]{1,60}")


@dataclass(frozen=True, slots=True)
class Persona:
    """A template of who answers. ``problem`` is a sentence for the user when it is not the one they asked for."""

    name: str
    template: str
    problem: str = ""


def load_persona(wanted: str, own: Path | None = None, workspace: Path | None = None) -> Persona:
    """Return the persona that a setting names.

    A repository cannot put its words under a name that the user knows: theirs and the built-in ones come first.

    Args:
        wanted: A name, or the path of the user's own text file (absolute, or from ``~``).
        own: The user's folder of personas, each ``NAME.txt``.
        workspace: The workspace's, if the user trusts it that far.
    """
    is_name = _NAME.fullmatch(wanted) is not None
    if own and is_name and (template := _text_in(own / f"{wanted}.txt")):
        return Persona(wanted, template)
    if wanted in BUILT_IN:
        return Persona(wanted, text_of(f"personas/{wanted}.txt"))
    # A link in a workspace may lead to any file of the user's.
    theirs = workspace / f"{wanted}.txt" if workspace and is_name else None
    if theirs and not theirs.is_symlink() and (template := _text_in(theirs)):
        return Persona(wanted, template)
    path = Path(wanted).expanduser() if wanted.startswith("~") else Path(wanted)
    # A relative path would name a file of whatever folder the server was started in.
    if path.is_absolute() and (template := _text_in(path)):
        return Persona(path.stem, template)
    names = ", ".join(dict.fromkeys([*BUILT_IN, *_names_in(own), *_names_in(workspace)]))
    problem = f"The persona {wanted[:80]!r} is neither one of {names} nor a readable text file, so {_DEFAULT} answers."
    return Persona(_DEFAULT, text_of(f"personas/{_DEFAULT}.txt"), problem)


def own_personas() -> Path:
    """Return the user's folder of personas, beside their settings."""
    return user_file(os.environ).parent / "personas"


def list_personas(settings: Settings, folder: Path) -> dict[str, str]:
    """Return who can answer in a workspace folder: the names, each with its origin (built-in, user or workspace)."""
    known = dict.fromkeys(BUILT_IN, "built-in")
    for name in _names_in(workspace_personas(settings, folder)):
        known.setdefault(name, "workspace")
    return {**known, **dict.fromkeys(_names_in(own_personas()), "user")}


def workspace_personas(settings: Settings, folder: Path) -> Path | None:
    """Return the workspace's folder of personas; None unless the user has said that its texts may speak."""
    if not settings.answer.workspace_personas:
        return None
    found = folder / ".fieldguide" / "personas"
    return found if found.resolve().is_relative_to(folder.resolve()) else None


def _names_in(folder: Path | None) -> list[str]:
    found = sorted(folder.glob("*.txt")) if folder else []
    return [path.stem for path in found if _NAME.fullmatch(path.stem)]


def _text_in(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            return ""
        return clean(path.read_text(encoding="utf-8")).strip()
    except (OSError, ValueError):
        return ""
