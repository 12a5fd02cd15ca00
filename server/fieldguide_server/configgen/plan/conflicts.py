"""Evidence that disagrees: which side was taken, and the line that says otherwise."""

import re
from collections.abc import Sequence

from fieldguide_server.configgen.detect.versions import LEAST
from fieldguide_server.configgen.reading.evidence_index import Facts
from fieldguide_server.configgen.types import Evidence, Key

# Sources below it are habits and defaults: that they differ is no disagreement of the project with itself.
WORTH_SAYING = 0.7
BARE = re.compile(r"v?(\d+)(?:\.(\d+|x|\*))?(?:\.(?:\d+|x|\*))?")
AT_LEAST = re.compile(r">=\s*v?(\d+)(?:\.(\d+))?[\d.]*\s*$")
# Before 1.0, or where a minor release is a release: their second number counts too.
BY_MINOR = frozenset({"python", "go", "ruby", "php", "rust", "elixir"})


def find_conflicts(facts: Facts, starts: Sequence[Evidence]) -> tuple[str, ...]:
    """Return a sentence for each disagreement about managers, versions, ports and start commands."""
    found = [*_managers(facts), *_versions(facts), *_ports(facts, starts), *_starts(facts, starts)]
    return tuple(dict.fromkeys(found))


def _place(item: Evidence) -> str:
    return f"{item.path}:{item.line}"


def _managers(facts: Facts) -> list[str]:
    """Return two lock files in one folder."""
    return [
        f"{chosen.value} ({_place(chosen)}) was taken as the package manager, though {_place(other)} "
        f"speaks for {other.value}."
        for chosen in facts.of(Key.MANAGER)
        for other in facts.of(Key.OTHER_MANAGER, chosen.folder, {chosen.stack})
    ]


def _versions(facts: Facts) -> list[str]:
    """Return two files that ask for versions which no one release can be."""
    found = []
    asked = facts.of(Key.VERSION)
    for index, one in enumerate(asked):
        for other in asked[index + 1 :]:
            same = one.stack == other.stack and one.path != other.path and one.folder == other.folder
            if same and _exclude(one, other):
                found.append(
                    f"{one.stack} {one.value} is asked for in {_place(one)}, but {other.value} in {_place(other)}."
                )
    return found[:5]


def _exclude(one: Evidence, other: Evidence) -> bool:
    """Return whether two version texts contradict each other, as far as their first two numbers tell."""
    bare = [None if item.note == LEAST else BARE.fullmatch(item.value) for item in (one, other)]
    left, right = bare
    if left and right:
        minors = (left.group(2), right.group(2))
        both = all(minor and minor.isdigit() for minor in minors)
        return left.group(1) != right.group(1) or (one.stack in BY_MINOR and both and minors[0] != minors[1])
    exact, least = (left, AT_LEAST.search(other.value)) if left else (right, AT_LEAST.search(one.value))
    if exact is None or least is None:
        return False
    minor = exact.group(2)
    have = (int(exact.group(1)), int(minor) if minor and minor.isdigit() else 999)
    return have < (int(least.group(1)), int(least.group(2) or 0))


def _ports(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """Return a port that a file states for something that is started on another one."""
    known = facts.values(Key.PORT)
    return [
        f"Port {taken.value} ({_place(taken)}) was taken, though {_place(other)} says {other.value}."
        for start in starts
        for taken in facts.of(Key.PORT, start.folder, {start.stack})[:1]
        for other in facts.of(Key.OTHER_PORT, start.folder, {start.stack})
        if other.confidence >= WORTH_SAYING and other.value not in known
    ]


def _starts(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """Return another command that is as well attested for the same part."""
    return [
        f"`{chosen.value}` ({_place(chosen)}) was taken, though {_place(other)} says `{other.value}`."
        for chosen in starts
        for other in facts.of(Key.START, chosen.folder, {chosen.stack})
        if other.value != chosen.value and other.confidence >= max(WORTH_SAYING, chosen.confidence - 0.1)
    ]
