"""Ignore files in gitignore syntax, with git's rules for nesting."""

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from fieldguide_indexer.sources.files import open_plain

OWN_IGNORE_FILE = ".fieldguideignore"
IGNORE_FILES = frozenset({".gitignore", OWN_IGNORE_FILE})

# Ordinary ignore files are far smaller; a larger one may be an attempt to slow us down.
_MAX_IGNORE_FILE_BYTES = 256_000

# A star before a literal need not be retried once the literal is found (fnmatch's own optimisation); without
# it, a pattern such as *a*a*a*a*b takes exponential time. The remaining backtracking is bounded.
_STARS = re.compile(r"(?:\[\^/\]\*)+")
_COMMITTED_STAR = re.compile(r"\[\^/\]\*((?:\\.|[\w\-@~,;:!#%&=<> ])+)(?=\[\^/\]\*)")
_BACKTRACKING = re.compile(r"\[\^/\]\*(?!\?)|\.[*+]")
_MAX_BACKTRACKING = 5
_GROUP_NAME = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True, slots=True)
class _Rule:
    """The patterns of one ignore file, and the length of its folder's prefix: patterns are relative to that folder.

    ``any_of`` matches any of the patterns, to decide quickly that most paths
    match none. Each pattern starts at the first character of the path.
    """

    prefix_length: int
    patterns: GitIgnoreSpec
    any_of: re.Pattern[str]

    def decide(self, path: str) -> bool | None:
        """Return whether the last matching pattern ignores the path; None if none matches."""
        inside = path[self.prefix_length :]
        return self.patterns.check_file(inside).include if self.any_of.match(inside) else None


class IgnoreRules:
    """The rules of all ignore files of one name below a folder, read when first needed.

    Args:
        root: The workspace folder.
        file_name: Name of the ignore files; "" reads none.
        patterns: Further patterns, relative to the root.
    """

    def __init__(self, root: Path, file_name: str = "", patterns: Sequence[str] = ()) -> None:
        self._root = root
        self._file_name = file_name
        at_root = [*self._read(""), *patterns]
        # None: the folder itself is ignored, with everything below it.
        self._by_folder: dict[str, tuple[_Rule, ...] | None] = {"": _rules("", at_root)}

    def ignored(self, path: str, *, is_folder: bool = False) -> bool:
        """Return whether ``path`` (relative, with ``/``) or a folder above it is ignored."""
        folder = path.rpartition("/")[0]
        rules = self._by_folder[folder] if folder in self._by_folder else self._enter(folder)
        if rules is None:
            return True
        return bool(rules) and _decide(rules, f"{path}/" if is_folder else path)

    def _enter(self, folder: str) -> tuple[_Rule, ...] | None:
        rules = self._by_folder[""]
        for end in [*(i for i, c in enumerate(folder) if c == "/"), len(folder)]:
            above = folder[:end]
            if above not in self._by_folder:
                self._by_folder[above] = self._below(rules, above)
            rules = self._by_folder[above]
        return rules

    def _below(self, above: tuple[_Rule, ...] | None, folder: str) -> tuple[_Rule, ...] | None:
        if above is None or (above and _decide(above, f"{folder}/")):
            return None
        # The rules of the deepest file come first: they take precedence.
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
    patterns = [pattern for line in lines if (pattern := compile_pattern(line))]
    if not patterns:
        return ()
    any_of = "|".join(_GROUP_NAME.sub("(?:", pattern.regex.pattern) for pattern in patterns if pattern.regex)
    return (_Rule(len(prefix), GitIgnoreSpec(patterns), re.compile(any_of)),)


def compile_pattern(line: str) -> GitIgnoreSpecPattern | None:
    """Return the compiled pattern of a line; None for comments, invalid lines, and patterns that could backtrack too much."""
    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex(line)
        if regex is None or include is None:
            return None
        linear = _COMMITTED_STAR.sub(r"(?>[^/]*?\1)", _STARS.sub("[^/]*", regex))
        if len(_BACKTRACKING.findall(linear)) > _MAX_BACKTRACKING:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a set such as [[x] is valid
            return GitIgnoreSpecPattern(re.compile(linear), include)
    except (ValueError, re.error):
        return None


def _decide(rules: tuple[_Rule, ...], path: str) -> bool:
    return next((include for rule in rules if (include := rule.decide(path)) is not None), False)
