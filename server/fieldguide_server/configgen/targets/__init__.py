"""Targets: each turns an environment into the files of one format.

A new target is a module here with a ``TARGET``, beside the schema of the same name: nothing else has to name it.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from fieldguide_server.configgen.formats import format_of, formats
from fieldguide_server.configgen.targets.base import Target


class _Targets(Mapping[str, Target]):
    """All targets by name; a module is loaded when its target is asked for."""

    def __getitem__(self, name: str) -> Target:
        if name not in formats():
            raise KeyError(name)
        made: Target = import_module(f"{__name__}.{name}").TARGET
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(formats())

    def __len__(self) -> int:
        return len(formats())


TARGETS: Mapping[str, Target] = _Targets()


def target_of(path: str) -> Target | None:
    """Return the target whose file ``path`` is, None for any other file."""
    found = format_of(path)
    return TARGETS[found.name] if found else None
