"""Judgement of a file by its content: written by hand, or minified. Its name is a hint that the content must bear out."""

import re

_PROSE = re.compile(
    r"(?i)\.(?:md|markdown|mdx|rst|txt|adoc|asciidoc|org|tex|textile|ipynb|csv|tsv|srt|po)$|(?:^|/)[^./]+$"
)
_BUNDLE_NAME = re.compile(
    r"(?i)[.-]min\.(?:js|mjs|cjs|css|html)$|\.(?:js|mjs|cjs|css|ts)\.map$|[.-](?:bundle|chunk)\.(?:js|mjs|css)$"
)
_SOURCE_MAP = re.compile(r'\s*(?:\)\]\}\'\s*)?\{[^{]*?"(?:version|mappings|sections|sources)"\s*:')
_MINIFIED_MIN_CHARACTERS = 5_000
# The mean length of a line; handwritten source stays below 60.
_MINIFIED_LINE_LENGTH, _BUNDLE_LINE_LENGTH = 300, 120
_LONG_LINE = 1_000
# A file with so many ordinary lines of code was written by hand, whatever data one line has.
_ORDINARY_LINES = 40
_CODE_LINE = re.compile(r"^(?!\s*(?:[/*#!]|--|$)).{1,200}$", re.MULTILINE)


def is_minified(path: str, text: str) -> bool:
    """Return whether lines are too long for handwritten code. Prose may have a paragraph on each line."""
    if _PROSE.search(path):
        return False
    if _BUNDLE_NAME.search(path):
        return _is_bundle(path, text)
    if len(text) < _MINIFIED_MIN_CHARACTERS or _mean_line(text) <= _MINIFIED_LINE_LENGTH:
        return False
    return len(_CODE_LINE.findall(text)) < _ORDINARY_LINES


def _is_bundle(path: str, text: str) -> bool:
    """Return whether a file with the name of a bundle or a source map is one."""
    if path.lower().endswith(".map"):
        return _SOURCE_MAP.match(text[:_LONG_LINE]) is not None
    if _mean_line(text) > _BUNDLE_LINE_LENGTH:
        return True
    return any(len(line) > _LONG_LINE for line in text.split("\n"))


def _mean_line(text: str) -> float:
    return len(text) / (text.rstrip("\n").count("\n") + 1)
