"""Checks a document against its schema, and tells what is refused in sentences that need no knowledge of schemas."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from fieldguide_server.configgen.checks.problems import like
from fieldguide_server.configgen.formats import ENDING, schema_folder
from fieldguide_server.configgen.reading.document import Parsed
from fieldguide_server.configgen.targets.base import Target
from fieldguide_server.configgen.types import Failure

KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "empty",
}


class SchemaError(Protocol):
    """What is used of jsonschema's errors."""

    message: str
    validator: str
    validator_value: Any
    instance: Any
    schema: Mapping[str, Any]
    absolute_path: Iterable[str | int]


class SchemaValidator(Protocol):
    """What is used of jsonschema's validators."""

    schema: Mapping[str, Any]

    def iter_errors(self, instance: object) -> Iterable[SchemaError]:
        """Return what the schema refuses."""


@cache
def schema_validator(name: str) -> SchemaValidator:
    """Return the validator of a target's schema; reading one takes longer than all that is done with it."""
    path = schema_folder() / f"{name}{ENDING}"
    made: SchemaValidator = import_module("jsonschema").Draft7Validator(
        json.loads(path.read_text(encoding="utf-8"))
    )
    return made


def schema_failures(parsed: Parsed, target: Target) -> list[Failure]:
    """Return what the schema refuses."""
    errors = schema_validator(target.name).iter_errors({} if parsed.value is None else parsed.value)
    return [failure for error in errors for failure in _failures(error)]


def _failures(error: SchemaError) -> Iterator[Failure]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        # The place of an unknown key is the key, not the mapping around it.
        for name in sorted(set(error.instance) - set(known), key=str):
            near = like(str(name), known, 0.6)
            place = path if isinstance(name, str) else ()
            yield Failure(
                f"{_named(path)} has no key {name}.", path=(*place, name), word=str(name), instead=near
            )
        return
    yield Failure(_sentence(error, _named(path)), path=path)


def _sentence(error: SchemaError, name: str) -> str:
    wanted, found = error.validator_value, error.instance
    text = f"{name}: {error.message[:200]}."
    match error.validator:
        case "required":
            text = f"{name} needs the key {' and the key '.join(key for key in wanted if key not in found)}."
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            shown = json.dumps(found, default=str)[:60]
            text = (
                f"{name} must be {' or '.join(KINDS.get(kind, kind) for kind in kinds)}, and {shown} is none."
            )
        case "enum":
            text = f"{name} must be one of {', '.join(map(str, wanted))}; it is {found}."
        case "anyOf" | "oneOf" if all("required" in form for form in wanted):
            forms = ", ".join(" and ".join(form["required"]) for form in wanted)
            text = f"{name} needs one of {forms}{', and only one' if error.validator == 'oneOf' else ''}."
        case "not" if "required" in wanted:
            text = f"{name} cannot have {' and '.join(wanted['required'])} together."
        case "pattern":
            text = f"{name} is not written as it must be: {found}."
    return text


def _named(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path)) or "The file"
