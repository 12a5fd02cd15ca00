"""JSON with comments: replaces comments by spaces, so that every character keeps its position."""

import re

# A string, a comment, or a comma before a closing bracket, whichever starts first.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_COMMA_AFTER_BLANKING = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])')


def without_comments(text: str, *, trailing_commas: bool = False) -> str:
    """Return ``text`` with its comments replaced by spaces, and its trailing commas too if ``trailing_commas``.

    Line ends are kept, and so are ``//`` and ``/*`` inside strings.
    """
    blank = _TOKEN.sub(lambda found: _blanked(found.group(), commas=False), text)
    if not trailing_commas:
        return blank
    # A comment between the comma and the bracket hides the comma from the first pass.
    return _COMMA_AFTER_BLANKING.sub(lambda found: _blanked(found.group(), commas=True), blank)


def _blanked(part: str, *, commas: bool) -> str:
    if part.startswith("/"):
        return re.sub(r"[^\n]", " ", part)
    return " " if commas and part == "," else part
