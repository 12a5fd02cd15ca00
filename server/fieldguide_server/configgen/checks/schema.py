"""Schemas of config files: validation with messages that need no knowledge of schemas, and lookup by place."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol, TypeAlias

from fieldguide_server.configgen.checks.problems import closest_match
from fieldguide_server.configgen.formats import formats
from fieldguide_server.configgen.reading.document import Parsed
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.types import Problem

Schema: TypeAlias = Mapping[str, Any]
TYPES = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "null": "null",
}


class SchemaError(Protocol):
    """The used part of jsonschema's errors."""

    message: str
    validator: str
    validator_value: Any
    instance: Any
    schema: Schema
    absolute_path: Iterable[str | int]


class SchemaValidator(Protocol):
    """The used part of jsonschema's validators."""

    schema: Schema

    def iter_errors(self, instance: object) -> Iterable[SchemaError]:
        """Return the errors of a document."""


@cache
def schema_validator(name: str) -> SchemaValidator:
    """Return the validator of a format. It is kept, since making one takes longer than any use of it."""
    validator: SchemaValidator = import_module("jsonschema").Draft7Validator(formats()[name].schema)
    return validator


def schema_problems(parsed: Parsed, name: str) -> list[Problem]:
    """Return the problems that the schema of a format finds in a document."""
    errors = schema_validator(name).iter_errors({} if parsed.value is None else parsed.value)
    return [problem for error in errors for problem in _problems(error)]


def _problems(error: SchemaError) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        keys = error.schema.get("properties", {})
        # An unknown key is marked itself, not the object around it.
        for key in sorted(set(error.instance) - set(keys), key=str):
            where = f" in {_dotted(path)}" if path else ""
            place = (*path, key) if isinstance(key, str) else (key,)
            near = closest_match(str(key), keys, 0.6)
            yield Problem(f"Unknown key {key}{where}.", path=place, word=str(key), suggestion=near)
        return
    is_incomplete = error.validator == "required" or _requires_one_of(error)
    yield Problem(_message(error, _dotted(path) or "The file"), path=path, is_incomplete=is_incomplete)


def _requires_one_of(error: SchemaError) -> bool:
    forms = error.validator_value if error.validator in {"anyOf", "oneOf"} else ()
    return bool(forms) and all("required" in form for form in forms)


def _message(error: SchemaError, name: str) -> str:
    expected, found = error.validator_value, error.instance
    message = f"{name}: {error.message[:200]}."
    match error.validator:
        case "required":
            missing = [key for key in expected if key not in found]
            message = f"{name} requires the key{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
        case "type":
            names = [expected] if isinstance(expected, str) else expected
            shown = json.dumps(found, default=str)[:60]
            message = f"{name} must be {' or '.join(TYPES.get(each, each) for each in names)}, not {shown}."
        case "enum":
            message = f"{name} must be one of {', '.join(map(str, expected))}, not {found}."
        case "anyOf" | "oneOf" if _requires_one_of(error):
            forms = ", ".join(" and ".join(form["required"]) for form in expected)
            message = f"{name} requires {'exactly ' * (error.validator == 'oneOf')}one of: {forms}."
        case "not" if "required" in expected:
            message = f"{name} cannot have {' and '.join(expected['required'])} together."
        case "pattern":
            message = f"{name} does not have the required format: {found}."
    return message


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))


def schema_at(root: Schema, path: Path) -> Schema | None:
    """Return the part of a schema for the value at ``path``, None where the schema does not describe it."""
    found: Schema | None = root
    for step in path:
        if found is None:
            return None
        found = _step(_resolved(found, root), step)
    return _resolved(found, root) if found is not None else None


def _step(schema: Schema, step: str | int) -> Schema | None:
    if isinstance(step, int):
        items = schema.get("items")
        return items if isinstance(items, Mapping) else None
    properties = schema.get("properties", {})
    if step in properties:
        return _mapping(properties[step])
    for pattern, inner in schema.get("patternProperties", {}).items():
        if re.search(pattern, step):
            return _mapping(inner)
    return _mapping(schema.get("additionalProperties"))


def _mapping(value: object) -> Schema | None:
    return value if isinstance(value, Mapping) else None


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return _mapping(found) or {}


def keys_of(schema: Schema) -> Mapping[str, str]:
    """Return the descriptions of the keys that an object may have, by key."""
    properties = schema.get("properties", {})
    return {name: str(body.get("description", "")) for name, body in properties.items()}


def values_of(schema: Schema) -> list[str]:
    """Return the values that a scalar may have, as they are written; none if they are not limited."""
    values = schema.get("enum")
    if isinstance(values, list):
        return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    types = schema.get("type")
    return ["true", "false"] if "boolean" in (types if isinstance(types, list) else [types]) else []
