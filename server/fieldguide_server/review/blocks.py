"""Fenced code blocks of a Markdown text, with their language and the file that they belong to."""

import re
from collections.abc import Iterator, Sequence

from fieldguide_indexer import detect_language
from fieldguide_server.review.types import Block

_FENCE = re.compile(r"(?P<indent>[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)")
_WORD = re.compile(r"\{?\s*\.?(?P<word>[\w.+#/@-]+)")
_TITLE = re.compile(r"""(?:title|file|filename|path)\s*=\s*["']?(?P<path>[^"'\s}]+)""")
_COMMENT = re.compile(
    r"\s*(?:#|//|--|/\*|<!--)\s*(?:file(?:name)?:\s*)?(?P<path>[\w@./+-]+)\s*(?:\*/|-->)?\s*"
)
_NAMED = re.compile(r"[`*]{1,2}(?P<path>[\w@./+-]+)[`*]{1,2}")
_FILE = re.compile(r"(?:[\w@.+-]+/)*(?:[\w@+-]*\.[\w.+-]*\w|[A-Z]\w+file)")
_LINES_ABOVE = 4
_NAMES = {
    "c#": "csharp", "c++": "cpp", "cs": "csharp", "golang": "go", "ipython": "python", "ipython3": "python",
    "js": "javascript", "jsonc": "jsonc", "json5": "jsonc", "node": "javascript", "pycon": "python",
    "python2": "", "python3": "python", "rustlang": "rust", "shell": "bash", "zsh": "bash",
}  # fmt: skip


def blocks_of(text: str) -> list[Block]:
    """Return all fenced blocks, in order. A block that is never closed was truncated and is left out."""
    lines = text.split("\n")
    blocks: list[Block] = []
    for start, end, fence in _fences(lines):
        indent = len(fence["indent"])
        code = "\n".join(_without_indent(line, indent) for line in lines[start:end])
        path = _path(fence["info"], lines[max(0, start - 1 - _LINES_ABOVE) : start - 1], code)
        language = _language(fence["info"], path)
        blocks.append(Block(len(blocks) + 1, language, code, path, start + 1, end + 1))
    return blocks


def outside(text: str) -> str:
    """Return the text without its fenced blocks."""
    lines = text.split("\n")
    for start, end, _ in _fences(lines):
        lines[start - 1 : end + 1] = [""] * (end - start + 2)
    return "\n".join(lines)


def _fences(lines: Sequence[str]) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Yield (index of the first line of code, index of the closing fence, opening fence) of each block; from 0."""
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines):
        if opened is None:
            match = _FENCE.fullmatch(line)
            opened = (number + 1, match) if match else None
        elif _closes(line, opened[1]["mark"]):
            yield opened[0], number, opened[1]
            opened = None


def _closes(line: str, mark: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(mark) and set(bare) == {mark[0]}


def _without_indent(line: str, indent: int) -> str:
    return line[indent:] if not line[:indent].strip() else line.lstrip()


def _language(info: str, path: str) -> str:
    word = match["word"].lower() if (match := _WORD.match(info.strip())) else ""
    if not word or _FILE.fullmatch(word):
        return detect_language(path, "") if path else ""
    if word in _NAMES:
        return _NAMES[word]
    return detect_language(f"x.{word}", "") or word


def _path(info: str, before: Sequence[str], code: str) -> str:
    """Return the file of a block, as named by its fence, by a comment on its first line, or by the line above it."""
    if titled := _TITLE.search(info):
        return _normal(titled["path"])
    word = match["word"] if (match := _WORD.match(info.strip())) else ""
    if _FILE.fullmatch(word):
        return _normal(word)
    first = _COMMENT.fullmatch(code.split("\n", 1)[0])
    if first and _FILE.fullmatch(first["path"]):
        return _normal(first["path"])
    above = next((line for line in reversed(before) if line.strip()), "")
    named = {name for name in _NAMED.findall(above) if _FILE.fullmatch(name)}
    return _normal(named.pop()) if len(named) == 1 and above.rstrip().endswith((":", "`", "*")) else ""


def _normal(path: str) -> str:
    return path.removeprefix("./")
