"""Evidence that disagrees: which side was chosen, and the line that contradicts it."""

import re
from collections.abc import Sequence

from fieldguide_server.configgen.detect.versions import LEAST
from fieldguide_server.configgen.plan.facts import Facts
from fieldguide_server.configgen.types import Evidence, Key

# Sources with less confidence are conventions and defaults: they may differ from what the project states.
RELEVANT = 0.7
BARE = re.compile(r"v?(\d+)(?:\.(\d+|x|\*))?(?:\.(?:\d+|x|\*))?")
AT_LEAST = re.compile(r">=\s*v?(\d+)(?:\.(\d+))?[\d.]*\s*$")
# Their minor versions are incompatible with each other.
BY_MINOR = frozenset({"python", "go", "ruby", "php", "rust", "elixir"})


def find_conflicts(facts: Facts, starts: Sequence[Evidence]) -> tuple[str, ...]:
    """Return a sentence for each disagreement about managers, versions, ports and start commands."""
    found = [*_managers(facts), *_versions(facts), *_ports(facts, starts), *_starts(facts, starts)]
    return tuple(dict.fromkeys(found))


def _place(item: Evidence) -> str:
    return f"{item.path}:{item.line}"


def _managers(facts: Facts) -> list[str]:
    """Return a sentence for each folder with the lock files of two package managers."""
    return [
        f"{chosen.value} ({_place(chosen)}) was chosen as the package manager, although {_place(other)} "
        f"belongs to {other.value}."
        for chosen in facts.of(Key.MANAGER)
        for other in facts.of(Key.OTHER_MANAGER, chosen.folder, {chosen.stack})
    ]


def _versions(facts: Facts) -> list[str]:
    """Return a sentence for each pair of files that require incompatible versions."""
    found = []
    versions = facts.of(Key.VERSION)
    for index, one in enumerate(versions):
        for other in versions[index + 1 :]:
            same = one.stack == other.stack and one.path != other.path and one.folder == other.folder
            if same and _exclude(one, other):
                found.append(
                    f"{_place(one)} requires {one.stack} {one.value}, but {_place(other)} requires {other.value}."
                )
    return found[:5]


def _exclude(one: Evidence, other: Evidence) -> bool:
    """Return whether two versions are incompatible, judging by their first two numbers."""
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
    available = (int(exact.group(1)), int(minor) if minor and minor.isdigit() else 999)
    return available < (int(least.group(1)), int(least.group(2) or 0))


def _ports(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """Return a sentence for each port that a file states for something that is started on another port."""
    used = facts.values(Key.PORT)
    return [
        f"Port {chosen.value} ({_place(chosen)}) was chosen, although {_place(other)} specifies {other.value}."
        for start in starts
        for chosen in facts.of(Key.PORT, start.folder, {start.stack})[:1]
        for other in facts.of(Key.OTHER_PORT, start.folder, {start.stack})
        if other.confidence >= RELEVANT and other.value not in used
    ]


def _starts(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """Return a sentence for each alternative start command of about the same confidence."""
    return [
        f"`{chosen.value}` ({_place(chosen)}) was chosen, although {_place(other)} specifies `{other.value}`."
        for chosen in starts
        for other in facts.of(Key.START, chosen.folder, {chosen.stack})
        if other.value != chosen.value and other.confidence >= max(RELEVANT, chosen.confidence - 0.1)
    ]
