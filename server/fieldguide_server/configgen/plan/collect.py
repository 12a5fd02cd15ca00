"""Runs every detector. A new ecosystem is a module in ``detect/`` and its line in ``DETECTORS``."""

from collections.abc import Iterator
from typing import Protocol

from fieldguide_indexer import redact
from fieldguide_server.configgen.detect import (
    environment,
    guides,
    launch,
    single_file,
    sites,
    task_runners,
    tool_versions,
    versions,
)
from fieldguide_server.configgen.detect.ci import github, others
from fieldguide_server.configgen.detect.deployment import compose, databases, dockerfile, functions, hosting
from fieldguide_server.configgen.detect.languages import (
    beam,
    c_cpp,
    compiled,
    dart,
    dotnet,
    go,
    haskell,
    php,
    ruby,
    rust,
    science,
    swift,
)
from fieldguide_server.configgen.detect.languages.jvm import clojure, java, scala
from fieldguide_server.configgen.detect.node import deno, node
from fieldguide_server.configgen.detect.python import python
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import Evidence


class Detector(Protocol):
    """A module that reads the files of one ecosystem or tool."""

    def detect(self, repo: Repository) -> Iterator[Evidence]:
        """Yield the evidence in a repository."""


# In the order in which their tasks are offered.
DETECTORS: tuple[Detector, ...] = (
    environment,
    tool_versions,
    versions,
    php,
    ruby,
    python,
    java,
    go,
    rust,
    dotnet,
    beam,
    deno,
    c_cpp,
    scala,
    haskell,
    swift,
    dart,
    science,
    clojure,
    compiled,
    node,
    task_runners,
    sites,
    databases,
    functions,
    single_file,
    compose,
    hosting,
    launch,
    github,
    others,
    dockerfile,
    guides,
)


def collect(repo: Repository) -> tuple[Evidence, ...]:
    """Return all the evidence that the detectors find in a repository, except values that hold a secret."""
    evidence = (item for detector in DETECTORS for item in detector.detect(repo))
    return tuple(item for item in evidence if redact(item.value)[1] == 0)
