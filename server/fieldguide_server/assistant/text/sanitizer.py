"""Untrusted text made safe to show: nothing invisible, and nothing that a terminal or a Markdown view would act on.

A model repeats what it read, and files can hold attacks: an image whose address sends data to a stranger, a link that
runs a command, escape sequences that rewrite a terminal. Links and images become their text; addresses become code,
which no view follows. Code blocks stay as they are.
"""

import re

# In this order: CSI sequences, strings with their terminator, two characters. An incomplete one loses its escape only.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-OQ-WYZ\\`-~]"
)
# Control characters except tab and newline, bidirectional and zero-width marks, tags, interlinear annotations.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e01ef]"
)
_FENCE = re.compile(r"^ *(?:[-*+] +|\d+[.)] +)?(`{3,}(?=[^`]*$)|~{3,})")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:.*?[^`])??\1(?!`)")
_IMAGE_OR_LINK = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])"
)
_DEFINITION = re.compile(r"^(\s*(?:>\s*)*)\[([^\]]+)\]:\s*")
_PLACE = re.compile(r"[^\s:]+:\d+(?:-\d+)?$")
_ADDRESS = re.compile(
    r"<?\b((?:[a-zA-Z][a-zA-Z0-9+.-]*://|www\.|(?:command|data|javascript|vbscript):)[^\s`<>]+)>?"
)
_TAG = re.compile(
    r"</?(?:a|audio|base|body|embed|form|frame|iframe|image|img|input|link|math|meta|object|picture|script|source|"
    r"style|svg|track|video)\b[^<>]*>?",
    re.IGNORECASE,
)
_HTML_START = re.compile(r"^(\s*(?:[-*+>] *|\d+[.)] +)*)<(?=[a-zA-Z/!?])|<(?=!--|\?|!\[CDATA)")
_FINISHED = re.compile(rf"{_CODE_SPAN.pattern}|{_IMAGE_OR_LINK.pattern}|<[^<>]*>")
_UNFINISHED = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*(?:\](?:\([^()]*|\[[^\[\]]*)?)?$|<[^<>]*$|\S+$")


def clean(text: str) -> str:
    """Return the text without escape sequences and invisible characters."""
    return _INVISIBLE.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """Return the cleaned text with each run of whitespace as one space."""
    return " ".join(clean(text).split())


def sanitize(text: str) -> str:
    """Return the text, cleaned, with its links, images and addresses made inert."""
    sanitizer = StreamSanitizer()
    return sanitizer.feed(text) + sanitizer.flush()


class StreamSanitizer:
    """Sanitizes a text that arrives in pieces; holds back at most the last line, until its meaning is certain."""

    def __init__(self) -> None:
        self._pending = ""
        self._line_start = True
        self._fence: tuple[int, str] | None = None

    def feed(self, piece: str) -> str:
        """Take a piece of text, and return the text that can be shown by now, perhaps none."""
        self._pending += piece
        *complete, last = _ESCAPE.sub("", self._pending).split("\n")
        safe = [self._line(line) + "\n" for line in complete]
        cut = self._safe_length(last)
        self._pending = last[cut:]
        if cut:
            safe.append(self._inline(last[:cut], ends=False))
        return "".join(safe)

    def flush(self) -> str:
        """Return the text that was held back; no piece may follow."""
        last, self._pending = self._pending, ""
        return self._line(last) if last else ""

    def _line(self, line: str) -> str:
        is_complete = self._line_start
        safe = self._inline(line, ends=True)
        if is_complete:
            self._note_fence(clean(line))
        self._line_start = True
        return safe

    def _inline(self, line: str, *, ends: bool) -> str:
        text = clean(line)
        first, self._line_start = self._line_start, ends
        if first and self._fence and text.strip() and len(text) - len(text.lstrip()) < self._fence[0]:
            # A code block in a list ends with the list, even if it was never closed.
            self._fence = None
        if self._fence or (first and _FENCE.match(text)):
            return text
        return _inert(text, first=first)

    def _note_fence(self, line: str) -> None:
        if self._fence:
            mark = self._fence[1]
            bare = line.strip()
            if len(bare) >= len(mark) and set(bare) == {mark[0]}:
                self._fence = None
        elif opened := _FENCE.match(line):
            self._fence = (opened.start(1), opened[1])

    def _safe_length(self, line: str) -> int:
        """Return the length of an unfinished line's start that no later text can turn into a fence, link, address or code."""
        if self._line_start and (self._fence or re.match(r"\s*(?:[-*+>]|\d+[.)])?\s*(?:[`~<]|$)", line)):
            return 0
        outside = _FINISHED.sub(lambda span: "x" * len(span.group()), line)
        ends = [match.start() for match in (_UNFINISHED.search(outside), re.search("`", outside)) if match]
        return min(ends, default=len(line))


def _inert(line: str, *, first: bool) -> str:
    safe, end = [], 0
    for span in _CODE_SPAN.finditer(line):
        safe += [_prose(line[end : span.start()], first=first and not end), _unlink(span.group())]
        end = span.end()
    safe.append(_prose(line[end:], first=first and not end))
    return _unlink("".join(safe))


def _prose(text: str, *, first: bool) -> str:
    if first:
        text = _DEFINITION.sub(r"\1\2: ", text)
    text = _IMAGE_OR_LINK.sub(_link_text, text)
    text = _TAG.sub("", text)
    text = _ADDRESS.sub(r"`\1`", text)
    return _HTML_START.sub(r"\1&lt;" if first else "&lt;", text)


def _link_text(link: re.Match[str]) -> str:
    text = link[1]
    return f"[{text}]" if _PLACE.match(text) and not link.group().startswith("!") else text


def _unlink(text: str) -> str:
    """Break up links and images that remain, over several lines or in code that a view may not take for code."""
    return text.replace("![", "! [").replace("](", "] (")
