"""Whether what Python code imports is there: in the workspace, the standard library, or a declared dependency."""

import ast
import difflib
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from fieldguide_server.review.python_members import Members, Modules
from fieldguide_server.review.types import Check, Fault
from fieldguide_server.review.workspace import Workspace, normal

# Modules whose distributions have another name. What is declared under its own name needs no line here.
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
    """Checks the names of one block after the other against a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._modules = Modules(workspace)

    def check(self, trees: Sequence[ast.Module], path: str, prose: str) -> Iterator[tuple[Check, Fault]]:
        """Yield what is imported or used and does not exist.

        Args:
            trees: The parsed code, in one scope.
            path: The file the code is of, "" if nobody says.
            prose: The answer without its code: what it tells the reader to install is no fault.
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

    def _module(self, name: str, line: int, prose: str) -> Iterator[tuple[Check, Fault]]:
        top = name.partition(".")[0]
        if top in _STANDARD or _PLACEHOLDER.fullmatch(top):
            return
        if self._is_ours(top):
            if not self._is_module(name):
                yield Check.NAME, Fault(line, f"this workspace has no module `{name}`{self._near(name)}")
        elif not self._is_known(top, name) and not _is_to_install(top, prose):
            told = "no module of this workspace or of Python, and no declared dependency"
            yield Check.IMPORT, Fault(line, f"`{top}` is {told}")

    def _is_ours(self, top: str) -> bool:
        """Return whether the workspace's own package is meant, not a dependency that some folder is named like."""
        # A script may lie in a file with the name of a standard module; code still means the latter.
        roots = [] if top in _STANDARD else self._modules.roots(top)
        if _SOURCE_ROOTS & set(roots):
            return True
        return normal(top) not in self._workspace.python_packages and any("/" not in root for root in roots)

    def _from(
        self, node: ast.ImportFrom, path: str, prose: str, bound: dict[str, tuple[str, Members]]
    ) -> Iterator[tuple[Check, Fault]]:
        if node.level:
            yield from self._relative(node, path)
            return
        name = node.module or ""
        faults = list(self._module(name, node.lineno, prose))
        yield from faults
        places = [] if faults or not self._is_ours(name.partition(".")[0]) else self._places(name)
        for alias in node.names if places else ():
            members = [self._modules.members(place) for place in places]
            if any(
                self._has(name, place, one, alias.name) for place, one in zip(places, members, strict=True)
            ):
                self._bind_member(bound, alias, name, members)
                continue
            near = _closest(alias.name, {known for one in members for known in one.names})
            yield Check.NAME, Fault(node.lineno, f"`{name}` of this workspace has no `{alias.name}`{near}")

    def _relative(self, node: ast.ImportFrom, path: str) -> Iterator[tuple[Check, Fault]]:
        """Yield an import that begins with dots can be judged where the text says which file it is in."""
        if not path or not self._workspace.is_folder(posixpath.dirname(path) or "."):
            return
        folder = posixpath.dirname(path)
        for _ in range(node.level - 1):
            folder = posixpath.dirname(folder)
        name = node.module or "_"
        if not name.startswith("_") and self._modules.place(folder, name) is None:
            yield Check.NAME, Fault(node.lineno, f"there is no module `{name}` in `{folder or '.'}`")

    def _is_module(self, name: str) -> bool:
        # What is made at build time is not in a checkout; by custom it begins with an underscore.
        made = any(part.startswith("_") or part == "version" for part in name.split(".")[1:])
        return made or bool(self._places(name))

    def _places(self, name: str) -> list[str]:
        roots = self._modules.roots(name.partition(".")[0])
        return [place for root in roots if (place := self._modules.place(root, name))]

    def _has(self, module: str, place: str, members: Members, name: str) -> bool:
        if name == "*" or name.startswith("__") or name in members.names:
            return True
        is_package = not place.endswith((".py", ".pyi")) or posixpath.basename(place).startswith("__init__.")
        if is_package and self._places(f"{module}.{name}"):
            return True
        # What a module makes at run time is at least written somewhere.
        return members.is_open and self._workspace.names.known(name)

    def _is_known(self, top: str, name: str) -> bool:
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
        return self._workspace.names.imported(top)

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
    ) -> Iterator[tuple[Check, Fault]]:
        """Yield attributes of imported modules and classes, and of variables that hold an object of such a class."""
        known = {**bound, **_objects(nodes, bound)}
        for name in _rebound(nodes) - _objects(nodes, bound).keys():
            known.pop(name, None)
        for node in nodes:
            if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
                continue
            owner = _owner(node, known)
            if owner is None or owner[1].is_open or node.attr in owner[1].names or node.attr.startswith("__"):
                continue
            yield (
                Check.NAME,
                Fault(
                    node.lineno,
                    f"{owner[0]} of this workspace has no `{node.attr}`{_closest(node.attr, owner[1].names)}",
                ),
            )

    def _near(self, name: str) -> str:
        known = {
            path.removesuffix(".py").replace("/", ".")
            for path in self._workspace.repo.files
            if path.endswith(".py")
        }
        near = difflib.get_close_matches(name, {one.partition("src.")[2] or one for one in known}, 1, 0.7)
        return f"; there is `{near[0]}`" if near else ""


def _owner(node: ast.Attribute, known: Mapping[str, tuple[str, Members]]) -> tuple[str, Members] | None:
    value = node.value
    if isinstance(value, ast.Call):
        value = value.func
        owner = known.get(value.id) if isinstance(value, ast.Name) else None
        return owner if owner and owner[0].startswith("class") else None
    return known.get(value.id) if isinstance(value, ast.Name) else None


def _objects(
    nodes: Sequence[ast.AST], bound: Mapping[str, tuple[str, Members]]
) -> dict[str, tuple[str, Members]]:
    """Return variables that are only ever assigned an object made by calling a class."""
    made: dict[str, tuple[str, Members]] = {}
    for node in nodes:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        ):
            owner = bound.get(node.value.func.id)
            if owner and owner[0].startswith("class") and isinstance(node.targets[0], ast.Name):
                made[node.targets[0].id] = owner
    times = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {name: owner for name, owner in made.items() if times.count(name) == 1}


def _rebound(nodes: Sequence[ast.AST]) -> set[str]:
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    defined = {
        node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return stored | defined | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _closest(name: str, known: "set[str] | frozenset[str]") -> str:
    near = difflib.get_close_matches(name, [one for one in known if not one.startswith("__")], 1, 0.7)
    return f"; it has `{near[0]}`" if near else ""


def _is_to_install(name: str, prose: str) -> bool:
    """Return whether the answer itself says that this is something to install."""
    wanted = re.compile(
        rf"\b(?:install|add|dependency|package|library|third[- ]party|extra)\w*\b.*\b{re.escape(name)}\b",
        re.I,
    )
    other = re.compile(
        rf"\b{re.escape(name)}\b.*\b(?:install|add|dependency|package|library|third[- ]party)\w*\b", re.I
    )
    return any(wanted.search(line) or other.search(line) for line in prose.split("\n"))
