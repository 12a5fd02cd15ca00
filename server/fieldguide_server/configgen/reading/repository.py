"""A repository as the detectors see it: its files, listed in one walk, and their contents.

The contents are untrusted: links are not followed, sizes are limited, and a manifest that cannot be parsed becomes a
sentence in ``problems``.
"""

import fnmatch
import json
import os
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

from fieldguide_server.configgen.reading.jsonc import without_comments
from fieldguide_server.configgen.reading.yaml import YamlDocument, YamlError, read_yaml
from fieldguide_server.configgen.types import ConfigError

Found = TypeVar("Found")
MAX_READ_BYTES = 1_000_000
MAX_YAML_BYTES = 200_000
MAX_DEPTH = 8
MAX_FILES = 60_000


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, for sets too long to read with quotes and commas."""
    return frozenset(text.split())


PRUNED = word_set(
    ".git .hg .svn node_modules bower_components vendor venv .venv env __pycache__ .tox .nox .mypy_cache "
    ".next .nuxt .gradle .idea .terraform target dist build out coverage site-packages Pods .yarn .pnpm-store "
    "deps _build"
)
# Folders whose programs demonstrate or test the project: no developer opens a workspace to run them.
SIDE_FOLDERS = word_set(
    "example examples demo demos demo-apps sample samples test tests __tests__ testing testdata fixtures "
    "fixture e2e template templates boilerplate benchmark benchmarks bench docs doc documentation scripts "
    "tools tool .github infra infrastructure deploy deployment terraform cypress playground recipes "
    "third_party integration integration_test integration_tests integration-tests etc migration migrations"
)


@dataclass(slots=True)
class _Listing:
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=lambda: {""})

    def add(self, folder: str, entry: "os.DirEntry[str]") -> str | None:
        """Record an entry; return the path of the folder to walk into, None for anything else."""
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_symlink():
            return None
        if not entry.is_dir(follow_symlinks=False):
            # Reading a pipe or a socket would block until something is written to it.
            self.files.update([path] if entry.is_file(follow_symlinks=False) else [])
            return None
        if entry.name not in PRUNED:
            self.folders.add(path)
            return path
        return None


def _walk(root: Path) -> _Listing:
    listing, pending = _Listing(), [("", 0)]
    while pending and len(listing.files) < MAX_FILES:
        folder, depth = pending.pop()
        try:
            with os.scandir(root / folder) as entries:
                found = [sub for entry in entries if (sub := listing.add(folder, entry)) is not None]
        except OSError:
            if not folder:
                raise
            continue
        if depth < MAX_DEPTH:
            pending += [(sub, depth + 1) for sub in found]
    return listing


class Repository:
    """The files of a repository and their contents, each read once.

    Raises:
        ConfigError: ``root`` cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []
        self._texts: dict[str, str] = {}
        self._parsed: dict[str, object] = {}
        self._computed: dict[str, object] = {}
        try:
            listing = _walk(root)
        except OSError as error:
            raise ConfigError(f"The folder {root} cannot be read: {error.strerror or error}.") from error
        self.files = frozenset(listing.files)
        self.folders = frozenset(listing.folders)

    def exists(self, path: str) -> bool:
        """Return whether a file or folder of that relative path exists."""
        path = posixpath.normpath(path)
        return path in self.files or path in self.folders or path == "."

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in self.files:
            names.setdefault(path.rpartition("/")[2], []).append(path)
        return {
            name: sorted(paths, key=lambda path: (path.count("/"), path)) for name, paths in names.items()
        }

    @cached_property
    def _by_folder(self) -> Mapping[str, list[str]]:
        folders: dict[str, list[str]] = {}
        for path in sorted(self.files):
            folders.setdefault(folder_of(path), []).append(path)
        return folders

    def in_folder(self, folder: str) -> list[str]:
        """Return the paths of the files directly in a folder, sorted."""
        return self._by_folder.get(folder, [])

    def named(self, *names: str) -> Iterator[str]:
        """Yield the paths of the files with one of these names; of each name, those nearest to the root first."""
        for name in names:
            yield from self._by_name.get(name, ())

    def folders_with(self, *names: str, depth: int = 2) -> list[str]:
        """Return the folders, at most ``depth`` levels deep, that hold one of these files; side folders are left out."""
        found = {folder_of(path) for path in self.named(*names)}
        near = [folder for folder in found if folder_depth(folder) <= depth and not is_side(folder)]
        return sorted(near, key=lambda folder: (folder_depth(folder), folder))

    def first(self, folder: str, *names: str) -> str | None:
        """Return the path of the first of these files that ``folder`` holds, None if it holds none."""
        return next((path for name in names if (path := join(folder, name)) in self.files), None)

    def read(self, path: str) -> str:
        """Return the text of a file, "" if it is absent, too large or unreadable."""
        if path not in self._texts:
            self._texts[path] = self._read(path) if path in self.files else ""
        return self._texts[path]

    def _read(self, path: str) -> str:
        try:
            with (self.root / path).open("rb") as stream:
                data = stream.read(MAX_READ_BYTES + 1)
        except OSError as error:
            self.problems.append(f"{path} cannot be read: {error.strerror or error}.")
            return ""
        if len(data) > MAX_READ_BYTES:
            self.problems.append(f"{path} is larger than {MAX_READ_BYTES // 1000} kB and was not read.")
            return ""
        return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")

    def read_head(self, path: str) -> str:
        """Return the beginning of any file as text, "" if it cannot be read. No problem is recorded: it is only searched."""
        try:
            with (self.root / path).open("rb") as stream:
                return stream.read(MAX_YAML_BYTES).decode("utf-8", errors="replace")
        except OSError:
            return ""

    def once(self, name: str, make: Callable[[], Found]) -> Found:
        """Return the result of ``make``, which is computed once and kept under ``name``."""
        if name not in self._computed:
            self._computed[name] = make()
        return cast("Found", self._computed[name])

    def line(self, path: str, *needles: str) -> int:
        """Return the 1-based line of the last of ``needles``, each searched after the one before; 1 if none is found."""
        text, position = self.read(path), 0
        for needle in needles:
            found = text.find(needle, position)
            if found < 0:
                break
            position = found
        return text.count("\n", 0, position) + 1

    def json(self, path: str) -> dict[str, object]:
        """Return the JSON object in a file, ``{}`` if it is absent or cannot be parsed."""
        return self._object(path, json.loads)

    def jsonc(self, path: str) -> dict[str, object]:
        """Return the object in a file of JSON with comments and trailing commas, ``{}`` if absent or not parsable."""
        return self._object(path, _load_jsonc)

    def toml(self, path: str) -> dict[str, object]:
        """Return the TOML table in a file, ``{}`` if it is absent or cannot be parsed."""
        return self._object(path, tomllib.loads)

    def _object(self, path: str, parse: Callable[[str], object]) -> dict[str, object]:
        if path not in self._parsed:
            text = self.read(path)
            try:
                self._parsed[path] = parse(text) if text.strip() else {}
            except (ValueError, RecursionError) as error:
                self.problems.append(f"{path} cannot be parsed: {str(error).splitlines()[0]}.")
                self._parsed[path] = {}
        return as_object(self._parsed[path])

    def yaml(self, path: str) -> YamlDocument:
        """Return the YAML document in a file, an empty one if it is absent or cannot be parsed."""
        if path not in self._parsed:
            self._parsed[path] = self._yaml(path)
        document = self._parsed[path]
        return document if isinstance(document, YamlDocument) else YamlDocument()

    def _yaml(self, path: str) -> YamlDocument:
        text = self.read(path)
        if len(text) > MAX_YAML_BYTES:
            self.problems.append(f"{path} is too large to be parsed as YAML.")
            return YamlDocument()
        try:
            return read_yaml(text)
        except YamlError as error:
            self.problems.append(f"{path} cannot be parsed: {error}.")
            return YamlDocument()


def _load_jsonc(text: str) -> object:
    return json.loads(without_comments(text, trailing_commas=True))


def as_object(value: object) -> dict[str, object]:
    """Return the entries of ``value`` that have string keys, ``{}`` if it is no mapping."""
    return (
        {key: item for key, item in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}
    )


def as_strings(value: object) -> list[str]:
    """Return the strings in ``value`` if it is a list, ``value`` itself in a list if it is a string, else ``[]``."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def join(folder: str, name: str) -> str:
    """Return the normalised path of ``name`` in ``folder``, without a leading slash at the root."""
    path = posixpath.normpath(posixpath.join(folder, name))
    return "" if path == "." else path


def is_among(folder: str, patterns: Iterable[str]) -> bool:
    """Return whether a folder matches one of a workspace's patterns for its members."""
    return any(fnmatch.fnmatchcase(folder, pattern) for pattern in patterns)


def folder_of(path: str) -> str:
    """Return the folder of a file, "" at the root."""
    return path.rpartition("/")[0]


def folder_depth(folder: str) -> int:
    """Return the depth of a folder: 0 for the root, 1 for its children."""
    return folder.count("/") + 1 if folder else 0


def is_side(folder: str) -> bool:
    """Return whether a folder demonstrates, tests or ships the project rather than being a part of it."""
    return any(part.startswith(".") or part.lower() in SIDE_FOLDERS for part in folder.split("/") if part)


SAFE_NAME = re.compile(r"[A-Za-z0-9_@.][\w@:./+-]*")


def is_safe_name(name: str) -> bool:
    """Return whether a name needs no quotes in a shell command and cannot be taken for an option."""
    return SAFE_NAME.fullmatch(name) is not None and len(name) <= 100
