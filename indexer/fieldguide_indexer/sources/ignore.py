"""Ignore files in gitignore syntax, nested as git nests them."""

import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from fieldguide_indexer.sources.files import open_plain

OWN_IGNORE_FILE = ".fieldguideignore"
IGNORE_FILES = frozenset({".gitignore", OWN_IGNORE_FILE})

# An ignore file is a page of patterns; whatever is larger was put there to slow us down.
_MAX_IGNORE_FILE_BYTES = 256_000

# A star before a literal need never be tried again once the literal is found (fnmatch's own trick); without
# it a pattern such as *a*a*a*a*b takes exponential time. What still backtracks is bounded.
_STARS = re.compile(r"(?:\[\^/\]\*)+")
_COMMITTED_STAR = re.compile(r"\[\^/\]\*((?:\\.|[\w\-@~,;:!#%&=<> ])+)(?=\[\^/\]\*)")
_BACKTRACKING = re.compile(r"\[\^/\]\*(?!\?)|\.[*+]")
_MAX_BACKTRACKING = 5

_Rule = tuple[int, GitIgnoreSpec]  # length of the folder's prefix, patterns relative to that folder


class IgnoreRules:
    """The rules of every ignore file with one name below a folder, read when they are first needed.

    Args:
        root: The workspace folder.
        file_name: Name of the ignore files; "" reads none.
        patterns: Patterns that hold from the root on.
    """

    def __init__(self, root: Path, file_name: str = "", patterns: Sequence[str] = ()) -> None:
        self._root = root
        self._file_name = file_name
        at_root = [*self._read(""), *patterns]
        # None: the folder itself is ignored, and so is everything below it.
        self._by_folder: dict[str, tuple[_Rule, ...] | None] = {"": _rules("", at_root)}

    def ignored(self, path: str, *, is_folder: bool = False) -> bool:
        """Say whether ``path`` (relative, with ``/``) or a folder above it is ignored."""
        folder = path.rpartition("/")[0]
        rules = self._by_folder[folder] if folder in self._by_folder else self._enter(folder)
        if rules is None:
            return True
        return bool(rules) and _decide(rules, f"{path}/" if is_folder else path)

    def _enter(self, folder: str) -> tuple[_Rule, ...] | None:
        known, _, _ = folder.partition("/")
        rules = self._by_folder[""]
        for end in [*(i for i, c in enumerate(folder) if c == "/"), len(folder)]:
            known = folder[:end]
            if known not in self._by_folder:
                self._by_folder[known] = self._below(rules, known)
            rules = self._by_folder[known]
        return rules

    def _below(self, above: tuple[_Rule, ...] | None, folder: str) -> tuple[_Rule, ...] | None:
        if above is None or (above and _decide(above, f"{folder}/")):
            return None
        # The deepest file comes first: its last word is the one that counts.
        return _rules(f"{folder}/", self._read(folder)) + above

    def _read(self, folder: str) -> list[str]:
        if not self._file_name:
            return []
        try:
            with open_plain(self._root / folder / self._file_name) as file:
                blob = file.read(_MAX_IGNORE_FILE_BYTES) or b""
        except OSError:
            return []
        return blob.decode("utf-8-sig", "replace").splitlines()


def _rules(prefix: str, lines: Iterable[str]) -> tuple[_Rule, ...]:
    patterns = [pattern for line in lines if (pattern := _compile(line))]
    return ((len(prefix), GitIgnoreSpec(patterns)),) if patterns else ()


def _compile(line: str) -> GitIgnoreSpecPattern | None:
    """Compile one line; None for a comment, for an invalid line and for one that could take for ever."""
    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex(line)
        if regex is None or include is None:
            return None
        linear = _COMMITTED_STAR.sub(r"(?>[^/]*?\1)", _STARS.sub("[^/]*", regex))
        if len(_BACKTRACKING.findall(linear)) > _MAX_BACKTRACKING:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a set such as [[x] is fine as it stands
            return GitIgnoreSpecPattern(re.compile(linear), include)
    except (ValueError, re.error):
        return None


def _decide(rules: tuple[_Rule, ...], path: str) -> bool:
    for prefix_length, spec in rules:
        include = spec.check_file(path[prefix_length:]).include
        if include is not None:
            return include
    return False
