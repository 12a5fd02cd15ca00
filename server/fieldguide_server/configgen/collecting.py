"""Runs every detector. A new ecosystem is a file in ``detect/`` and a line here."""

from fieldguide_server.configgen.detect import (
    alone,
    apple,
    beam,
    clojure,
    compiled,
    compose,
    dart,
    databases,
    deno,
    dockerfile,
    dotnet,
    environment,
    functions,
    go,
    guides,
    haskell,
    java,
    launch,
    native,
    node,
    other_ci,
    php,
    platforms,
    procfile,
    python,
    ruby,
    runners,
    rust,
    scala,
    science,
    sites,
    tool_versions,
    trunk,
    versions,
    workflows,
)
from fieldguide_server.configgen.repository import Repository
from fieldguide_server.configgen.types import Evidence

# In the order in which their tasks are offered.
DETECTORS = (
    *(
        environment.detect,
        tool_versions.detect,
        versions.detect,
        php.detect,
        ruby.detect,
        python.detect,
        java.detect,
    ),
    *(
        go.detect,
        rust.detect,
        trunk.detect,
        dotnet.detect,
        beam.detect,
        deno.detect,
        native.detect,
        scala.detect,
    ),
    *(
        haskell.detect,
        apple.detect,
        dart.detect,
        science.detect,
        clojure.detect,
        compiled.detect,
        node.detect,
        runners.detect,
        sites.detect,
        databases.detect,
        functions.detect,
        alone.detect,
    ),
    *(
        compose.detect,
        procfile.detect,
        platforms.detect,
        launch.detect,
        workflows.detect,
        other_ci.detect,
        dockerfile.detect,
        guides.detect,
    ),
)


def collect(repo: Repository) -> tuple[Evidence, ...]:
    """Everything the detectors know of a repository."""
    return tuple(evidence for detect in DETECTORS for evidence in detect(repo))
