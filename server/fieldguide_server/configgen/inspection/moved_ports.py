"""Ports that a config file lists although what it starts now listens on another one."""

import re
from collections.abc import Iterator, Sequence

from fieldguide_server.configgen.checks.sessions import command_lines
from fieldguide_server.configgen.inspection.source import ConfigSource
from fieldguide_server.configgen.inspection.types import Diagnostic, DiagnosticKind, Edit, Fix, Severity
from fieldguide_server.configgen.plan.study import Study
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.yaml_edits import runs
from fieldguide_server.configgen.types import Evidence, Key

# The usual ports of databases, brokers and mail catchers, which no file needs to name.
USUAL_PORTS = frozenset(
    {*(1025, 1080, 1433, 1521, 2181, 3306, 4369, 5432, 5672, 5900, 6006, 6080, 6379, 8025, 8091, 9000, 9092, 9200),
     *(9229, 11211, 15672, 27017)}
)  # fmt: skip
MAX_CHARACTERS = 6_000_000
SKIPPED_FILES = re.compile(
    r"lock|\.(?:svg|png|jpe?g|gif|ico|woff2?|pdf|zip|min\.\w+|map|csv|sum|snap)$", re.IGNORECASE
)


def moved_ports(source: ConfigSource, study: Study) -> Iterator[Diagnostic]:
    """Yield the only listed port that no file mentions, if exactly one port of what the file starts is not listed."""
    listed = dict(_listed(source))
    lines = command_lines(source.target.sessions(source.parsed.value))
    expected = _expected(study, lines)
    named = [item for item in study.evidence if item.key in {Key.PORT, Key.OTHER_PORT}]
    numbers = {int(item.value) for item in named}
    missing = expected - set(listed.values()) - USUAL_PORTS
    unlisted = [item for item in named if item.key is Key.PORT and int(item.value) in missing]
    if len({item.value for item in unlisted}) != 1:
        return
    stale = [(path, port) for path, port in listed.items() if port not in numbers | USUAL_PORTS | expected]
    # With several candidates it is unknown which one moved.
    if len(stale) == 1 and not _is_mentioned(stale[0][1], lines, source.path, study.repo):
        yield _diagnostic(source, *stale[0], unlisted)


def _expected(study: Study, lines: Sequence[str]) -> set[int]:
    """Return the ports of what the lines start; all planned ports if they start nothing that is known."""
    ports = study.environment.ports
    started = {
        port.number for port in ports if any(runs(line, need) for need in port.needs for line in lines)
    }
    return started or {port.number for port in ports}


def _listed(source: ConfigSource) -> Iterator[tuple[Path, int]]:
    for path, span in source.parsed.places.values.items():
        is_port = (path[:1] == ("ports",) and path[-1:] == ("port",)) or (
            path[:1] == ("forwardPorts",) and len(path) == 2
        )
        text = source.slice(span)
        if is_port and text.isdecimal():
            yield path, int(text)


def _is_mentioned(number: int, lines: Sequence[str], path: str, repo: Repository) -> bool:
    """Return whether a port is in the file's own commands or in any other file of the repository."""
    expression = re.compile(rf"(?<![\d.]){number}(?![\d.])")
    return any(expression.search(line) for line in lines) or repo.once(
        f"port {number}", lambda: _is_in_files(expression, path, repo)
    )


def _is_in_files(expression: re.Pattern[str], own_path: str, repo: Repository) -> bool:
    """Search the repository; if it is too large to be searched completely, assume a match."""
    left = MAX_CHARACTERS
    for path in sorted(repo.files, key=lambda path: (path.count("/"), path)):
        if path == own_path or SKIPPED_FILES.search(path):
            continue
        text = repo.read_head(path)
        left -= len(text)
        if left < 0 or expression.search(text):
            return True
    return False


def _diagnostic(source: ConfigSource, path: Path, number: int, unlisted: Sequence[Evidence]) -> Diagnostic:
    first = unlisted[0]
    message = f"No file mentions port {number}; {first.path}:{first.line} specifies {first.value}."
    span = source.parsed.value_span(path)
    fixes = (Fix(f"Use {first.value}", (Edit(span, first.value),)),)
    return Diagnostic(span, message, Severity.INFORMATION, DiagnosticKind.DRIFT, fixes, tuple(unlisted))
