"""An editor's own settings of what to hide (``{"**/dist": true}``), as patterns of an ignore file."""

import re
from collections.abc import Iterator, Mapping

_BRACES = re.compile(r"\{([^{}]*)\}")
_LONGEST_GLOB = 1_000
_MOST_PATTERNS = 1_000


def ignore_patterns(*hidden: object) -> tuple[str, ...]:
    """Return the globs that are switched on, as lines in gitignore syntax; later objects have the last word on a glob.

    Unlike in an ignore file, a glob without ``**/`` holds at the top of the folder alone. What hides a file only when
    another one is there (``{"when": …}``) is passed over, and so is whatever is no such setting.
    """
    merged: dict[object, object] = {}
    for each in hidden:
        merged |= each if isinstance(each, Mapping) else {}
    globs = [glob for glob, is_on in merged.items() if is_on is True and isinstance(glob, str)]
    lines = [line for glob in globs if len(glob) <= _LONGEST_GLOB for line in _lines(glob)]
    return tuple(lines[:_MOST_PATTERNS])


def _lines(glob: str) -> Iterator[str]:
    for plain in _without_braces(glob.strip().removeprefix("./").lstrip("/")):
        if plain.strip("/") and plain.isprintable():
            yield plain if plain.startswith("**/") else f"/{plain}"


def _without_braces(glob: str) -> list[str]:
    """Return ``*.{js,ts}`` as ``*.js`` and ``*.ts``, the innermost braces first: an ignore file knows none."""
    done: list[str] = []
    left = [glob]
    while left and len(done) + len(left) <= _MOST_PATTERNS:
        one = left.pop()
        found = _BRACES.search(one)
        if found is None:
            done.append(one)
        else:
            left.extend(one[: found.start()] + each + one[found.end() :] for each in found[1].split(","))
    return done
