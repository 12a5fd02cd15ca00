"""Lines as editors count them, and the words in them."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
_WORD = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")
# Two capitals ("GitHub") are a name of the world as often as of the code; three are code.
_CODE_LIKE = re.compile(
    r"\b(?=\w*[a-zA-Z])(?:\w*[a-zA-Z0-9]_\w+|_\w+|[a-z]+[A-Z]\w*|(?:[A-Z][a-z0-9]+){3,})\b|\b\w+(?=\(\))"
)

# Words of questions, not of subjects: they say nothing about which passage is meant.
STOP_WORDS = frozenset(
    _WORD.findall(
        """
        a about after all also an and any are as at be been before being between but by can code
        codebase could define defined describe did do does doing done each else every exactly
        explain file files find for from function functions give given gives had handle handled
        handles happen happens has have how i if implement implementation implemented in inside
        instead into is it its kind let list located made make makes many may me mean means method
        might much must my need no not of off on one only or other our out place project repo
        repository responsible same shall she should show so some such take takes tell than that the
        their them then there these they thing this those through to up use used uses using via want
        was way we were what when where which while who why will with within without work works
        would you your
        """
    )
)


def split_lines(text: str) -> list[str]:
    """The lines of a text without their ends. Only LF, CRLF and CR end a line."""
    return _LINE_END.split(text)


def stem(word: str) -> str:
    """A word without its common English endings, so that "signed", "signing" and "signer" meet. Lower case."""
    word = word.lower()
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending, least in (("ing", 6), ("ed", 5), ("ion", 8), ("er", 6), ("or", 6), ("e", 4)):
        if word.endswith(ending) and len(word) >= least:
            word = word[: -len(ending)]
            break
    if len(word) > 6 and word.endswith("at"):
        word = word[:-2]
    if len(word) > 2 and word.endswith("y"):
        word = word[:-1] + "i"
    doubled = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word


def parts(word: str) -> list[str]:
    """The words in an identifier: ``get_signingKey`` gives get, signing, Key."""
    return _PART.findall(word)


def terms(text: str) -> dict[str, str]:
    """The content words of a text, in order: stem to the word as it was written first."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        for part in parts(word):
            if part.lower() not in STOP_WORDS and (len(part) > 1 or not part.isascii()):
                found.setdefault(stem(part), part)
    return found


def stems(text: str) -> frozenset[str]:
    """The distinct stems of a text, identifiers split; stop words are gone."""
    return frozenset(terms(text))


def code_names(text: str) -> tuple[str, ...]:
    """Words that are written as code: snake_case, camelCase, ManyCapitalWords or called()."""
    return tuple(dict.fromkeys(match.group() for match in _CODE_LIKE.finditer(text)))


def rarity(wanted: Iterable[str], line_stems: Sequence[frozenset[str]]) -> dict[str, float]:
    """How telling each wanted stem is among these lines: the fewer hold it, the more. 0 when none does."""
    frequency = Counter(stem_ for found in line_stems for stem_ in found)
    total = len(line_stems)
    return {word: math.log(1 + total / frequency[word]) if frequency[word] else 0.0 for word in wanted}


def best_window(
    line_stems: Sequence[frozenset[str]], weights: Mapping[str, float], size: int
) -> tuple[int, int]:
    """The run of at most ``size`` lines with the most telling words, as a half-open range of positions.

    Different words count in full; a word's further lines count a little, so that the densest of equals wins.
    """
    found = [[word for word in words if word in weights] for words in line_stems]
    best, best_score = 0, -1.0
    for start in range(max(1, len(found) - size + 1)):
        window = found[start : start + size]
        distinct = sum(weights[word] for word in {word for words in window for word in words})
        middle = sum(weights[word] for words in window[1:-1] for word in words)
        if (score := distinct + 0.1 * middle) > best_score:
            best, best_score = start, score
    return best, min(best + size, len(found))
