"""The size and the number of branches of code, counted by keywords, in any language."""

import re
from collections.abc import Sequence

_BRANCH = re.compile(
    r"(?<![\w.])(?:if|elif|elsif|unless|for|foreach|while|until|case|when|catch|except|rescue|guard)(?![\w:.=])"
    r"|&&|\|\||(?<![\w.])(?:and|or)(?!\w)|(?<=[\s)\w])\?(?=\s)"
)
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`")
_COMMENT = re.compile(r"^\s*(?:#|//|/?\*|--|;).*|\s(?://|#)\s.*")
_TRIPLE_QUOTED = re.compile(r"(\"\"\"|''').*?\1", re.DOTALL)
_MANY_LINES = 60
_MANY_BRANCHES = 15


def describe_size(lines: Sequence[str]) -> str:
    """Return a sentence on size and branches, such as "32 lines, 5 branches.", with a hint if there are many."""
    text = _TRIPLE_QUOTED.sub(lambda doc: "\n" * doc.group().count("\n"), "\n".join(lines))
    code = [_COMMENT.sub("", _STRING.sub("", line)) for line in text.split("\n")]
    branches = sum(len(_BRANCH.findall(line)) for line in code)
    size = sum(1 for line in lines if line.strip())
    counts = f"{_count(size, 'line')}, {_count(branches, 'branch')}"
    if branches >= _MANY_BRANCHES:
        return f"{counts}: many branches, so cover changes with tests."
    return f"{counts}: long, so consider splitting it." if size >= _MANY_LINES else f"{counts}."


def _count(number: int, noun: str) -> str:
    plural = "es" if noun.endswith("ch") else "s"
    return f"{number or 'no'} {noun}{'' if number == 1 else plural}"
