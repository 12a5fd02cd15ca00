"""Checks a config against its schema and against the repository it is for.

The checks read the finished text, not the plan, so that files from elsewhere (a model, a person) can be checked
the same way. Every failure is a sentence, with its place in the document.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Protocol

from fieldguide_server.configgen.parsing import Parsed, parse
from fieldguide_server.configgen.phases import check_session
from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.base import Context, Target
from fieldguide_server.configgen.types import ConfigFile, Failure


class SchemaError(Protocol):
    """What is used of jsonschema's errors."""

    message: str
    validator: str
    instance: Any
    schema: Mapping[str, Any]
    absolute_path: Iterable[str | int]


class SchemaValidator(Protocol):
    """What is used of jsonschema's validators."""

    schema: Mapping[str, Any]

    def iter_errors(self, instance: object) -> Iterable[SchemaError]:
        """What the schema refuses."""


@cache
def schema_validator(name: str) -> SchemaValidator:
    """The validator of a shipped schema; reading one takes longer than all that is done with it."""
    path = files("fieldguide_server.configgen") / "schemas" / name
    made: SchemaValidator = import_module("jsonschema").Draft7Validator(
        json.loads(path.read_text(encoding="utf-8"))
    )
    return made


def validate(offered: Sequence[ConfigFile], repo: Repository, target: str) -> list[Failure]:
    """Every failure of a target's files; none means they may be offered."""
    found = TARGETS[target]
    main = next((file for file in offered if file.path in found.places), None)
    if main is None:
        return []
    parsed = parse(main.content, found.syntax)
    if parsed.error:
        return [Failure(f"The file is no {found.syntax}: {parsed.error}.")]
    beside = {file.path: file.content for file in offered}
    context = Context(repo, main.path, beside)
    return schema_failures(parsed, found) or [*name_failures(parsed, found, context)]


def schema_failures(parsed: Parsed, target: Target) -> list[Failure]:
    """What the schema refuses."""
    errors = schema_validator(target.schema).iter_errors({} if parsed.value is None else parsed.value)
    return [_failure(error) for error in errors]


def _failure(error: SchemaError) -> Failure:
    path = tuple(error.absolute_path)
    message = f"{'.'.join(map(str, path)) or 'the file'}: {error.message}"
    unknown = (
        sorted(set(error.instance) - set(error.schema.get("properties", ()))) if _refuses_keys(error) else []
    )
    # The place of an unknown key is the key, not the mapping around it.
    return Failure(message, path=(*path, unknown[0]) if unknown else path)


def _refuses_keys(error: SchemaError) -> bool:
    return error.validator == "additionalProperties" and isinstance(error.instance, dict)


def name_failures(parsed: Parsed, target: Target, context: Context) -> Iterator[Failure]:
    """What the document names and the repository lacks, and shell text that cannot be."""
    yield from target.names(parsed.value, context)
    for session in target.sessions(parsed.value):
        yield from check_session(session, context.repo)
