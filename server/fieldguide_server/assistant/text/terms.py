"""Lines as editors count them, and the words in them."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
_WORD = re.compile(r"\w+")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|--|;|@|\"\"\")")
_HEADING = re.compile(r"#{1,6} ")
_LONGEST_COMMENT = 30
_FARTHEST = 2_000
_MOST_PLACES = 500
_CLOSING = (")", "]", "}")
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
        handles happen happens has have here how i if implement implementation implemented in inside
        instead into is it its kind let list located made make makes many may me mean means method
        might much must my need no not of off on one only or other our out place project repo
        repository responsible same shall she should show so some such take takes tell than that the
        their them then there these they thing this those through to up use used uses using via want
        was way we were what when where which while who why will with within without work works
        would you your
        """
    )
)

_FILE_NAME = re.compile(
    r"(?:.*/)?[\w.@+~\[\]-]*\.(?:bat|c|cc|cfg|cjs|clj|conf|cpp|cs|css|csv|dart|env|erl|exs?|go|gradle|h|hpp|hs|html?|in|"
    r"ini|java|jl|jsx?|json|kts?|lock|lua|md|mdx|mjs|ml|mod|php|pl|properties|proto|ps1|py|pyi|r|rb|rs|rst|scala|scss|sh|"
    r"sql|sum|svelte|svg|swift|tf|toml|tsx?|txt|vue|xml|ya?ml|zig)"
)

# Words that begin questions in German, French, Spanish, Portuguese, Italian and Dutch, and in no English one.
_FOREIGN_QUESTIONS = frozenset(
    _WORD.findall(
        """
        wo wie warum wann welche welcher welches wieso woher où comment pourquoi quand quel quelle quels quelles
        dónde donde cómo como qué cuál cuándo por onde qual quando dove quale perché waar hoe waarom wanneer welke
        """
    )
)
_FOREIGN_STOP_WORDS = _FOREIGN_QUESTIONS | frozenset(
    _WORD.findall(
        """
        aus das dass de dem den der des die ein eine einem einen einer el elle en es est et für gli het il im is
        ist la las le les lo los mit nicht of on os para per pour que qui se sich sind son sont su sur um un una
        une uma und van von voor vom was werden wird wordt worden y zijn zu zum zur é è são está do da dos das
        nos nas dans par avec
        """
    )
)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends. Only LF, CRLF and CR end a line."""
    return _LINE_END.split(text)


def stem(word: str) -> str:
    """Return a word without its common English endings, so that "signed", "signing" and "signer" meet. Lower case."""
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
    """Return the words in an identifier: ``get_signingKey`` gives get, signing, Key; ``OAuth`` and ``iOS`` are one."""
    found = _PART.findall(word)
    return [word] if len(found) == 2 and min(map(len, found)) == 1 and word.isalpha() else found


def terms(text: str) -> dict[str, str]:
    """Return the content words of a text, in order: stem to the word as it was written first."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        for part in parts(word):
            if part.lower() not in STOP_WORDS and (len(part) > 1 or not part.isascii()):
                found.setdefault(stem(part), part)
    return found


def is_foreign(text: str) -> bool:
    """Return whether a text begins as questions do in one of six languages that are not English."""
    return any(word.lower() in _FOREIGN_QUESTIONS for word in _WORD.findall(text[:200])[:3])


def question_terms(question: str) -> dict[str, str]:
    """Return the content words of a question, as ``terms`` gives them, also of one in another language than English."""
    found = terms(question)
    if not is_foreign(question):
        return found
    return {stem_: word for stem_, word in found.items() if word.lower() not in _FOREIGN_STOP_WORDS}


def around(line: str, words: Iterable[str], size: int) -> str:
    """At most ``size`` characters of a line, those where most of these words stand; "…" stands for the rest."""
    if len(line) <= size:
        return line
    lower = line.lower()
    roots = {root if (root := stem(word)) in word.lower() else word.lower() for word in words}
    found = sorted(match.start() for root in roots for match in re.finditer(re.escape(root), lower))
    starts = [0, *(max(0, at - size // 4) for at in found[:_MOST_PLACES])]
    start = max(starts, key=lambda at: sum(root in lower[at : at + size] for root in roots))
    return f"{'… ' * (start > 0)}{line[start : start + size]}{' …' * (start + size < len(line))}"


def stems(text: str) -> frozenset[str]:
    """Return the distinct stems of a text, identifiers split; stop words are gone."""
    return frozenset(terms(text))


def code_names(text: str) -> tuple[str, ...]:
    """Return words that are written as code: snake_case, camelCase, ManyCapitalWords or called()."""
    return tuple(dict.fromkeys(match.group() for match in _CODE_LIKE.finditer(text)))


def is_file_name(text: str) -> bool:
    """Return whether a word names a file, by its slashes or its ending; ``app.run`` does not."""
    return "/" in text or _FILE_NAME.fullmatch(text) is not None


def rarity(wanted: Iterable[str], line_stems: Sequence[frozenset[str]]) -> dict[str, float]:
    """Return how telling each wanted stem is among these lines: the fewer hold it, the more. 0 when none does."""
    frequency = Counter(stem_ for found in line_stems for stem_ in found)
    total = len(line_stems)
    return {word: math.log(1 + total / frequency[word]) if frequency[word] else 0.0 for word in wanted}


def best_score(line_stems: Sequence[frozenset[str]], weights: Mapping[str, float], size: int) -> float:
    """Return how much the run of ``size`` lines says that says most: the weights of its different words."""
    inside: Counter[str] = Counter()
    score = best = 0.0
    for number, found in enumerate(line_stems):
        for word in found & weights.keys():
            score += 0 if inside[word] else weights[word]
            inside[word] += 1
        for word in line_stems[number - size] & weights.keys() if number >= size else ():
            inside[word] -= 1
            score -= 0 if inside[word] else weights[word]
        best = max(best, score)
    return best


def enclosing(lines: Sequence[str], number: int) -> list[int]:
    """Return the lines that line ``number`` stands under, 1-based.

    First the comment or the decorators right above it, then, nearest first, headers by their indentation and headings.
    """
    before = range(min(number, len(lines) + 1) - 1, 0, -1)
    indent = _depth(next((line for line in lines[number - 1 :] if line.strip()), ""))
    headers = []
    for at in before[:_FARTHEST]:
        line = lines[at - 1]
        if line.strip() and (_depth(line) < indent or _HEADING.match(line)):
            headers.append(at)
            indent = _depth(line)
        if not indent:
            break
    return _comment(lines, before[:_LONGEST_COMMENT]) + headers


def _comment(lines: Sequence[str], before: Iterable[int]) -> list[int]:
    """Return the comment, the decorators or the doc in triple quotes that end where these line numbers begin."""
    found, quoted = [], False
    for at in before:
        line = lines[at - 1]
        if line.count('"""') == 1:
            quoted = not quoted
        elif not quoted and not _COMMENT.match(line):
            break
        found.append(at)
    return found


def _depth(line: str) -> int:
    """Return how far a line is indented. One that only closes a bracket has its header further up, equally deep."""
    bare = line.lstrip()
    return len(line) - len(bare) + (bare[:1] in _CLOSING)


def best_window(
    line_stems: Sequence[frozenset[str]], weights: Mapping[str, float], size: int
) -> tuple[int, int]:
    """Return the run of at most ``size`` lines with the most telling words, as a half-open range of positions.

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
