"""Finds the part of a schema that speaks of a place in a document."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from fieldguide_server.configgen.reading.yaml import Path

Schema: TypeAlias = Mapping[str, Any]


def schema_at(root: Schema, path: Path) -> Schema | None:
    """Return the schema of the value at ``path``, None where the document's schema says nothing of it."""
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


def keys_of(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yield (key, description, schema) of every key that a mapping may have."""
    for name, body in schema.get("properties", {}).items():
        yield name, str(body.get("description", "")), body


def values_of(schema: Schema) -> list[str]:
    """Return the values that a scalar may take, as they are written; none where it may be anything."""
    named = schema.get("enum")
    if isinstance(named, list):
        return [str(value).lower() if isinstance(value, bool) else str(value) for value in named]
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return ["true", "false"] if "boolean" in kinds else []
