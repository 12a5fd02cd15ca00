"""Checks a config file against its schema and its repository.

The checks read the finished text rather than the plan, so that the files of a person or a model can be checked in the
same way.
"""

from collections.abc import Iterator, Sequence

from fieldguide_server.configgen.checks.references import FileContext
from fieldguide_server.configgen.checks.schema import schema_problems
from fieldguide_server.configgen.checks.sessions import check_session, check_sessions
from fieldguide_server.configgen.reading.document import Parsed, parse
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.base import Target
from fieldguide_server.configgen.types import ConfigFile, Problem


def validate(generated: Sequence[ConfigFile], repo: Repository, name: str) -> list[Problem]:
    """Return every problem of the files of a target; only files without any are offered."""
    target = TARGETS[name]
    main = next((file for file in generated if target.format.matches(file.path)), None)
    if main is None:
        return []
    parsed = parse(main.content, target.syntax)
    if parsed.error:
        return [Problem(syntax_message(parsed, target))]
    context = FileContext(repo, main.path, {file.path: file.content for file in generated})
    return schema_problems(parsed, name) or [*_reference_problems(parsed, target, context)]


def syntax_message(parsed: Parsed, target: Target) -> str:
    """Return the sentence for a text that cannot be parsed."""
    return f"The file is not valid {target.syntax}: {parsed.error}."


def _reference_problems(parsed: Parsed, target: Target, context: FileContext) -> Iterator[Problem]:
    yield from target.check_references(parsed.value, context)
    for session in target.sessions(parsed.value):
        yield from check_session(session, context.repo)


def certain_problems(parsed: Parsed, target: Target, context: FileContext) -> Iterator[Problem]:
    """Yield the problems of a file that a person wrote, without those that are only likely."""
    yield from target.check_references(parsed.value, context)
    yield from check_sessions(target.sessions(parsed.value), context.repo)
