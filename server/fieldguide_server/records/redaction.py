"""Redaction of records: secrets by their form, and the values of keys in the environment."""

import re
from collections.abc import Collection, Mapping, Sequence

from fieldguide_indexer import PLACEHOLDER, redact

_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
_MIN_LENGTH = 8


def redacted(value: object, environment: Mapping[str, str], key_variables: Collection[str] = ()) -> object:
    """Return a JSON value with all secrets in its strings replaced.

    Args:
        value: Its strings are searched; the names of object members are fixed and stay.
        environment: The values of variables whose names look like those of secrets are redacted.
        key_variables: The names of further variables that hold a key.
    """
    keys = {text for name, text in environment.items() if name in key_variables or _SECRET_NAME.search(name)}
    return _redact(value, sorted((key for key in keys if len(key) >= _MIN_LENGTH), key=len, reverse=True))


def _redact(value: object, keys: Sequence[str]) -> object:
    if isinstance(value, str):
        for key in keys:
            value = value.replace(key, PLACEHOLDER)
        return redact(value)[0]
    if isinstance(value, Mapping):
        return {name: _redact(item, keys) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(item, keys) for item in value]
    return value
