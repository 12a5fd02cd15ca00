"""What must not be kept: secrets by their look, and the values of this environment's keys."""

import re
from collections.abc import Collection, Mapping, Sequence

from fieldguide_indexer import PLACEHOLDER, redact

_TELLING = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST = 8


def withheld(value: object, environment: Mapping[str, str], named: Collection[str] = ()) -> object:
    """Return a JSON value whose texts hold no secret any more.

    Args:
        value: Its texts are searched; the names in its objects are ours, and stay.
        environment: Variables whose name tells of a key are withheld by their value.
        named: The names of further variables that hold a key.
    """
    keys = {text for name, text in environment.items() if name in named or _TELLING.search(name)}
    return _without(value, sorted((key for key in keys if len(key) >= _SHORTEST), key=len, reverse=True))


def _without(value: object, keys: Sequence[str]) -> object:
    if isinstance(value, str):
        for key in keys:
            value = value.replace(key, PLACEHOLDER)
        return redact(value)[0]
    if isinstance(value, Mapping):
        return {name: _without(item, keys) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, keys) for item in value]
    return value
