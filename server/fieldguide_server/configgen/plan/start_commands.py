"""Chooses what is started, and which folders of the repository get a task of their own."""

import re
from collections.abc import Sequence
from dataclasses import replace

from fieldguide_server.configgen.plan.facts import Facts
from fieldguide_server.configgen.reading.repository import folder_depth, word_set
from fieldguide_server.configgen.types import DEFAULT, DOCUMENTED, Evidence, Key

LANGUAGES = word_set(
    "php ruby python java go rust dotnet elixir gleam deno scala haskell swift dart r julia clojure crystal zig cobol cmake meson autotools node"
)
SITES = word_set("hugo jekyll mkdocs sphinx")
# A later tier counts only if no earlier one starts anything, or only by convention.
TIERS = (
    LANGUAGES,
    SITES,
    *(frozenset({stack}) for stack in ("guide", "mise", "procfile", "runner", "launch", "dockerfile")),
    *(frozenset({stack}) for stack in ("compose", "html", "shell")),
)
# Stacks that start what other stacks install.
STARTERS = word_set("guide mise procfile runner launch dockerfile shell")
# Generators of documentation: below a project they document it, and are not part of it.
DOCUMENTATION_TOOLS = word_set(
    "docusaurus vitepress vuepress storybook start-storybook styleguidist docsify gitbook honkit docz"
)
# Common names for the parts of a product.
APP_NAMES = word_set(
    "client frontend front front-end web webapp webui web-ui ui app server backend back back-end api www "
    "site dashboard admin portal gateway service angular react vue express django"
)
# With less confidence a start command is a convention (``python main.py``), not stated by the project.
STATED_START = 0.6
# More packages side by side than this are set up by the root's task runner, if there is one.
MAX_SEPARATE = 3


def choose_starts(facts: Facts) -> list[Evidence]:
    """Return the start commands of the first tier that has any, the most certain one for each folder and stack."""
    conventional: list[Evidence] = []
    has_project = bool(facts.of(Key.INSTALL, "", LANGUAGES))
    for tier in TIERS:
        starts = facts.of(Key.START, stacks=tier)
        found = _most_certain([item for item in starts if not (has_project and _is_documentation(item))])
        candidates = [item for item in found if not conventional or item.confidence >= DEFAULT]
        if any(item.confidence >= STATED_START for item in candidates):
            merged = _merge_conventional(candidates, conventional)
            return _by_target(_without_rivals(merged, facts), facts)
        conventional = conventional or found
    return _without_rivals(conventional, facts)


def _is_documentation(item: Evidence) -> bool:
    tools = set(item.note.split(", "))
    return bool(item.folder) and item.stack == "node" and tools <= DOCUMENTATION_TOOLS


def _merge_conventional(starts: Sequence[Evidence], conventional: Sequence[Evidence]) -> list[Evidence]:
    """Return the starts, each replaced by its ecosystem's own evidence if that is the same: it has the port."""
    same = {(item.folder, item.value): item for item in conventional}
    return [same.get((item.folder, item.value), item) for item in starts]


def _by_target(starts: list[Evidence], facts: Facts) -> list[Evidence]:
    """Return the starts with the root's command replaced by the runner target that a guide names; its ports stay.

    Package scripts are names that people type themselves; the commands of other languages are inferred.
    """
    targets = [item for item in facts.of(Key.START, "", {"runner"}) if item.confidence >= DOCUMENTED]
    own = [item for item in starts if not item.folder and item.stack in LANGUAGES - {"node"}]
    if not targets or len(own) != 1:
        return starts
    target = replace(targets[0], stack=own[0].stack)
    return [target if item is own[0] else item for item in starts]


def _most_certain(starts: Sequence[Evidence]) -> list[Evidence]:
    best: dict[tuple[str, str], Evidence] = {}
    for item in starts:
        previous = best.get((item.folder, item.stack))
        if previous is None or item.confidence > previous.confidence:
            best[item.folder, item.stack] = item
    return list(best.values())


def _without_rivals(starts: list[Evidence], facts: Facts) -> list[Evidence]:
    """Return the starts without the conventional ones that a stated one replaces; ``bin/dev`` replaces all others.

    A part of the product keeps a conventional start if it has no other.
    """
    covered = facts.values(Key.COVERS)
    foreign = _foreign_folders(facts, starts)
    has_stated = any(
        item.confidence >= STATED_START and (not item.folder or _is_part(item.folder, foreign))
        for item in starts
    )
    kept = []
    for item in starts:
        rivals = [other for other in starts if other.folder == item.folder and other is not item]
        is_replaced = item.confidence < STATED_START and (
            any(other.confidence > STATED_START for other in rivals)
            or (has_stated and not _is_part(item.folder, set()))
        )
        has_runner = any(other.value == "bin/dev" for other in rivals)
        if not (is_replaced or has_runner or item.folder in covered):
            kept.append(item)
    return kept


def choose_folders(facts: Facts, starts: Sequence[Evidence]) -> list[str]:
    """Return the folders that get a task, the root first: the parts of the product, without examples and the like."""
    installs = {item.folder for item in facts.of(Key.INSTALL, stacks=LANGUAGES)}
    started = {item.folder for item in starts}
    root_is_app = "" in started or "" in installs
    foreign = _foreign_folders(facts, starts)
    chosen = {
        folder
        for folder in started
        if not root_is_app or not folder or _is_part(folder, foreign, root_runs="" in started)
    }
    if not root_is_app:
        chosen |= _separate_folders(facts, installs, has_start=bool(chosen))
    if "" in installs or (not chosen and facts.of(Key.INSTALL, "")):
        chosen.add("")
    return sorted(chosen, key=lambda folder: (folder_depth(folder), folder))


def _separate_folders(facts: Facts, installs: set[str], *, has_start: bool) -> set[str]:
    """Return the folders to set up where the root is no app; the root for many packages with one task runner."""
    covered, runner = facts.values(Key.COVERS), facts.of(Key.INSTALL, "", {"runner"})
    separate = {folder for folder in installs if folder_depth(folder) == 1 and folder not in covered}
    separate = separate or (installs if len(installs) == 1 and not runner else set())
    return {""} if len(separate) > MAX_SEPARATE and runner and not has_start else separate


def _foreign_folders(facts: Facts, starts: Sequence[Evidence]) -> set[str]:
    """Return the folders that start something of another stack than the root's."""
    stacks = {item.stack for item in facts.of(Key.INSTALL, "")}
    return {item.folder for item in starts if item.stack not in stacks}


def _is_part(folder: str, foreign: set[str], *, root_runs: bool = False) -> bool:
    """Return whether a folder is a part of the product: by its name, or right below the root in another language.

    If the root is an app itself, only the full name counts: ``sync-client`` is a tool beside it.
    """
    name = folder.rpartition("/")[2].lower()
    words = {name} if root_runs else {name, *re.split(r"[-_.]", name)}
    return folder_depth(folder) <= 2 and (
        bool(words & APP_NAMES) or (folder_depth(folder) == 1 and folder in foreign)
    )
