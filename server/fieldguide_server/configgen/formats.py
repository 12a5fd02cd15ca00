"""Which config formats there are, and which files are of them: read from the schemas that are shipped, and cheap to ask.

A schema says under ``fileMatch`` where files of its format are: ``*`` stands for one name, and a new file goes to the
first place. The module in ``targets/`` with the schema's name knows the rest. The server asks here at each key.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

ENDING = ".schema.json"
LAST = 99


@dataclass(frozen=True)
class Format:
    """One format: its ``name``, what people call a file of it, and the places of such files."""

    name: str
    title: str
    places: tuple[str, ...]
    rank: int

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_regular, self.places)))

    @property
    def updated(self) -> tuple[str, ...]:
        """The places of files that are brought up to date: one with a name of its own has a purpose of its own."""
        return tuple(place for place in self.places if "*" not in place.rpartition("/")[2])

    def holds(self, path: str) -> bool:
        """Return whether a path, relative and with ``/``, is that of such a file."""
        return self._pattern.fullmatch(path) is not None

    def existing(self, paths: Iterable[str]) -> str | None:
        """Return the file that is brought up to date, None where there is none: the first place counts most."""
        known = sorted(filter(self.holds, paths))
        return next(
            (path for place in self.updated for path in known if re.fullmatch(_regular(place), path)), None
        )


def _regular(place: str) -> str:
    return re.escape(place).replace(r"\*", "[^/]+")


def schema_folder() -> Traversable:
    """Return where the schemas are."""
    return files("fieldguide_server.configgen") / "schemas"


@cache
def formats() -> Mapping[str, Format]:
    """Return all formats by name, in the order in which they are offered."""
    found = [
        _format(item.name.removesuffix(ENDING), json.loads(item.read_text(encoding="utf-8")))
        for item in schema_folder().iterdir()
        if item.name.endswith(ENDING)
    ]
    return {each.name: each for each in sorted(found, key=lambda each: (each.rank, each.name))}


def _format(name: str, schema: Mapping[str, object]) -> Format:
    places = schema["fileMatch"]
    ours = schema.get("x-fieldguide")
    given: Mapping[str, object] = ours if isinstance(ours, dict) else {}
    rank = given.get("rank")
    return Format(
        name,
        str(given.get("title", name)),
        tuple(map(str, places)) if isinstance(places, list) else (),
        rank if isinstance(rank, int) else LAST,
    )


def format_of(path: str) -> Format | None:
    """Return the format of the file at a path, None for any other file."""
    return next((each for each in formats().values() if each.holds(path)), None)
