"""The supported config formats, and which files belong to them: read from the shipped schemas, and cheap to ask.

A schema says under ``fileMatch`` which files have its format: ``*`` stands for one name, and a new file gets the first
path. The module in ``targets/`` with the schema's name knows the rest. The server asks here at each key press.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

SCHEMA_SUFFIX = ".schema.json"
LAST_RANK = 99


@dataclass(frozen=True)
class Format:
    """A config format.

    Attributes:
        name: The name of its schema and of its module in ``targets/``.
        title: What people call a file of this format.
        patterns: The paths of such files, with ``/``; ``*`` stands for one name.
        rank: Its position among the formats.
        schema: Its JSON schema.
    """

    name: str
    title: str
    patterns: tuple[str, ...]
    rank: int
    schema: Mapping[str, Any] = field(repr=False, compare=False)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_regular, self.patterns)))

    @property
    def update_patterns(self) -> tuple[str, ...]:
        """The patterns of files that can be updated: those whose name is free belong to their owner."""
        return tuple(pattern for pattern in self.patterns if "*" not in pattern.rpartition("/")[2])

    def matches(self, path: str) -> bool:
        """Return whether the file at a relative path has this format."""
        return self._expression.fullmatch(path) is not None

    def existing(self, paths: Iterable[str]) -> str | None:
        """Return the file among ``paths`` that is to be updated, None if there is none: the first pattern wins."""
        found = sorted(filter(self.matches, paths))
        expressions = map(_regular, self.update_patterns)
        return next((path for each in expressions for path in found if re.fullmatch(each, path)), None)


def _regular(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", "[^/]+")


def schema_folder() -> Traversable:
    """Return the folder of the shipped schemas."""
    return files("fieldguide_server.configgen") / "schemas"


@cache
def formats() -> Mapping[str, Format]:
    """Return all formats by name, in the order in which they are offered."""
    found = [
        _format(item.name.removesuffix(SCHEMA_SUFFIX), json.loads(item.read_text(encoding="utf-8")))
        for item in schema_folder().iterdir()
        if item.name.endswith(SCHEMA_SUFFIX)
    ]
    return {each.name: each for each in sorted(found, key=lambda each: (each.rank, each.name))}


def _format(name: str, schema: Mapping[str, Any]) -> Format:
    patterns = schema["fileMatch"]
    extra = schema.get("x-fieldguide")
    fields: Mapping[str, object] = extra if isinstance(extra, dict) else {}
    rank = fields.get("rank")
    return Format(
        name,
        str(fields.get("title", name)),
        tuple(map(str, patterns)) if isinstance(patterns, list) else (),
        rank if isinstance(rank, int) else LAST_RANK,
        schema,
    )


def format_of(path: str) -> Format | None:
    """Return the format of the file at a path, None if it has none of these."""
    return next((each for each in formats().values() if each.matches(path)), None)
