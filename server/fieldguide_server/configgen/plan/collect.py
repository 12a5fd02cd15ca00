"""Runs every detector. A new ecosystem is a file in ``detect/`` and a line here."""

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
from fieldguide_server.configgen.detect.deployment import (
    compose,
    databases,
    dockerfile,
    functions,
    hosting,
    procfile,
)
from fieldguide_server.configgen.detect.languages import (
    beam,
    c_cpp,
    clojure,
    compiled,
    dart,
    dotnet,
    go,
    haskell,
    java,
    php,
    ruby,
    rust,
    scala,
    science,
    swift,
    trunk,
)
from fieldguide_server.configgen.detect.node import deno, node
from fieldguide_server.configgen.detect.python import python
from fieldguide_server.configgen.reading.repository import Repository
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
        c_cpp.detect,
        scala.detect,
    ),
    *(
        haskell.detect,
        swift.detect,
        dart.detect,
        science.detect,
        clojure.detect,
        compiled.detect,
        node.detect,
        task_runners.detect,
        sites.detect,
        databases.detect,
        functions.detect,
        single_file.detect,
    ),
    *(
        compose.detect,
        procfile.detect,
        hosting.detect,
        launch.detect,
        github.detect,
        others.detect,
        dockerfile.detect,
        guides.detect,
    ),
)


def collect(repo: Repository) -> tuple[Evidence, ...]:
    """Return everything the detectors know of a repository."""
    return tuple(evidence for detect in DETECTORS for evidence in detect(repo))
