"""The user's docs library: the folders of documentation that the settings of workspaces name.

The editor, the shell and agents share one index of all of them. Two files in the docs home describe it: ``library.json``
has the folders that each workspace names, and ``sources.json``, which is made from it, lists what is indexed.
"""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from fieldguide_indexer import IndexOptions, SourceList, StorageError, absolute_home
from fieldguide_server.settings import Sources, load

_LOCK_SECONDS = 10.0
_LONGEST_NAME = 60
_NOT_IN_NAMES = re.compile(r"[^\w.+=-]+")


def docs_home(environment: Mapping[str, str]) -> Path:
    """Return the folder of the library: in ``FIELDGUIDE_HOME``, else in the platform's data folder, since a cache may be emptied.

    Raises:
        StorageError: ``FIELDGUIDE_HOME`` is a relative path.
    """
    if named := environment.get("FIELDGUIDE_HOME"):
        return absolute_home(named) / "docs"
    from platformdirs import user_data_path  # noqa: PLC0415 - not needed where FIELDGUIDE_HOME is set

    return user_data_path("fieldguide", appauthor=False) / "docs"


def docs_options(options: IndexOptions, environment: Mapping[str, str]) -> IndexOptions:
    """Return the options of the docs index: the model and the store of ``options``, and the rest from the user's own settings.

    Settings of a workspace are left out, because other workspaces read the same index.
    """
    own = load(Sources(None, environment=environment)).settings.index_options(environment)
    return replace(own, embedding=options.embedding, store=options.store, editor_exclude=())


@dataclass(frozen=True, slots=True)
class NamedDocs:
    """The documentation of a workspace: the folder of each source by its name, and problems of the setting as sentences."""

    folders: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class DocsLibrary:
    """The sources of the docs index, stored in ``home``. Several processes may use it at once; a file lock guards writing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.sources = SourceList(home / "sources.json")
        self._file = home / "library.json"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "DocsLibrary":
        """Return the library for these environment variables."""
        return cls(docs_home(environment))

    def editor_folders(self, workspace: Path) -> list[str] | None:
        """Return the folders that the editor's own settings named for a workspace when last read; None if there are none."""
        named = self._read().get(str(workspace), {}).get("editor_setting")
        return named if _is_strings(named) else None

    def follow(
        self, workspace: Path, names: Sequence[str], client: str, *, is_editor_setting: bool = False
    ) -> NamedDocs:
        """Store the folders that the settings of a workspace name, and update the sources of the index.

        A source is kept while any existing workspace names it, in an editor or in the shell. A folder keeps its first
        name. Nothing is written if nothing changed.

        Args:
            workspace: The workspace folder. Folders inside it are indexed with it, and are no sources.
            names: The setting ``docs.folders``.
            client: Who read the settings: ``editor`` or ``shell``.
            is_editor_setting: Whether the value is from the editor's own settings, which the shell cannot read.

        Returns:
            The sources of the workspace. A folder that does not exist is a source and a problem: it may come back.

        Raises:
            StorageError: The docs home cannot be written.
        """
        folders = [Path(name).expanduser() for name in dict.fromkeys(names)]
        wrong = [str(folder) for folder in folders if not folder.is_absolute() or not folder.is_dir()]
        sources = [each for each in folders if each.is_absolute() and not _is_inside(each, workspace)]
        own = {client: [str(each) for each in sources]}
        if client == "editor":
            own["editor_setting"] = own["editor"] if is_editor_setting else []
        found = self._named(sources, workspace, own)
        problem = f"docs.folders must be absolute paths of existing folders, not {', '.join(wrong)}"
        return NamedDocs(found, (problem,) if wrong else ())

    def _named(
        self, sources: Sequence[Path], workspace: Path, own: Mapping[str, list[str]]
    ) -> dict[str, Path]:
        before = self._read().get(str(workspace), {})
        after = {key: value for key, value in {**before, **own}.items() if value}
        if after != before or not {*self.sources.folders().values()}.issuperset(sources):
            with self._locked():
                records = self._read()
                records[str(workspace)] = {**records.get(str(workspace), {}), **own}
                self._write(records)
        name_of = {folder: name for name, folder in self.sources.folders().items()}
        return {name_of[folder]: folder for folder in sources if folder in name_of}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - only to write

        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with FileLock(self.home / "library.lock", timeout=_LOCK_SECONDS):
                yield
        except Timeout:
            raise StorageError(f"{self.home} is locked by another process.") from None
        except OSError as error:
            raise StorageError(f"{self.home} cannot be written: {error.strerror or error}.") from error

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return the folders that were named, by workspace and client; none if the file is missing or damaged."""
        try:
            records = json.loads(self._file.read_text(encoding="utf-8"))["workspaces"]
            return {str(key): dict(value) for key, value in records.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _write(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        kept = {
            workspace: named
            for workspace, record in records.items()
            if (named := {key: value for key, value in record.items() if value}) and Path(workspace).is_dir()
        }
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps({"workspaces": kept}, indent=1), encoding="utf-8")
        temporary.replace(self._file)
        folders = dict.fromkeys(
            Path(name)
            for record in kept.values()
            for value in record.values()
            if _is_strings(value)
            for name in value
        )
        self.sources.write(_with_names(folders, self.sources.folders()))


def _with_names(folders: Collection[Path], before: Mapping[str, Path]) -> dict[str, Path]:
    """Return the folders by name: known folders keep their names, and new ones get free names."""
    names = {folder: name for name, folder in before.items()}
    given = {names[folder]: folder for folder in folders if folder in names}
    for folder in folders:
        if folder not in names:
            given[next(name for name in _names(folder) if name not in given)] = folder
    return given


def _names(folder: Path) -> Iterator[str]:
    """Yield possible names for the source of a folder: ``handbook``, ``handbook-2`` and so on."""
    name = _NOT_IN_NAMES.sub("-", folder.name)[:_LONGEST_NAME].strip("-.+=") or "docs"
    yield from (name if number == 1 else f"{name}-{number}" for number in count(1))


def _is_inside(folder: Path, workspace: Path) -> bool:
    return folder.is_relative_to(workspace) or Path(os.path.realpath(folder)).is_relative_to(
        os.path.realpath(workspace)
    )


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
