"""Ports that a config file lists though what it starts has moved to another one."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.inspection.source import Source
from fieldguide_server.configgen.inspection.types import Diagnostic, Edit, Fix, Kind, Severity
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.yaml import Path, Span
from fieldguide_server.configgen.targets.yaml_edits import runs, visited
from fieldguide_server.configgen.types import Evidence, Key

# Databases, brokers and mail catchers listen there whatever the repository says of it.
USUAL = frozenset(
    {*(1025, 1080, 1433, 1521, 2181, 3306, 4369, 5432, 5672, 5900, 6006, 6080, 6379, 8025, 8091, 9000, 9092, 9200),
     *(9229, 11211, 15672, 27017)}
)  # fmt: skip
MOST_READ = 6_000_000
NOT_READ = re.compile(
    r"lock|\.(?:svg|png|jpe?g|gif|ico|woff2?|pdf|zip|min\.\w+|map|csv|sum|snap)$", re.IGNORECASE
)


def moved_ports(source: Source, known: Study) -> Iterator[Diagnostic]:
    """Yield the one listed port that nothing names any more, where what the file starts listens on one that is not listed."""
    listed = dict(_listed(source))
    planned = _planned(source, known)
    named = [item for item in known.evidence if item.key in {Key.PORT, Key.OTHER_PORT}]
    numbers = {int(item.value) for item in named}
    missing = [
        item
        for item in named
        if item.key is Key.PORT and int(item.value) in planned - set(listed.values()) - USUAL
    ]
    if len({item.value for item in missing}) != 1:
        return
    lost = [(path, number) for path, number in listed.items() if number not in numbers | USUAL | planned]
    # With several nobody can tell which one moved.
    if len(lost) == 1 and not _is_named(lost[0][1], source, known.repo):
        yield _moved(source, *lost[0], missing)


def _planned(source: Source, known: Study) -> set[int]:
    """Return the ports of what the file starts; those of all there is to start where it starts nothing that is known."""
    _, lines = visited(source.target.sessions(source.parsed.value))
    ports = known.environment.ports
    started = {
        port.number for port in ports if any(runs(line, need) for need in port.needs for line in lines)
    }
    return started or {port.number for port in ports}


def _listed(source: Source) -> Iterator[tuple[Path, int]]:
    for path, span in source.parsed.places.values.items():
        is_port = (path[:1] == ("ports",) and path[-1:] == ("port",)) or (
            path[:1] == ("forwardPorts",) and len(path) == 2
        )
        text = source.slice(span)
        if is_port and text.isdecimal():
            yield path, int(text)


def _is_named(number: int, source: Source, repo: Repository) -> bool:
    """Return whether the number stands anywhere else: in the file's own commands, or in any file of the repository."""
    wanted = re.compile(rf"(?<![\d.]){number}(?![\d.])")
    _, lines = visited(source.target.sessions(source.parsed.value))
    return any(wanted.search(line) for line in lines) or repo.once(
        f"port {number}", lambda: _found(wanted, repo, source)
    )


def _found(wanted: re.Pattern[str], repo: Repository, source: Source) -> bool:
    """Look through the repository; what is too large to be looked through may well name it."""
    left = MOST_READ
    for path in sorted(repo.files, key=lambda path: (path.count("/"), path)):
        if path == source.path or NOT_READ.search(path):
            continue
        text = repo.text_of(path)
        left -= len(text)
        if left < 0 or wanted.search(text):
            return True
    return False


def _moved(source: Source, path: Path, number: int, missing: list[Evidence]) -> Diagnostic:
    first = missing[0]
    message = f"Nothing in the repository names port {number}; {first.path}:{first.line} says {first.value}."
    span: Span = source.parsed.value_span(path)
    fixes = (Fix(f"Use {first.value}", (Edit(span, first.value),)),)
    return Diagnostic(span, message, Severity.INFORMATION, Kind.DRIFT, fixes, tuple(missing))
