"""The workspace for a review: its files, its declared packages, and the names in its index."""

import posixpath
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from fieldguide_server.configgen.reading.repository import Repository, as_object, as_strings, folder_of
from fieldguide_server.configgen.tools import manifests
from fieldguide_server.configgen.tools.package_managers import PYTHON_LOCKS
from fieldguide_server.review.types import Names

_REQUIREMENT = re.compile(r"\s*[\"']?([A-Za-z][\w.-]*)")
_LOCKED = re.compile(r"^[ \t]*(?:name = \"|- name: |\")([\w.-]+)\"?(?::|$|\s*\n)", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([A-Za-z][\w.-]*)\s*(?:\[[\w,\s]*\])?\s*(?:[<>=!~;@ ][^\"']*)?[\"']")
_CONDA = re.compile(r"^[ \t]*-[ \t]*(?:[\w-]+::)?([A-Za-z][\w.-]*)", re.MULTILINE)
_LOCKS = (*PYTHON_LOCKS, "pylock.toml")
_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_NODE_SECTIONS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


class Workspace:
    """The names and files that code in an answer may refer to. ``read`` returns the text of a file as the editor has it, or None.

    The first access to the files raises ``ConfigError`` if the folder cannot be read.
    """

    def __init__(self, folder: Path, read: Callable[[str], str | None], names: Names) -> None:
        self.folder = folder
        self.read = read
        self.names = names

    @cached_property
    def repo(self) -> Repository:
        """The files, listed once."""
        return Repository(self.folder)

    def is_file(self, path: str) -> bool:
        """Return whether a file exists. The disk is checked too: the listing leaves out folders of build results."""
        return path in self.repo.files or self._on_disk(path).is_file()

    def is_folder(self, path: str) -> bool:
        """Return whether a folder exists."""
        return path in self.repo.folders or self._on_disk(path).is_dir()

    def _on_disk(self, path: str) -> Path:
        inside = posixpath.normpath(path)
        leads_out = inside.startswith("..") or Path(inside).is_absolute()
        return self.folder / ("\0" if leads_out else inside)

    @cached_property
    def python_roots(self) -> dict[str, set[str]]:
        """The folders that contain a Python module or package, by its name."""
        roots: dict[str, set[str]] = {}
        for path in self.repo.files:
            if path.endswith((".py", ".pyi", ".ipynb", ".pyx")):
                parts = path.split("/")
                parts[-1] = parts[-1].partition(".")[0]
                for depth, part in enumerate(parts):
                    roots.setdefault(part, set()).add("/".join(parts[:depth]))
        return roots

    @cached_property
    def python_packages(self) -> frozenset[str]:
        """The normalised names of distributions and modules that are declared, locked or installed here."""
        declared = {normal(name) for name in (*self._declared(), *self._locked())}
        return frozenset(declared | {normal(name) for name in self._installed()})

    @cached_property
    def is_python(self) -> bool:
        """Whether the workspace declares its Python dependencies."""
        named = (*manifests.PYTHON, "setup.cfg")
        return bool(self.python_packages) or any(True for _ in self.repo.named(*named))

    @cached_property
    def node_packages(self) -> frozenset[str]:
        """The packages that the manifests declare as dependencies, and those that they define."""
        packages: set[str] = set()
        for path in self.repo.named("package.json"):
            manifest = self.repo.json(path)
            packages.add(str(manifest.get("name", "")))
            for section in _NODE_SECTIONS:
                packages |= as_object(manifest.get(section)).keys()
        return frozenset(packages)

    @cached_property
    def aliases(self) -> tuple[str, ...]:
        """The path aliases of TypeScript and bundlers, such as ``@/``."""
        aliases = ["@/", "~/", "#", "~~/", "$"]
        for path in self.repo.named(
            "tsconfig.json", "jsconfig.json", "tsconfig.base.json", "tsconfig.app.json"
        ):
            options = as_object(self.repo.jsonc(path).get("compilerOptions"))
            aliases += [name.rstrip("*") for name in as_object(options.get("paths"))]
        return tuple(name for name in aliases if name)

    def _declared(self) -> Iterator[str]:
        for path in sorted(self.repo.files):
            name = path.rpartition("/")[2]
            if re.fullmatch(r".*requirements.*\.(?:txt|in)", name) or folder_of(path).endswith(
                "requirements"
            ):
                yield from _first_words(self.repo.read(path))
            elif name in ("setup.py", "setup.cfg", "noxfile.py"):
                yield from _QUOTED.findall(self.repo.read(path))
                yield from _first_words(self.repo.read(path)) if name == "setup.cfg" else ()
            elif name in ("environment.yml", "environment.yaml"):
                yield from _CONDA.findall(self.repo.read(path))
            elif name in ("pyproject.toml", "Pipfile"):
                yield from _named_in_toml(self.repo.toml(path))

    def _locked(self) -> Iterator[str]:
        for path in self.repo.named(*_LOCKS):
            yield from _LOCKED.findall(self.repo.read(path))

    def _installed(self) -> Iterator[str]:
        for environment in _ENVIRONMENTS:
            for site in (
                *(self.folder / environment).glob("lib/python*/site-packages"),
                self.folder / environment / "Lib" / "site-packages",
            ):
                if site.is_dir():
                    yield from (entry.name.partition(".")[0] for entry in site.iterdir())


def _first_words(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if match := _REQUIREMENT.match(line):
            yield match[1]


def _named_in_toml(table: dict[str, object]) -> Iterator[str]:
    """Yield all requirements of a manifest. A name too many is harmless; a missing one causes a false problem."""
    project, tools = as_object(table.get("project")), as_object(table.get("tool"))
    yield from _first_words(str(project.get("name", "")))
    lists = [project.get("dependencies"), *as_object(project.get("optional-dependencies")).values()]
    lists += as_object(table.get("dependency-groups")).values()
    lists += [as_object(tools.get("uv")).get("dev-dependencies")]
    for each in as_object(as_object(tools.get("hatch")).get("envs")).values():
        lists += [as_object(each).get("dependencies"), as_object(each).get("extra-dependencies")]
    for item in lists:
        yield from _first_words("\n".join(as_strings(item)))
    poetry = as_object(tools.get("poetry"))
    groups = [as_object(group).get("dependencies") for group in as_object(poetry.get("group")).values()]
    pipenv = [table.get("packages"), table.get("dev-packages")]
    for section in (poetry.get("dependencies"), poetry.get("dev-dependencies"), *groups, *pipenv):
        yield from as_object(section)


def normal(name: str) -> str:
    """Return the normalised name of a package or module: PyPI treats ``a-b``, ``a.b`` and ``A_b`` as equal."""
    return re.sub(r"[-_.]+", "_", name).lower()
