"""Finds the paths of existing files in a text, and writes them so that the parser of citations can read them.

Paths may hold spaces and every sign: ``notes/C# tips #1.py:1``, ``app/[[...slug]]/page.tsx#L4-L8``, "My Docs/a.py lines 4-8".
The longest text before a line number that is the path of a file is that path.
"""

import re
from collections.abc import Callable

# Stands for a character that says nothing to the parser. In a private use area, so that no word contains it.
FILLER = "\ue000"
_MARK = re.compile(
    r"(?P<close>[`*)\]\"']{0,3})(?P<mark>[:#]L?|,? (?:on )?lines? |,? \((?:lines? |L))"
    r"(?P<first>\d{1,9})(?P<column>(?::|C)\d{1,6})?(?:(?P<dash>\s*[-–—]\s*)L?(?P<last>\d{1,9})(?P<end_column>(?::|C)\d{1,6})?)?(?![\w]|\.\d)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?<!!)\[([^\[\]\n]{1,200})\]\(<?([^()<>\n]{1,300}(?:\([^()\n]{0,100}\)[^()<>\n]{0,300})?)>?\)"
)
_LINK_TARGET = re.compile(r"(.+?)(?::|#)L?(\d{1,9})(?:C\d+)?(?:-L?(\d{1,9})(?:C\d+)?)?")
_START = re.compile(r"(?:^|(?<=[\s\[(<{`*\"'“,;=]))(?=[^\s])")
_ODD = re.compile(r"[^\w./-]")
_MAX_PATH, _MAX_STARTS, _MAX_LOOKUPS = 260, 32, 3_000
# Rare letters, one for each odd character of ASCII: the parser takes them for a part of a name.
_FIRST_LETTER = 0xA000
_DECODE = {_FIRST_LETTER + code: code for code in range(0x80)}


def as_citations(text: str, is_file: Callable[[str], bool]) -> str:
    """Return a text whose links to lines of files are citations: ``[a.py](src/a.py#L4-L8)`` becomes ``[src/a.py:4-8]``."""

    def citation(link: re.Match[str]) -> str:
        target = _LINK_TARGET.fullmatch(link[2].removeprefix("./").replace("%20", " "))
        if target is None or not is_file(target[1]):
            return link.group()
        place = f"[{target[1]}:{target[2]}{'-' + target[3] if target[3] else ''}]"
        label = link[1].strip("`*")
        name = label.partition(":")[0].partition("#")[0]
        return place if label.isdigit() or target[1].endswith(name) else f"{link[1]} {place}"

    return _LINK.sub(citation, text)


def encode(text: str, is_file: Callable[[str], bool]) -> str:
    """Return a text of the same length in which every citation of an existing file has the form of ``a_path:4-8``."""
    known: dict[str, bool] = {}

    def exists(path: str) -> bool:
        if path not in known and len(known) < _MAX_LOOKUPS:
            known[path] = path == path.strip(" \t`") and is_file(path)
        return known.get(path, False)

    pieces, end = [], 0
    for mark in _MARK.finditer(text):
        start = _path_start(text, max(end, mark.start() - _MAX_PATH), mark.start(), exists)
        if start is None:
            continue
        before, opening = text[end:start], mark["close"][::-1].translate(_OPENING)
        if opening and before.endswith(opening):
            before = before[: -len(opening)] + FILLER * len(opening)
        pieces += [before, _ODD.sub(_letter, text[start : mark.start()]), _lines(mark)]
        end = mark.end()
        if "(" in mark["mark"] and text[end : end + 1] == ")":
            pieces.append(FILLER)
            end += 1
    return "".join([*pieces, text[end:]])


def decode(path: str) -> str:
    """Return a path as it was before ``encode``."""
    return path.translate(_DECODE)


_OPENING = str.maketrans(")]", "([")


def _letter(odd: re.Match[str]) -> str:
    code = ord(odd.group())
    return chr(_FIRST_LETTER + code) if code < 0x80 else odd.group()


def _path_start(text: str, earliest: int, end: int, is_file: Callable[[str], bool]) -> int | None:
    """Return where the longest path of a file begins that ends at ``end``; None if there is none."""
    line = text.rfind("\n", earliest, end) + 1 or earliest
    starts = [match.start() for match in _START.finditer(text, line, end)]
    return next((start for start in starts[-_MAX_STARTS:] if is_file(text[start:end])), None)


def _lines(mark: re.Match[str]) -> str:
    """Return the line numbers of a mark in the form of the parser, of the same length."""
    head = ":".ljust(mark.start("first") - mark.start(), FILLER)
    column = FILLER * len(mark["column"] or "")
    last = mark.group()[mark.start("last") - mark.start() :] if mark["last"] else ""
    if mark["end_column"]:
        last = mark["last"].ljust(len(last), FILLER)
    dash = (
        ""
        if not mark["last"]
        else "-".rjust(mark.start("last") - mark.end("column" if mark["column"] else "first"))
    )
    return f"{head}{mark['first']}{column}{dash}{last}"
