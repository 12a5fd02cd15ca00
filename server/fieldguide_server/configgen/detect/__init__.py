"""Detectors: each reads one ecosystem's files and yields evidence. A new ecosystem is a file and a line here."""

from fieldguide_server.configgen.detect import (
    compose,
    environment,
    go,
    java,
    node,
    others,
    php,
    python,
    ruby,
    rust,
    sites,
)
from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.types import Evidence

# In the order in which their tasks are offered.
DETECTORS = (
    environment.detect,
    php.detect,
    ruby.detect,
    python.detect,
    java.detect,
    go.detect,
    rust.detect,
    others.detect,
    node.detect,
    sites.detect,
    compose.detect,
)


def collect(repo: Repository) -> tuple[Evidence, ...]:
    """Everything the detectors know of a repository."""
    return tuple(evidence for detect in DETECTORS for evidence in detect(repo))
