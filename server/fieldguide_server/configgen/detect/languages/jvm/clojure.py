"""Clojure: Leiningen and the Clojure CLI."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository, is_safe_name
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, Evidence, Key

MAIN = re.compile(r"^[ \t]*:main\s", re.MULTILINE)
NAMESPACE = re.compile(r"^\(ns\s+(?:\^\S+\s+)*([\w.-]{1,80})", re.MULTILINE)
ENTRY = re.compile(r"\(defn\s+(?:\^\S+\s+)*-main\b")
MAX_SOURCES = 40
RUN_ALIAS = re.compile(r":(run|dev|start)(?:-m)?\s*\{")


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of a project in the root."""
    path = repo.first("", "project.clj", "deps.edn")
    if path is None:
        return
    project = Manifest(repo, path, "clojure")
    yield project.evidence(Key.EXTENSION, "betterthantomorrow.calva", confidence=DEFAULT)
    if path == "deps.edn":
        yield from _cli(project)
        return
    yield project.evidence(Key.PACKAGE, "leiningen", "defproject")
    yield project.evidence(Key.INSTALL, "lein deps", ":dependencies")
    yield project.evidence(Key.TEST, "lein test", confidence=DEFAULT)
    if ":ring " in project.text:
        yield project.evidence(Key.START, "lein ring server-headless", ":ring", confidence=DOCUMENTED)
        default = ports.port(path, repo.line(path, ":ring"), 3000, DEFAULT, "lein-ring's default")
        yield from ports.best([default], "", "clojure")
    elif found := MAIN.search(project.text):
        yield project.evidence_at(
            Key.START, "lein run", found.end(), CONVENTION, "the project's main namespace"
        )


def _cli(project: Manifest) -> Iterator[Evidence]:
    yield project.evidence(Key.INSTALL, "clojure -P", ":deps")
    yield project.not_in_images("The Clojure CLI")
    if found := RUN_ALIAS.search(project.text):
        alias = found.group().rstrip("{").strip()
        yield project.evidence_at(
            Key.START, f"clojure -M{alias}", found.start(), CONVENTION, "an alias by a customary name"
        )
    elif len(mains := list(_mains(project.repo))) == 1:
        path, name = mains[0]
        line, note = project.repo.line(path, "-main"), "the only namespace with an entry point"
        yield Evidence(Key.START, f"clojure -M -m {name}", path, line, CONVENTION, "", "clojure", note)


def _mains(repo: Repository) -> Iterator[tuple[str, str]]:
    """Yield (source, namespace) of each entry point."""
    for path in sorted(path for path in repo.files if path.startswith("src/") and path.endswith(".clj"))[
        :MAX_SOURCES
    ]:
        name = NAMESPACE.search(repo.read(path))
        if name and ENTRY.search(repo.read(path)) and is_safe_name(name.group(1)):
            yield path, name.group(1)
