"""Existing YAML files, changed as text: what is added is put between the lines that are there, and those stay."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fieldguide_server.configgen.checks.drift import replacements
from fieldguide_server.configgen.checks.sessions import Session
from fieldguide_server.configgen.reading.document import Parsed, Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import folder_after, logical_lines, split_quietly
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.text import dump
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS

SCRIPT = re.compile(
    rf"\b(?:{'|'.join(NODE_MANAGERS)})(?: run(?:-script)?)? (?!install\b|run\b|ci\b|add\b)([\w:.-]+)"
)


def visited(sessions: Iterable[Session]) -> tuple[set[str], list[str]]:
    """Return (folders that some command runs in, the command lines)."""
    folders: set[str] = set()
    lines: list[str] = []
    for session in sessions:
        folder = session.folder
        for phase in session.phases:
            for line in phase.text.split("\n"):
                entered = [command.folder for command in split_quietly(line, folder)]
                lines.append(line.strip())
                folder = folder_after(line, folder)
                folders |= {path for path in (*entered, folder) if path is not None}
    return folders, lines


def caught_up(text: str, sessions: Iterable[Session], repo: Repository) -> tuple[str, list[str]]:
    """Return the text with the commands put right that evidence contradicts, and a sentence for each."""
    notes, lines = [], text.split("\n")
    parsed = parse(text, Syntax.YAML)
    for session in sessions:
        folder = session.folder
        for phase in session.phases:
            for _, line in logical_lines(phase.text):
                for found in replacements(line, folder, repo):
                    place = parsed.value_span(phase.path)
                    number = _line_with(lines, found.old, range(place.line - 1, place.end_line))
                    if number is not None:
                        lines[number] = lines[number].replace(found.old, found.new, 1)
                        notes.append(f"`{found.old}` became `{found.new}`: {found.reason}.")
                folder = folder_after(line, folder)
    return "\n".join(lines), notes


def _line_with(lines: Sequence[str], wanted: str, numbers: Iterable[int]) -> int | None:
    return next((number for number in numbers if number < len(lines) and wanted in lines[number]), None)


def with_items(text: str, key: str, items: Sequence[Any]) -> str:
    """Return the text with items more in the list under a top-level key, which is made where it is missing."""
    parsed = parse(text, Syntax.YAML)
    known = parsed.value.get(key) if isinstance(parsed.value, dict) else None
    if not known:
        return with_section(text, {key: list(items)})
    lines = text.split("\n")
    first = parsed.places.values[(key, 0)]
    dash = lines[first.line - 1].find("-")
    fragment = dump({key: list(items)}).split("\n", 1)[1].rstrip("\n").split("\n")
    # Fragments are indented by two; the file may do it otherwise.
    margin = " " * max(dash, 0)
    return _inserted(
        lines, _end_of(parsed, lines, (key,)), [margin + line[2:] if line else line for line in fragment]
    )


def with_member(text: str, key: str, name: str, value: object) -> str:
    """Return the text with a member more in the mapping under a top-level key, which is made where it is missing."""
    parsed = parse(text, Syntax.YAML)
    known = parsed.value.get(key) if isinstance(parsed.value, dict) else None
    if not known:
        return with_section(text, {key: {name: value}})
    lines = text.split("\n")
    first = next(span for path, span in parsed.places.keys.items() if path[:1] == (key,) and len(path) == 2)
    fragment = dump({name: value}).rstrip("\n").split("\n")
    margin = " " * first.start
    return _inserted(
        lines, _end_of(parsed, lines, (key,)), [margin + line if line else line for line in fragment]
    )


def with_section(text: str, section: Mapping[str, Any]) -> str:
    """Return the text with a part more at its end; an empty one of that name is taken away before."""
    name = next(iter(section))
    kept = re.sub(
        rf"^{re.escape(name)}:[ \t]*(?:\[\]|\{{\}}|null|~)?[ \t]*(?:#.*)?\n", "", text, flags=re.MULTILINE
    )
    space = "\n" if "\n\n" in kept else ""
    return (kept.rstrip("\n") + "\n" + space if kept.strip() else kept) + dump(section)


def _end_of(parsed: Parsed, lines: Sequence[str], path: Path) -> int:
    """Return how many lines there are up to the last one of the value at ``path``; comments behind it are not its own."""
    values = parsed.places.values
    holders = {place[:-1] for place in values}
    leaves = [span for place, span in values.items() if place[: len(path)] == path and place not in holders]
    # A block ends where the next line begins.
    last = max((span.end_line if span.end else span.end_line - 1 for span in leaves), default=0)
    while last > 1 and not lines[last - 1].strip():
        last -= 1
    return last


def _inserted(lines: Sequence[str], after_line: int, added: Sequence[str]) -> str:
    return "\n".join([*lines[:after_line], *added, *lines[after_line:]])


def runs(line: str, start: str) -> bool:
    """Return whether a command line runs a start command, or the same script by another package manager."""
    return start in line or bool(set(SCRIPT.findall(line)) & set(SCRIPT.findall(start)))


def is_listed(number: int, entries: Iterable[object]) -> bool:
    """Return whether a port is one of the entries, or within a range of them."""
    for entry in entries:
        value = entry.get("port") if isinstance(entry, Mapping) else entry
        ends = [int(part) for part in re.findall(r"\d+", str(value))[:2]]
        if ends and ends[0] <= number <= ends[-1]:
            return True
    return False
