"""Static sites: MkDocs, Sphinx, Hugo, Jekyll, and plain HTML."""

import re
from collections.abc import Iterator

from fieldguide_server.configgen.detect import ports
from fieldguide_server.configgen.detect.python.python import project_prefix
from fieldguide_server.configgen.reading.repository import (
    Repository,
    folder_depth,
    folder_of,
    is_safe_name,
    join,
)
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.types import CONVENTION, DEFAULT, DOCUMENTED, STATED, Evidence, Key

# Beside one of these, an index.html is a part of the project rather than the project.
PROJECT_FILES = (*manifests.APPLICATIONS, *manifests.SITES, "config.toml")
WEB_ROOTS = ("public", "htdocs", "www", "html", "site", "static")
SPHINX = re.compile(r"^(?:extensions|html_theme|project)\s*=", re.MULTILINE)
STATIC_ROOT = re.compile(r"^root:\s*([\w./-]{1,80})\s*$", re.MULTILINE)
DEV_ADDRESS = re.compile(r"^dev_addr:\s*['\"]?[\w.]*:(\d{2,5})", re.MULTILINE)
JEKYLL_PORT = re.compile(r"^port:\s*(\d{2,5})", re.MULTILINE)


def detect(repo: Repository) -> Iterator[Evidence]:
    """Yield evidence of sites in the root; of plain HTML only if nothing else declares a project."""
    yield from _mkdocs(repo)
    yield from _hugo(repo)
    yield from _jekyll(repo)
    yield from _sphinx(repo)
    index = repo.first("", "index.html", *(f"{root}/index.html" for root in WEB_ROOTS))
    if index and not _is_project(repo):
        yield from _plain(repo, index, f" --directory {folder_of(index)}" if "/" in index else "")
    elif found := STATIC_ROOT.search(repo.read("Staticfile")):
        root = found.group(1) if is_safe_name(found.group(1)) else ""
        yield from _plain(repo, "Staticfile", f" --directory {root}") if root in repo.folders - {""} else ()


def _is_project(repo: Repository) -> bool:
    return any(folder_depth(folder_of(path)) <= 1 for path in repo.named(*PROJECT_FILES))


def _mkdocs(repo: Repository) -> Iterator[Evidence]:
    path = repo.first("", *manifests.MKDOCS)
    if path is None:
        return
    if not repo.first("", "requirements.txt", "pyproject.toml", "Pipfile"):
        theme = "mkdocs-material" if re.search(r"name:\s*['\"]?material", repo.read(path)) else "mkdocs"
        line = repo.line(path, "theme:")
        yield Evidence(Key.INSTALL, f"pip install {theme}", path, line, DEFAULT, "", "mkdocs")
    text = f"{project_prefix(repo, '')}mkdocs serve"
    yield Evidence(Key.START, text, path, 1, DEFAULT, "", "mkdocs")
    candidates = [ports.port(path, 1, 8000, DEFAULT, "mkdocs serve's default")]
    candidates += ports.in_file(repo, path, DEV_ADDRESS, STATED, "dev_addr")
    yield from ports.best(candidates, "", "mkdocs")


def _hugo(repo: Repository) -> Iterator[Evidence]:
    path = repo.first("", *manifests.HUGO)
    if path is None and {"content", "archetypes"} & repo.folders:
        path = repo.first("", "config.toml", "config.yaml", "config.yml", "config.json")
    if path is None:
        return
    yield Evidence(Key.PACKAGE, "hugo", path, 1, DOCUMENTED, "", "hugo")
    yield Evidence(Key.START, "hugo server", path, 1, STATED, "", "hugo")
    yield from ports.best([ports.port(path, 1, 1313, DEFAULT, "hugo server's default")], "", "hugo")


def _jekyll(repo: Repository) -> Iterator[Evidence]:
    for path in repo.named("_config.yml"):
        folder = folder_of(path)
        gemfile = repo.read(join(folder, "Gemfile"))
        if not re.search(r"jekyll|github-pages", gemfile) or folder_depth(folder) > 1:
            continue
        yield Evidence(Key.START, "bundle exec jekyll serve", path, 1, STATED, folder, "jekyll")
        candidates = [ports.port(path, 1, 4000, DEFAULT, "jekyll serve's default")]
        candidates += ports.in_file(repo, path, JEKYLL_PORT, STATED, "the site's configuration")
        yield from ports.best(candidates, folder, "jekyll")
        return


def _sphinx(repo: Repository) -> Iterator[Evidence]:
    """Yield a server that rebuilds documentation, on a port that the command sets."""
    path = repo.first("", "docs/conf.py", "docs/source/conf.py", "doc/conf.py", "source/conf.py", "conf.py")
    # A library's documentation is not what its developers open a workspace for.
    library = repo.first(
        "", "pyproject.toml", "setup.py", *manifests.NODE, *manifests.RUST, *manifests.CMAKE, "go.mod"
    )
    if path is None or library or not SPHINX.search(repo.read(path)):
        return
    folder = folder_of(path)
    requirements = repo.first(folder, "requirements.txt") or repo.first(folder_of(folder), "requirements.txt")
    install = (
        f"pip install -r {requirements}" if requirements and folder_of(requirements) else "pip install sphinx"
    )
    line = repo.line(path, "extensions", "project")
    yield Evidence(
        Key.INSTALL, install, requirements or path, 1 if requirements else line, DEFAULT, "", "sphinx"
    )
    text = f"sphinx-autobuild {folder or '.'} {join(folder, '_build/html')} --port 8000"
    serve = f"pip install sphinx-autobuild && {text}"
    yield Evidence(Key.START, serve, path, line, CONVENTION, "", "sphinx", "the documentation")
    yield Evidence(Key.PORT, "8000", path, line, CONVENTION, "", "sphinx", "the command sets it")


def _plain(repo: Repository, path: str, option: str) -> Iterator[Evidence]:
    """Yield a file server, on a port that the command sets."""
    text, line = f"python3 -m http.server 8080{option}", repo.line(path, "<html", "root")
    yield Evidence(Key.START, text, path, line, CONVENTION, "", "html", "pages without a build")
    yield Evidence(Key.PORT, "8080", path, line, CONVENTION, "", "html", "the command sets it")
