"""Changes existing YAML files as text: additions are inserted between the existing lines, which stay as they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fieldguide_server.configgen.checks.drift import replacements
from fieldguide_server.configgen.checks.sessions import ShellSession
from fieldguide_server.configgen.reading.document import Parsed, Syntax, parse
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.reading.shell import folder_after, logical_lines
from fieldguide_server.configgen.reading.yaml import Path
from fieldguide_server.configgen.targets.text import dump
from fieldguide_server.configgen.tools.package_managers import ANY_NODE_MANAGER

SCRIPT = re.compile(
    rf"\b(?:{ANY_NODE_MANAGER})(?: run(?:-script)?)? (?!install\b|run\b|ci\b|add\b)([\w:.-]+)"
)


def replace_outdated(text: str, sessions: Iterable[ShellSession], repo: Repository) -> tuple[str, list[str]]:
    """Return the text with outdated commands replaced, and a sentence for each of them."""
    notes, lines = [], text.split("\n")
    parsed = parse(text, Syntax.YAML)
    for session in sessions:
        folder = session.folder
        for phase in session.phases:
            for _, line in logical_lines(phase.text):
                for found in replacements(line, folder, repo):
                    span = parsed.value_span(phase.path)
                    number = _line_with(lines, found.old, range(span.line - 1, span.end_line))
                    if number is not None:
                        lines[number] = lines[number].replace(found.old, found.new, 1)
                        notes.append(f"Replaced `{found.old}` with `{found.new}`: {found.reason}.")
                folder = folder_after(line, folder)
    return "\n".join(lines), notes


def _line_with(lines: Sequence[str], part: str, numbers: Iterable[int]) -> int | None:
    return next((number for number in numbers if number < len(lines) and part in lines[number]), None)


def add_items(text: str, key: str, items: Sequence[Any]) -> str:
    """Return the text with more items in the list at a top-level key, which is added if it is missing."""
    parsed = parse(text, Syntax.YAML)
    existing = parsed.value.get(key) if isinstance(parsed.value, dict) else None
    if not existing:
        return _add_section(text, {key: list(items)})
    first = parsed.places.values[(key, 0)]
    dash = text.split("\n")[first.line - 1].find("-")
    fragment = dump({key: list(items)}).split("\n", 1)[1].rstrip("\n").split("\n")
    # Fragments are indented by two spaces; the file may be indented differently.
    margin = " " * max(dash, 0)
    return _insert(parsed, text, key, [margin + line[2:] if line else line for line in fragment])


def add_member(text: str, key: str, name: str, value: object) -> str:
    """Return the text with one more member in the mapping at a top-level key, which is added if it is missing."""
    parsed = parse(text, Syntax.YAML)
    existing = parsed.value.get(key) if isinstance(parsed.value, dict) else None
    if not existing:
        return _add_section(text, {key: {name: value}})
    first = next(span for path, span in parsed.places.keys.items() if path[:1] == (key,) and len(path) == 2)
    fragment = dump({name: value}).rstrip("\n").split("\n")
    margin = " " * first.start
    return _insert(parsed, text, key, [margin + line if line else line for line in fragment])


def _add_section(text: str, section: Mapping[str, Any]) -> str:
    """Return the text with a section at its end, in place of an empty one of that name."""
    name = next(iter(section))
    kept = re.sub(
        rf"^{re.escape(name)}:[ \t]*(?:\[\]|\{{\}}|null|~)?[ \t]*(?:#.*)?\n", "", text, flags=re.MULTILINE
    )
    space = "\n" if "\n\n" in kept else ""
    return (kept.rstrip("\n") + "\n" + space if kept.strip() else kept) + dump(section)


def _insert(parsed: Parsed, text: str, key: str, added: Sequence[str]) -> str:
    lines = text.split("\n")
    end = _end_of(parsed, lines, (key,))
    return "\n".join([*lines[:end], *added, *lines[end:]])


def _end_of(parsed: Parsed, lines: Sequence[str], path: Path) -> int:
    """Return the number of the last line of the value at ``path``; comments after it do not belong to it."""
    values = parsed.places.values
    holders = {place[:-1] for place in values}
    leaves = [span for place, span in values.items() if place[: len(path)] == path and place not in holders]
    # A block ends where the next line begins.
    last = max((span.end_line if span.end else span.end_line - 1 for span in leaves), default=0)
    while last > 1 and not lines[last - 1].strip():
        last -= 1
    return last


def runs(line: str, start: str) -> bool:
    """Return whether a command line runs a start command, or the same script with another package manager."""
    return start in line or bool(set(SCRIPT.findall(line)) & set(SCRIPT.findall(start)))


def is_listed(number: int, entries: Iterable[object]) -> bool:
    """Return whether a port is among the entries or in a range of them."""
    for entry in entries:
        value = entry.get("port") if isinstance(entry, Mapping) else entry
        ends = [int(part) for part in re.findall(r"\d+", str(value))[:2]]
        if ends and ends[0] <= number <= ends[-1]:
            return True
    return False
