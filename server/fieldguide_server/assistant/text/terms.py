"""The words of a text: stems of its content words, names of code, and names of files."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from fieldguide_indexer import ascii_shape, find_words, split_word

_WORD = re.compile(r"\w+")
# A word with two capitals ("GitHub") is as often a product as a name of code; with three it is code.
_CODE_LIKE = re.compile(
    r"\b(?=\w*[a-zA-Z])(?:\w*[a-zA-Z0-9]_\w+|_\w+|[a-z]+[A-Z]\w*|(?:[A-Z][a-z0-9]+){3,})\b|\b\w+(?=\(\))"
)

_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_SEPARATOR = re.compile(r"\.|::|->|#")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)*")

# Words that questions have in common: they do not tell one passage from another.
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

# Accents that do not make another word: those of Latin, Greek and Cyrillic letters.
_ACCENT = re.compile("[\u0300-\u036f]")
# Letters outside of the Latin blocks.
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")

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
        在哪 哪里 哪儿 哪个 怎么 怎样 如何 什么 为什 时候 どこ です ます した する この どう こで 어디 어떻 무엇
        где как что почему когда какой какая в и на по для это
        """
    )
)


def stem(word: str) -> str:
    """Return a word in lower case without common English endings: "signed", "signing" and "signer" are equal."""
    word = word.lower()
    if not word.isascii():
        word = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", word)))
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


@lru_cache(maxsize=20_000)
def parts(word: str) -> Sequence[str]:
    """Return the words of an identifier: ``get_signingKey`` has get, signing and Key; ``OAuth`` and ``iOS`` have one."""
    found = split_word(word)
    return (word,) if len(found) == 2 and min(map(len, found)) == 1 and word.isalpha() else found


def terms(text: str) -> dict[str, str]:
    """Return the content words of a text in order: each stem with the word as it was first written."""
    found: dict[str, str] = {}
    for word in find_words(text):
        for part in parts(word):
            if part.lower() not in STOP_WORDS and (len(part) > 1 or not part.isascii()):
                found.setdefault(stem(part), part)
    return found


def is_foreign(text: str) -> bool:
    """Return whether a text is a question in a language other than English: by its first words, or by its script."""
    words = [word.lower() for word in _WORD.findall(text[:200])]
    if "¿" in text or not _FOREIGN_QUESTIONS.isdisjoint(words[:3]):
        return True
    return _NOT_LATIN.search(text) is not None and STOP_WORDS.isdisjoint(words)


def question_terms(question: str) -> dict[str, str]:
    """Return the content words of a question like ``terms``, without the stop words of its language."""
    found = terms(question)
    if not is_foreign(question):
        return found
    return {stem_: word for stem_, word in found.items() if word.lower() not in _FOREIGN_STOP_WORDS}


def stems(text: str) -> frozenset[str]:
    """Return the distinct stems of a text, without stop words; identifiers are split into their words."""
    return frozenset(terms(text))


def code_names(text: str) -> tuple[str, ...]:
    """Return the words that are written like code: snake_case, camelCase, ManyCapitalWords or called()."""
    matches = _CODE_LIKE.finditer(ascii_shape(text))
    return tuple(dict.fromkeys(text[match.start() : match.end()] for match in matches))


def is_file_name(text: str) -> bool:
    """Return whether a word is the name of a file, by its slashes or its suffix; ``app.run`` is not."""
    return "/" in text or _FILE_NAME.fullmatch(text) is not None


def without_code(sentence: str) -> str:
    """Return a sentence without its code in backticks."""
    return _CODE_SPAN.sub(" ", sentence)


def name_parts(name: str) -> list[str]:
    """Return the parts of a qualified name: ``Store.save``, ``Store::save`` and ``Store#save`` have two."""
    return _SEPARATOR.split(name)


def names_in(sentence: str) -> tuple[str, ...]:
    """Return the names of code in a sentence, in backticks or by their form; file names are left out."""
    spans = [text for text in _CODE_SPAN.findall(sentence) if not is_file_name(text)]
    quoted = [name for text in spans for name in _NAME.findall(text)]
    plain = code_names(without_code(sentence))
    return tuple(dict.fromkeys([*quoted, *plain]))
