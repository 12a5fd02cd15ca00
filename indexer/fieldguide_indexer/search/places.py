"""Files and lines that a text mentions, in the notations of compilers, linters, test runners, stack traces and people."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

_MAX_PLACES = 64
# A path without spaces; folders may be in brackets or parentheses, such as app/(shop)/[id]/page.tsx.
_PATH = re.compile(
    r"(?:[\w.@+$~/\\-]|\[{1,2}[\w.@$-]{1,60}\]{1,2}(?=[/\\.])|\([\w.@$-]{1,60}\)(?=[/\\])|(?<![A-Za-z])[A-Za-z]:(?=[/\\]))++"
)
_QUOTED_PATH = re.compile(r"(?<!\w)([\"'`])(?=[^\"'`\n]* )([^\"'`\n:*?<>|]{3,300}\.\w{1,10})\1")
_FILE_NAME = re.compile(
    r"(?:.*/)?\.?[\w@+$\[({~-][^/]*\.[A-Za-z]\w{0,10}|(?:.*/)?(?:GNUm|[A-Z]\w*|m)akefile|(?:.*/)?[A-Z]\w*file"
)
# The name of a file that has no suffix, as in ``bin/deploy`` and ``.bashrc``: only with a line.
_BARE_NAME = re.compile(r".*/(?:[^\WA-Za-z]|[.-])*+[A-Za-z][\w.-]*+|\.[A-Za-z][\w-]+")
_LINE_AFTER = re.compile(
    r"""[\"'`”’)\]>}]{0,3}(?:
      :(?:\ ?[(\[]|L)?(?P<colon>\d{1,9})(?!\w|\.\d)                         # x.c:188  x.kt: (188, 5)  X.java:[188,5]
    | :\ (?P<spaced>\d{1,9}):                                               # x.gradle: 188: message
    | \ ?\((?P<parenthesis>\d{1,9})(?=\ ?[,:;)-])                            # x.c(188)  x.cs(188,13)
    | \#(?:L|lines-)?(?P<fragment>\d{1,9})                                   # x.py#L188-L190
    | (?:[\s>]{0,8}<\w{1,20}\s)?[,:;]?\s{0,3}[\"'(\[{,]{0,3}\s?              # x.py, line 188   "x.py", "line": 188
      (?:(?:error\ )?(?:on|at|in|near)\ )?[\"']?
      (?:lines?|ln|line_?(?:number|no)|start_?line|row)[\"']?\s?(?:[:=,\#]|->)?\s?[\"'(\[]?(?P<word>\d{1,9})
    | \ (?P<space>\d{1,9}):\d{1,9}(?!\w)                                     # x.dart 188:5
    | :?\s?\n[ \t]*(?P<below>\d{1,9})[:|]                                    # x.js, and on the next line 188:5
    | \n@@\ -\d{1,9}(?:,\d{1,9})?\ \+(?P<hunk>\d{1,9})                      # +++ b/x.py, and below @@ -1,3 +188,5 @@
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LINE_BEFORE = re.compile(
    r"(?:(?:\blines?|\bln|\brow)\s?#?(\d{1,9})(?:\s?(?:[-–,:]|to)\s?\d{1,9})?(?:,?\s(?:column|col|char)\s\d{1,9})?,?\s"
    r"(?:of|in|at|from)\s(?:the\s)?(?:file\s|script\s|module\s)?|\s\+(\d{1,9})\s)[\"'`(<]{0,2}$",
    re.IGNORECASE,
)
_BEFORE = 80
_AFTER = 120
# What is before a path in a workspace: a drive, a package of Dart, "./" and "../".
_PREFIX = re.compile(r"(?:[A-Za-z]:)?(?:\.+/+)*+")


@dataclass(frozen=True, slots=True)
class MentionedPlace:
    """A file that a text mentions, with the (first) line; 0 if it mentions none."""

    path: str
    line: int = 0

    def agreement(self, path: str) -> int:
        """Return how many last parts of this path and another are equal, 0 if neither ends with the other.

        A traceback may have the absolute path on another machine. If the folders differ, as after a build, the last two parts
        count half.
        """
        mentioned, other = self.path.strip("/").split("/"), path.split("/")
        equal = 0
        for one, another in zip(reversed(mentioned), reversed(other), strict=False):
            if one != another:
                break
            equal += 1
        if equal == min(len(mentioned), len(other)):
            return 2 * equal
        return equal if equal > 1 else 0


def find_places(text: str) -> list[MentionedPlace]:
    """Return the different files that a text mentions, with their lines, in order; at most 64."""
    places = dict.fromkeys(islice(_places(text), _MAX_PLACES))
    return list(places)


def _places(text: str) -> Iterator[MentionedPlace]:
    quoted = []
    for match in _QUOTED_PATH.finditer(text):
        # Without a line, it may as well be a sentence that ends with the name of a file.
        if line := _line(text, *match.span(2)):
            quoted.append(match.span(2))
            yield MentionedPlace(_normalized(match[2]), line)
    for match in _PATH.finditer(text):
        run = match.group().rstrip(".-~+/\\")
        path, start, end = _normalized(run), match.start(), match.start() + len(run)
        is_file = _FILE_NAME.fullmatch(path) is not None
        if not (is_file or _BARE_NAME.fullmatch(path)) or _is_inside(start, quoted):
            continue
        line = _line(text, start, end)
        if line or is_file:
            yield MentionedPlace(path, line)


def _is_inside(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether a position is inside one of some ordered spans."""
    at = bisect_right(spans, position, key=itemgetter(0)) - 1
    return at >= 0 and position < spans[at][1]


def _normalized(path: str) -> str:
    path = path.replace("\\", "/")
    path = path[_PREFIX.match(path).end() :]  # type: ignore[union-attr] # it matches everywhere
    return path.lstrip(".") if path.startswith("..") else path


def _line(text: str, start: int, end: int) -> int:
    """Return the line that is mentioned after a path, else before it; 0 if there is none."""
    if after := _LINE_AFTER.match(text, end, end + _AFTER):
        return int(after[after.lastgroup or 0])
    if before := _LINE_BEFORE.search(text[max(0, start - _BEFORE) : start]):
        return int(before[1] or before[2])
    return 0
