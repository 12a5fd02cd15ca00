"""Checks of Python imports and attributes against the workspace, the standard library and declared dependencies."""

import ast
import difflib
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from fieldguide_server.review.python_members import Members, Modules
from fieldguide_server.review.types import Check, LineProblem
from fieldguide_server.review.workspace import Workspace, normal

# Modules whose distributions have a different name.
_DISTRIBUTIONS = {
    "attr": "attrs", "bs4": "beautifulsoup4", "corsheaders": "django_cors_headers", "crypto": "pycryptodome",
    "cv2": "opencv", "dateutil": "python_dateutil", "discord": "discord_py", "docx": "python_docx",
    "dotenv": "python_dotenv", "environ": "django_environ", "faiss": "faiss_cpu", "fitz": "pymupdf",
    "gi": "pygobject", "git": "gitpython", "jose": "python_jose", "jwt": "pyjwt", "kafka": "kafka_python",
    "ldap": "python_ldap", "magic": "python_magic", "multipart": "python_multipart", "mysqldb": "mysqlclient",
    "nacl": "pynacl", "openssl": "pyopenssl", "pil": "pillow", "pkg_resources": "setuptools", "pptx": "python_pptx",
    "rest_framework": "djangorestframework", "serial": "pyserial", "skimage": "scikit_image",
    "sklearn": "scikit_learn", "slugify": "python_slugify", "socks": "pysocks", "telegram": "python_telegram_bot",
    "usb": "pyusb", "win32api": "pywin32", "yaml": "pyyaml", "zmq": "pyzmq",
}  # fmt: skip
_STANDARD = sys.stdlib_module_names | {"__future__", "distutils", "asyncore", "imp", "tomllib"}
_SOURCE_ROOTS = frozenset({"", "src", "lib", "source", "python"})
_PLACEHOLDER = re.compile(
    r"(?:your|my|some|example|foo|bar|baz|test|mod(?:ule)?[_\d]*|package|pkg|a|b|c|x|y|z)(?:_\w*)?", re.I
)


class PythonNames:
    """Checks the names in Python blocks against a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._modules = Modules(workspace)

    def check(
        self, trees: Sequence[ast.Module], path: str, prose: str
    ) -> Iterator[tuple[Check, LineProblem]]:
        """Yield the imports and attributes that do not exist.

        Args:
            trees: The parsed code, in one scope.
            path: The file that the code belongs to; "" if unknown.
            prose: The answer without its code. Packages that it tells the reader to install are allowed.
        """
        nodes = [node for tree in trees for node in ast.walk(tree)]
        bound: dict[str, tuple[str, Members]] = {}
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._module(alias.name, node.lineno, prose)
                    self._bind(bound, alias.asname or "", alias.name)
            elif isinstance(node, ast.ImportFrom):
                yield from self._from(node, path, prose, bound)
        yield from self._used(nodes, bound)

    def _module(self, name: str, line: int, prose: str) -> Iterator[tuple[Check, LineProblem]]:
        top = name.partition(".")[0]
        if top in _STANDARD or _PLACEHOLDER.fullmatch(top):
            return
        if self._is_local(top):
            if not self._is_module(name):
                yield (
                    Check.NAME,
                    LineProblem(line, f"this workspace has no module `{name}`{self._near(name)}"),
                )
        elif not self._is_available(top, name) and not _is_to_install(top, prose):
            reason = "not a module of this workspace or of Python, nor a declared dependency"
            yield Check.IMPORT, LineProblem(line, f"`{top}` is {reason}")

    def _is_local(self, top: str) -> bool:
        """Return whether a module is the workspace's own, and not a dependency that has the name of some folder."""
        # A script may have the name of a standard module; an import still refers to the latter.
        roots = [] if top in _STANDARD else self._modules.roots(top)
        if _SOURCE_ROOTS & set(roots):
            return True
        return normal(top) not in self._workspace.python_packages and any("/" not in root for root in roots)

    def _from(
        self, node: ast.ImportFrom, path: str, prose: str, bound: dict[str, tuple[str, Members]]
    ) -> Iterator[tuple[Check, LineProblem]]:
        if node.level:
            yield from self._relative(node, path)
            return
        name = node.module or ""
        problems = list(self._module(name, node.lineno, prose))
        yield from problems
        places = [] if problems or not self._is_local(name.partition(".")[0]) else self._places(name)
        for alias in node.names if places else ():
            members = [self._modules.members(place) for place in places]
            if any(
                self._has(name, place, one, alias.name) for place, one in zip(places, members, strict=True)
            ):
                self._bind_member(bound, alias, name, members)
                continue
            near = _closest(alias.name, {name for each in members for name in each.names})
            yield (
                Check.NAME,
                LineProblem(node.lineno, f"`{name}` of this workspace has no `{alias.name}`{near}"),
            )

    def _relative(self, node: ast.ImportFrom, path: str) -> Iterator[tuple[Check, LineProblem]]:
        """Yield problems of a relative import. It can only be checked if the text names the file of the code."""
        if not path or not self._workspace.is_folder(posixpath.dirname(path) or "."):
            return
        folder = posixpath.dirname(path)
        for _ in range(node.level - 1):
            folder = posixpath.dirname(folder)
        name = node.module or "_"
        if not name.startswith("_") and self._modules.place(folder, name) is None:
            yield Check.NAME, LineProblem(node.lineno, f"there is no module `{name}` in `{folder or '.'}`")

    def _is_module(self, name: str) -> bool:
        # Modules generated at build time are not in a checkout; their names usually start with an underscore.
        is_generated = any(part.startswith("_") or part == "version" for part in name.split(".")[1:])
        return is_generated or bool(self._places(name))

    def _places(self, name: str) -> list[str]:
        roots = self._modules.roots(name.partition(".")[0])
        return [place for root in roots if (place := self._modules.place(root, name))]

    def _has(self, module: str, place: str, members: Members, name: str) -> bool:
        if name == "*" or name.startswith("__") or name in members.names:
            return True
        is_package = not place.endswith((".py", ".pyi")) or posixpath.basename(place).startswith("__init__.")
        if is_package and self._places(f"{module}.{name}"):
            return True
        # A member that is created at run time occurs at least somewhere in the workspace.
        return members.is_open and self._workspace.names.occurs(name)

    def _is_available(self, top: str, name: str) -> bool:
        packages, plain = self._workspace.python_packages, normal(top)
        if not self._workspace.is_python or self._modules.roots(top):
            return True
        other = _DISTRIBUTIONS.get(plain, plain)
        forms = {
            plain,
            other,
            f"py{plain}",
            f"py_{plain}",
            f"python_{plain}",
            f"{plain}_python",
            f"{plain}_py",
        }
        forms |= {f"{plain}2", f"django_{plain}", normal(name)}
        if forms & packages or any(one.startswith((f"{plain}_", f"{other}_")) for one in packages):
            return True
        return self._workspace.names.is_imported(top)

    def _bind(self, bound: dict[str, tuple[str, Members]], local: str, module: str) -> None:
        places = self._places(module)
        name = local or (module if "." not in module else "")
        if len(places) == 1 and name and not posixpath.basename(places[0]).startswith("__init__."):
            bound[name] = (f"`{module}`", self._modules.members(places[0]))

    def _bind_member(
        self, bound: dict[str, tuple[str, Members]], alias: ast.alias, module: str, members: Sequence[Members]
    ) -> None:
        local = alias.asname or alias.name
        inner = f"{module}.{alias.name}"
        if self._places(inner):
            self._bind(bound, local, inner)
        elif len(members) == 1 and alias.name in members[0].classes:
            bound[local] = (f"class `{alias.name}`", self._modules.class_members(members[0], alias.name))

    def _used(
        self, nodes: Sequence[ast.AST], bound: Mapping[str, tuple[str, Members]]
    ) -> Iterator[tuple[Check, LineProblem]]:
        """Yield unknown attributes of imported modules and classes, and of variables that hold their instances."""
        owners = {**bound, **_objects(nodes, bound)}
        for name in _rebound(nodes) - _objects(nodes, bound).keys():
            owners.pop(name, None)
        for node in nodes:
            if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
                continue
            owner = _owner(node, owners)
            if owner is None or owner[1].is_open or node.attr in owner[1].names or node.attr.startswith("__"):
                continue
            yield (
                Check.NAME,
                LineProblem(
                    node.lineno,
                    f"{owner[0]} of this workspace has no `{node.attr}`{_closest(node.attr, owner[1].names)}",
                ),
            )

    def _near(self, name: str) -> str:
        modules = {
            path.removesuffix(".py").replace("/", ".")
            for path in self._workspace.repo.files
            if path.endswith(".py")
        }
        candidates = [module.partition("src.")[2] or module for module in modules]
        near = difflib.get_close_matches(name, candidates, 1, 0.7)
        return f"; did you mean `{near[0]}`?" if near else ""


def _owner(node: ast.Attribute, owners: Mapping[str, tuple[str, Members]]) -> tuple[str, Members] | None:
    value = node.value
    if isinstance(value, ast.Call):
        value = value.func
        owner = owners.get(value.id) if isinstance(value, ast.Name) else None
        return owner if owner and owner[0].startswith("class") else None
    return owners.get(value.id) if isinstance(value, ast.Name) else None


def _objects(
    nodes: Sequence[ast.AST], bound: Mapping[str, tuple[str, Members]]
) -> dict[str, tuple[str, Members]]:
    """Return the variables that are only assigned once, to a new instance of a class."""
    instances: dict[str, tuple[str, Members]] = {}
    for node in nodes:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        ):
            owner = bound.get(node.value.func.id)
            if owner and owner[0].startswith("class") and isinstance(node.targets[0], ast.Name):
                instances[node.targets[0].id] = owner
    times = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {name: owner for name, owner in instances.items() if times.count(name) == 1}


def _rebound(nodes: Sequence[ast.AST]) -> set[str]:
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    defined = {
        node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return stored | defined | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _closest(name: str, names: "set[str] | frozenset[str]") -> str:
    near = difflib.get_close_matches(name, [each for each in names if not each.startswith("__")], 1, 0.7)
    return f"; did you mean `{near[0]}`?" if near else ""


def _is_to_install(name: str, prose: str) -> bool:
    """Return whether the prose of the answer says that a package is to be installed."""
    before = re.compile(
        rf"\b(?:install|add|dependency|package|library|third[- ]party|extra)\w*\b.*\b{re.escape(name)}\b",
        re.I,
    )
    after = re.compile(
        rf"\b{re.escape(name)}\b.*\b(?:install|add|dependency|package|library|third[- ]party)\w*\b", re.I
    )
    return any(before.search(line) or after.search(line) for line in prose.split("\n"))
