"""Checks a config against its schema and against the repository it is for.

The checks read the finished text, not the plan, so that files from elsewhere (a model, a person) can be checked
the same way. Every failure is a sentence, with its place in the document.
"""

from collections.abc import Iterator, Sequence

from fieldguide_server.configgen.checks.schema import schema_failures
from fieldguide_server.configgen.checks.sessions import check_session, check_sessions
from fieldguide_server.configgen.reading.document import Parsed, parse
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.targets import TARGETS
from fieldguide_server.configgen.targets.base import Context, Target
from fieldguide_server.configgen.types import ConfigFile, Failure


def validate(offered: Sequence[ConfigFile], repo: Repository, target: str) -> list[Failure]:
    """Return every failure of a target's files; none means they may be offered."""
    found = TARGETS[target]
    main = next((file for file in offered if found.format.holds(file.path)), None)
    if main is None:
        return []
    parsed = parse(main.content, found.syntax)
    if parsed.error:
        return [Failure(f"The file is no {found.syntax}: {parsed.error}.")]
    beside = {file.path: file.content for file in offered}
    context = Context(repo, main.path, beside)
    return schema_failures(parsed, found) or [*name_failures(parsed, found, context)]


def name_failures(parsed: Parsed, target: Target, context: Context) -> Iterator[Failure]:
    """Yield what the document names and the repository lacks, and shell text that cannot be: nothing of that is offered."""
    yield from target.names(parsed.value, context)
    for session in target.sessions(parsed.value):
        yield from check_session(session, context.repo)


def certain_failures(parsed: Parsed, target: Target, context: Context) -> Iterator[Failure]:
    """Yield the same in a file that somebody wrote: what is only likely to be wrong is not told."""
    yield from target.names(parsed.value, context)
    yield from check_sessions(target.sessions(parsed.value), context.repo)
