"""The thinking that some models write into their answers, such as ``<think>…</think>``, removed while it streams."""

import re

_PAIRS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|channel|>analysis<|message|>": "<|channel|>final<|message|>",
}
_TAGS = (*_PAIRS, *_PAIRS.values())
_LONGEST = max(map(len, _TAGS))
_TOKEN = re.compile("|".join([r"\n", "`+", "~{3,}", *map(re.escape, _TAGS)]), re.IGNORECASE)


class ThinkingFilter:
    """Removes the thinking from a text that arrives in pieces; holds back at most the beginning of a tag.

    A thought begins with a tag at the beginning of a line. Some servers leave out the first tag, since it is part of their prompt:
    then a closing tag voids all text before it. Tags in code are text.
    """

    def __init__(self) -> None:
        self.has_thought = False
        self._pending = ""
        self._closing = ""
        self._line_is_blank = True
        self._fence = self._span = ""
        # White space before the first word, which is dropped if a thought follows.
        self._blank: str | None = ""

    def feed(self, piece: str) -> tuple[str, bool]:
        """Take a piece; return the text to append, and whether all text before it is void, being a thought."""
        self._pending += piece
        return self._take(_held_length(self._pending))

    def flush(self) -> tuple[str, bool]:
        """Return what was held back, like ``feed``; no piece may follow."""
        return self._take(0)

    def _take(self, held: int) -> tuple[str, bool]:
        end = len(self._pending) - held
        text, self._pending = self._pending[:end], self._pending[end:]
        shown, is_void, position = "", False, 0
        for token in _TOKEN.finditer(text):
            shown += self._text(text[position : token.start()])
            position = token.end()
            kept = self._token(token.group())
            if kept is None:
                shown, is_void = "", True
                self._blank = ""
            else:
                shown += kept
        return shown + self._text(text[position:]), is_void

    def _text(self, text: str) -> str:
        """Return the part of ``text`` to show; it holds no token."""
        if self._closing or not text:
            return ""
        if not text.isspace():
            self._line_is_blank = False
        if self._blank is None:
            return text
        if text.isspace():
            self._blank += text
            return ""
        before, self._blank = self._blank, None
        return text.lstrip() if self.has_thought else before + text

    def _token(self, token: str) -> str | None:
        """Return what to show of a token; None if it ends a thought that was taken for text."""
        tag = token.lower()
        if self._closing:
            if tag == self._closing:
                self._closing, self._line_is_blank = "", True
            return ""
        is_code = bool(self._fence or self._span)
        if tag in _PAIRS and not is_code and self._line_is_blank:
            self._closing, self.has_thought = _PAIRS[tag], True
            return ""
        if tag in _TAGS and tag not in _PAIRS and not is_code and not self.has_thought:
            self.has_thought = self._line_is_blank = True
            return None
        self._note_code(token)
        shown = self._text(token)
        self._line_is_blank = token.isspace()
        return shown

    def _note_code(self, token: str) -> None:
        """Follow code blocks and code spans."""
        if token.isspace():
            self._span = ""
        elif self._fence:
            if self._line_is_blank and token.startswith(self._fence):
                self._fence = ""
        elif len(token) >= 3 and self._line_is_blank:
            self._fence = token
        elif token.startswith("`") and self._span in ("", token):
            self._span = "" if self._span else token


def _held_length(text: str) -> int:
    """Return the length of the end of ``text`` that may be the beginning of a tag or a fence."""
    end = text[-_LONGEST:].lower()
    runs = len(end) - len(end.rstrip(end[-1])) if end.endswith(("`", "~")) else 0
    lengths = (
        length for length in range(len(end), 0, -1) if any(_begins(tag, end[-length:]) for tag in _TAGS)
    )
    return max(runs, next(lengths, 0))


def _begins(tag: str, text: str) -> bool:
    return len(text) < len(tag) and tag.startswith(text)
