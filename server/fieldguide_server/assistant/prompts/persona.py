"""Personas: texts with ``{placeholders}`` that say who answers; built in, the user's own, or the workspace's."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from fieldguide_server.assistant.prompts.template import text_of
from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.files import contained
from fieldguide_server.settings import Settings, user_file

BUILT_IN = ("engineer", "teacher", "reviewer", "cloud-environment")
_DEFAULT = BUILT_IN[0]
_MAX_FILE_BYTES = 64_000
_NAME = re.compile(r"[\w-]{1,60}")


@dataclass(frozen=True, slots=True)
class Persona:
    """The template of a persona; ``problem`` is a sentence for the user if it is not the requested one, else ""."""

    name: str
    template: str
    problem: str = ""


def load_persona(requested: str, user: Path | None = None, workspace: Path | None = None) -> Persona:
    """Return the persona that a setting names, else the default one.

    The user's personas and the built-in ones come first, so that a repository cannot replace them.

    Args:
        requested: A name, or the path of a text file of the user, absolute or beginning with ``~``.
        user: The user's folder of personas, each ``NAME.txt``.
        workspace: The workspace's folder of personas, None if the user does not trust it.
    """
    is_name = _NAME.fullmatch(requested) is not None
    if user and is_name and (template := _text_in(user / f"{requested}.txt")):
        return Persona(requested, template)
    if requested in BUILT_IN:
        return Persona(requested, text_of(f"personas/{requested}.txt"))
    # A symbolic link in a workspace may lead to any file of the user.
    file = workspace / f"{requested}.txt" if workspace and is_name else None
    if file and not file.is_symlink() and (template := _text_in(file)):
        return Persona(requested, template)
    path = Path(requested).expanduser() if requested.startswith("~") else Path(requested)
    # A relative path would depend on the folder that the server was started in.
    if path.is_absolute() and (template := _text_in(path)):
        return Persona(path.stem, template)
    names = ", ".join(dict.fromkeys([*BUILT_IN, *_names_in(user), *_names_in(workspace)]))
    problem = f"The persona {requested[:80]!r} is neither one of {names} nor a readable text file, so {_DEFAULT} is used."
    return Persona(_DEFAULT, text_of(f"personas/{_DEFAULT}.txt"), problem)


def user_personas() -> Path:
    """Return the user's folder of personas, next to their settings."""
    return user_file(os.environ).parent / "personas"


def list_personas(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the personas of a workspace folder: each name with its origin, ``built-in``, ``user`` or ``workspace``."""
    origins = dict.fromkeys(BUILT_IN, "built-in")
    for name in _names_in(workspace_personas(settings, folder)):
        origins.setdefault(name, "workspace")
    return {**origins, **dict.fromkeys(_names_in(user_personas()), "user")}


def workspace_personas(settings: Settings, folder: Path) -> Path | None:
    """Return the workspace's folder of personas; None unless the user's settings allow it."""
    if not settings.answer.workspace_personas:
        return None
    # A link may lead out of the workspace.
    return contained(folder.resolve(), ".fieldguide/personas")


def _names_in(folder: Path | None) -> list[str]:
    found = sorted(folder.glob("*.txt")) if folder else []
    return [path.stem for path in found if _NAME.fullmatch(path.stem)]


def _text_in(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return ""
        return clean(path.read_text(encoding="utf-8")).strip()
    except (OSError, ValueError):
        return ""
