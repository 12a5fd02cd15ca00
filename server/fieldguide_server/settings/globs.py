"""Conversion of an editor's exclude settings (``{"**/dist": true}``) to gitignore patterns."""

import re
from collections.abc import Iterator, Mapping

_BRACES = re.compile(r"\{([^{}]*)\}")
_MAX_GLOB_LENGTH = 1_000
_MAX_PATTERNS = 1_000


def ignore_patterns(*excludes: object) -> tuple[str, ...]:
    """Return the enabled globs as gitignore patterns; later settings override earlier ones for the same glob.

    Unlike in an ignore file, a glob without ``**/`` only matches at the top of the folder. Conditional globs
    (``{"when": …}``) and values that are not such a setting are ignored.
    """
    merged: dict[object, object] = {}
    for each in excludes:
        merged |= each if isinstance(each, Mapping) else {}
    globs = [glob for glob, is_on in merged.items() if is_on is True and isinstance(glob, str)]
    lines = [line for glob in globs if len(glob) <= _MAX_GLOB_LENGTH for line in _lines(glob)]
    return tuple(lines[:_MAX_PATTERNS])


def _lines(glob: str) -> Iterator[str]:
    for plain in _without_braces(glob.strip().removeprefix("./").lstrip("/")):
        if plain.strip("/") and plain.isprintable():
            yield plain if plain.startswith("**/") else f"/{plain}"


def _without_braces(glob: str) -> list[str]:
    """Return ``*.{js,ts}`` as ``*.js`` and ``*.ts``, innermost braces first: gitignore has no braces."""
    expanded: list[str] = []
    pending = [glob]
    while pending and len(expanded) + len(pending) <= _MAX_PATTERNS:
        current = pending.pop()
        braces = _BRACES.search(current)
        if braces is None:
            expanded.append(current)
        else:
            head, tail = current[: braces.start()], current[braces.end() :]
            pending.extend(head + each + tail for each in braces[1].split(","))
    return expanded
