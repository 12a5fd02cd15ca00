"""Targets: each renders an environment in one format.

A new target is a module here with a ``TARGET``, next to the schema of the same name; no other module names it.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from fieldguide_server.configgen.formats import format_of, formats
from fieldguide_server.configgen.targets.base import Target


class _Targets(Mapping[str, Target]):
    """All targets by name; a module is imported when its target is first used."""

    def __getitem__(self, name: str) -> Target:
        if name not in formats():
            raise KeyError(name)
        target: Target = import_module(f"{__name__}.{name}").TARGET
        return target

    def __iter__(self) -> Iterator[str]:
        return iter(formats())

    def __len__(self) -> int:
        return len(formats())


TARGETS: Mapping[str, Target] = _Targets()


def target_of(path: str) -> Target | None:
    """Return the target of the file at ``path``, None for a file of no target."""
    found = format_of(path)
    return TARGETS[found.name] if found else None
