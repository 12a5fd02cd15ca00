"""Members of the workspace's Python modules and classes, from their source; nothing is imported."""

import ast
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fieldguide_server.review.workspace import Workspace

_MAX_LEVELS = 4
_MAX_MODULE_LENGTH = 1_000_000


@dataclass(frozen=True, slots=True)
class Members:
    """The names of a module's or class's members; ``is_open`` if it may have others that are not in its source."""

    names: frozenset[str] = frozenset()
    is_open: bool = True
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)


@dataclass(slots=True)
class Modules:
    """The modules of a workspace, each parsed once."""

    workspace: Workspace
    _parsed: dict[str, Members] = field(default_factory=dict)

    def roots(self, top: str) -> list[str]:
        """Return the folders from which a top-level module of this name can be imported: those that are not packages."""
        folders = self.workspace.python_roots.get(top, set())
        return sorted(
            root for root in folders if not self.workspace.is_file(posixpath.join(root, "__init__.py"))
        )

    def place(self, root: str, name: str) -> str | None:
        """Return the path of the module with a dotted name below a root; None if there is none."""
        path = posixpath.join(root, *name.split("."))
        for ending in (".py", ".pyi", "/__init__.py", "/__init__.pyi", ".pyx", ".ipynb"):
            if self.workspace.is_file(path + ending):
                return path + ending
        return path if self.workspace.is_folder(path) else None

    def members(self, place: str) -> Members:
        """Return the top-level members of a module's file."""
        if place not in self._parsed:
            self._parsed[place] = Members()
            self._parsed[place] = self._read(place)
        return self._parsed[place]

    def _read(self, place: str) -> Members:
        text = self.workspace.read(place) if place.endswith((".py", ".pyi")) else None
        if text is None or len(text) > _MAX_MODULE_LENGTH:
            return Members()
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Members()
        names = frozenset(_bound(tree.body))
        classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        # Members that are computed at run time are not in the source.
        is_open = bool(names & {"*", "__getattr__"}) or _changes_itself(tree)
        return Members(names, is_open, classes)

    def class_members(self, members: Members, name: str, level: int = 0) -> Members:
        """Return the members of a class, including those of its bases in the same module."""
        node = members.classes.get(name)
        if node is None or level > _MAX_LEVELS or node.keywords or node.decorator_list:
            return Members()
        names = set(dir(object)) | {"__dict__", "__annotations__"} | _attributes(node)
        for base in node.bases:
            inherited = (
                self.class_members(members, base.id, level + 1) if isinstance(base, ast.Name) else Members()
            )
            if isinstance(base, ast.Name) and base.id == "object":
                continue
            if inherited.is_open:
                return Members()
            names |= inherited.names
        return Members(frozenset(names), is_open="__getattr__" in names or "__slots__" in names)


def _bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind, including those in branches; "*" for a star import."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        else:
            yield from (name.id for name in ast.walk(node) if isinstance(name, ast.Name) and _is_stored(name))
            for part in ("body", "orelse", "finalbody", "handlers"):
                for inner in getattr(node, part, ()):
                    yield from _bound(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])
            if isinstance(node, ast.Match):
                for case in node.cases:
                    yield from _bound(case.body)


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _changes_itself(tree: ast.Module) -> bool:
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return bool(named & {"globals", "vars", "exec", "setattr"}) or any(
        isinstance(node, ast.Attribute) and node.attr == "modules" for node in ast.walk(tree)
    )


def _attributes(node: ast.ClassDef) -> set[str]:
    """Return the names bound in a class body and set by its methods on any object: ``self`` may have another name."""
    stored = {
        inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store)
    }
    called = {
        inner.func.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
    }
    return {*_bound(node.body), *stored, *({"__getattr__"} if called & {"setattr", "vars"} else ())}
