"""Chooses what is started, and which folders of the repository get a task of their own."""

import re
from collections.abc import Sequence
from dataclasses import replace

from fieldguide_server.configgen.reading.evidence_index import Facts
from fieldguide_server.configgen.reading.repository import folder_depth, word_set
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, Evidence, Key

LANGUAGES = word_set(
    "php ruby python java go rust dotnet elixir gleam deno scala haskell swift dart r julia clojure crystal zig cobol cmake meson autotools node"
)
SITES = word_set("hugo jekyll mkdocs sphinx")
# A later tier is asked only when no earlier one can start anything, or only out of habit.
TIERS = (
    LANGUAGES,
    SITES,
    *(frozenset({stack}) for stack in ("guide", "mise", "procfile", "runner", "launch", "dockerfile")),
    *(frozenset({stack}) for stack in ("compose", "html", "shell")),
)
# Stacks that start what other stacks install.
STARTERS = word_set("guide mise procfile runner launch dockerfile shell")
# Names under which people keep the parts of one product, next to each other.
# Generators of documentation: below a project they explain it, and are no part of it.
EXPLAINERS = word_set(
    "docusaurus vitepress vuepress storybook start-storybook styleguidist docsify gitbook honkit docz"
)
APP_NAMES = word_set(
    "client frontend front front-end web webapp webui web-ui ui app server backend back back-end api www "
    "site dashboard admin portal gateway service angular react vue express django"
)
# Below this a start is a habit of the field (``python main.py``), not something the project says.
HABIT = 0.6


# So many packages side by side are set up by the root's task runner, where it has one.
MANY = 3


def choose_starts(facts: Facts) -> list[Evidence]:
    """Return the start commands worth running: the first tier that has one, the surest per folder and stack."""
    habits: list[Evidence] = []
    explained = bool(facts.of(Key.INSTALL, "", LANGUAGES))
    for tier in TIERS:
        starts = facts.of(Key.START, stacks=tier)
        found = _surest([item for item in starts if not (explained and _explains(item))])
        told = [item for item in found if not habits or item.confidence >= DEFAULT]
        if any(item.confidence >= HABIT for item in told):
            return _by_target(_without_rivals(_as_known(told, habits), facts), facts)
        habits = habits or found
    return _without_rivals(habits, facts)


def _explains(item: Evidence) -> bool:
    tools = set(item.note.split(", "))
    return bool(item.folder) and item.stack == "node" and tools <= EXPLAINERS


def _as_known(told: Sequence[Evidence], habits: Sequence[Evidence]) -> list[Evidence]:
    """Return what is told, as its ecosystem knows it where that says the same: its port is known there."""
    known = {(item.folder, item.value): item for item in habits}
    return [known.get((item.folder, item.value), item) for item in told]


def _by_target(starts: list[Evidence], facts: Facts) -> list[Evidence]:
    """Return the root's program is started by the target that a guide names for it, and keeps its own ports.

    Package scripts are names that people type themselves; of other languages the command is our conclusion.
    """
    told = [item for item in facts.of(Key.START, "", {"runner"}) if item.confidence >= DOCUMENTED]
    own = [item for item in starts if not item.folder and item.stack in LANGUAGES - {"node"}]
    if not told or len(own) != 1:
        return starts
    target = replace(told[0], stack=own[0].stack)
    return [target if item is own[0] else item for item in starts]


def _surest(starts: Sequence[Evidence]) -> list[Evidence]:
    best: dict[tuple[str, str], Evidence] = {}
    for item in starts:
        known = best.get((item.folder, item.stack))
        if known is None or item.confidence > known.confidence:
            best[item.folder, item.stack] = item
    return list(best.values())


def _without_rivals(starts: list[Evidence], facts: Facts) -> list[Evidence]:
    """Return a habit gives way to a stated command, unless a part of the product has no other; ``bin/dev`` runs all."""
    covered = facts.values(Key.COVERS)
    foreign = {item.folder for item in starts if item.stack not in _stacks(facts, "")}
    stated = any(
        item.confidence >= HABIT and (not item.folder or _is_part(item.folder, foreign)) for item in starts
    )
    kept = []
    for item in starts:
        rivals = [other for other in starts if other.folder == item.folder and other is not item]
        surer = any(other.confidence > HABIT for other in rivals) or (
            stated and not _is_part(item.folder, set())
        )
        habit = item.confidence < HABIT and surer
        if not habit and item.folder not in covered and all(other.value != "bin/dev" for other in rivals):
            kept.append(item)
    return kept


def choose_folders(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """Return the folders that get a task, the root first: parts of the product, not its examples and side shows."""
    installs = {item.folder for item in facts.of(Key.INSTALL, stacks=LANGUAGES)}
    running = {item.folder for item in starts}
    covered = facts.values(Key.COVERS)
    root_is_app = "" in running or "" in installs
    foreign = {item.folder for item in starts if item.stack not in _stacks(facts, "")}
    chosen = {
        folder
        for folder in running
        if not root_is_app or not folder or _is_part(folder, foreign, whole="" in running)
    }
    if not root_is_app:
        apart = {folder for folder in installs if folder_depth(folder) == 1 and folder not in covered}
        runner = facts.of(Key.INSTALL, "", {"runner"})
        apart = apart or (installs if len(installs) == 1 and not runner else set())
        chosen |= {""} if len(apart) > MANY and runner and not chosen else apart
    if "" in installs or (not chosen and facts.of(Key.INSTALL, "")):
        chosen.add("")
    return sorted(chosen, key=lambda folder: (folder_depth(folder), folder))


def _stacks(facts: Facts, folder: str) -> set[str]:
    return {item.stack for item in facts.of(Key.INSTALL, folder)}


def _is_part(folder: str, foreign: set[str], *, whole: bool = False) -> bool:
    """Return a folder with a part's name, or an app right below the root in another language than the root's.

    Beside a ``whole`` app in the root a part has to bear the bare name: ``sync-client`` is a tool of it.
    """
    name = folder.rpartition("/")[2].lower()
    parts = {name} if whole else {name, *re.split(r"[-_.]", name)}
    return folder_depth(folder) <= 2 and (
        bool(parts & APP_NAMES) or (folder_depth(folder) == 1 and folder in foreign)
    )
