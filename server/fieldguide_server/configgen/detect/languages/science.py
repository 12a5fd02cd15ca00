"""R and Julia: packages, projects, Shiny apps."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect.manifest import Manifest
from fieldguide_server.configgen.reading.repository import Repository
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

SHINY_PORT = 3838


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of R and Julia in the root."""
    yield from _r(repo)
    if "Project.toml" in repo.files and {"name", "deps", "uuid"} & repo.toml("Project.toml").keys():
        yield from _julia(Manifest(repo, "Project.toml", "julia"))


def _r(repo: Repository) -> Iterator[Evidence]:
    package = "DESCRIPTION" in repo.files and re.search(r"^Package:", repo.read("DESCRIPTION"), re.MULTILINE)
    app = repo.first("", "app.R", "server.R")
    path = repo.first("", "renv.lock") or ("DESCRIPTION" if package else None) or app
    if path is None:
        return
    manifest = Manifest(repo, path, "r")
    yield manifest.evidence(Key.PACKAGE, "r-base", confidence=STATED)
    yield manifest.evidence(Key.EXTENSION, "REditorSupport.r", confidence=DEFAULT)
    if path == "renv.lock":
        yield manifest.evidence(Key.INSTALL, 'R -e "renv::restore(prompt = FALSE)"')
    elif package:
        text = "R -e \"install.packages('remotes'); remotes::install_deps(dependencies = TRUE)\""
        yield manifest.evidence(Key.INSTALL, text, "Imports:", confidence=DOCUMENTED)
        yield manifest.evidence(Key.TEST, "R CMD check . --no-manual", "Package:", confidence=DEFAULT)
    if app:
        text = f"R -e \"shiny::runApp('.', host = '0.0.0.0', port = {SHINY_PORT})\""
        shiny = Manifest(repo, app, "r")
        yield shiny.evidence(Key.START, text, "shiny", confidence=DOCUMENTED, note="a Shiny app")
        yield shiny.evidence(
            Key.PORT, str(SHINY_PORT), "shiny", confidence=CONVENTION, note="the command sets it"
        )


def _julia(project: Manifest) -> Iterator[Evidence]:
    yield project.evidence(Key.PACKAGE, "julia", confidence=DOCUMENTED)
    yield project.evidence(Key.INSTALL, "julia --project=. -e 'using Pkg; Pkg.instantiate()'", "[deps]")
    yield project.evidence(Key.EXTENSION, "julialang.language-julia", confidence=DEFAULT)
    if "test/runtests.jl" in project.repo.files:
        yield Evidence(
            Key.TEST,
            "julia --project=. -e 'using Pkg; Pkg.test()'",
            "test/runtests.jl",
            1,
            DOCUMENTED,
            "",
            "julia",
        )
