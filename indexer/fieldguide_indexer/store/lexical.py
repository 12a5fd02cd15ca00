"""Words of chunks, queries and answers, in every script: identifiers complete and split.

The full-text table is in the catalog (``catalog.py``), so that text and words change in one transaction.
"""

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

LEXICAL_VERSION = 2
# Marks, like the vowel signs of Devanagari, belong to their word.
TOKENIZER = "porter unicode61 categories 'L* N* Co M*' tokenchars '_'"
# Weights of a word in the text, path and symbol of a chunk: the columns of the full-text table. The
# text comes first since FTS5 stores the column of each posting except for the first column.
COLUMN_WEIGHTS = (1.0, 1.5, 3.0)

_WORD = re.compile(r"[^\W_](?:[\w]*[^\W_])?")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# Scripts that are written without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LONGEST_WORD = 64
_MOST_STEMS = 200_000

STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "down",
        "each",
        "else",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "give",
        "given",
        "go",
        "goes",
        "had",
        "has",
        "have",
        "having",
        "here",
        "how",
        "however",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "let",
        "like",
        "made",
        "make",
        "makes",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "much",
        "must",
        "my",
        "need",
        "needs",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "please",
        "same",
        "she",
        "should",
        "show",
        "so",
        "some",
        "such",
        "take",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "us",
        "use",
        "used",
        "uses",
        "using",
        "very",
        "want",
        "was",
        "way",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
    ]
)


def find_words(text: str) -> list[str]:
    """Return the words of a text, in Unicode's form NFKC and in their own case, identifiers complete."""
    if text.isascii():
        return _WORD.findall(text)
    return _any_word().findall(unicodedata.normalize("NFKC", text))


def split_word(word: str) -> tuple[str, ...]:
    """Return the parts of a word in their own case.

    Identifiers are split at underscores, capitals and digits: ``calcularAñoFiscal`` has calcular, Año and Fiscal. Scripts
    without spaces are cut into overlapping pairs of characters.
    """
    if word.isascii():
        return tuple(part for piece in word.split("_") for part in _PART.findall(piece))
    runs = ("".join(run) for _, run in groupby(word, key=lambda c: _SPACELESS.match(c) is not None))
    return tuple(
        part for run in runs for part in (_pairs(run) if _SPACELESS.match(run) else _cased_parts(run))
    )


@lru_cache(maxsize=200_000)
def expand(word: str) -> str:
    """Return the word in lower case followed by its parts in lower case, space separated. See ``split_word``."""
    lowered = word.lower()[:_LONGEST_WORD]
    if len(word) > _LONGEST_WORD and not _SPACELESS.search(word):
        return lowered
    if word.isascii() and word.isalpha() and (word.islower() or word[1:].islower() or len(word) == 1):
        return lowered
    parts = [part.lower() for part in split_word(word)]
    return lowered if parts == [lowered] else " ".join([lowered, *parts])


def words_of(text: str) -> str:
    """Return the text as the full-text table stores it: every word expanded, space separated."""
    return " ".join([expand(word) for word in find_words(text)])


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _cased_parts(run: str) -> list[str]:
    """Return the parts of a run of letters with upper and lower case, marks and digits of any script."""
    return [run[part.start() : part.end()] for part in _PART.finditer(ascii_shape(run))]


class _Shapes(dict[int, int]):
    """The ASCII character that stands for each character, found when first needed."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        if code < 0x80 or not (character.isalnum() or unicodedata.category(character)[0] == "M"):
            shape = character
        elif _SPACELESS.match(character):
            shape = " "
        else:
            shape = "0" if character.isdecimal() else "A" if character.isupper() else "a"
        self[code] = ord(shape)
        return self[code]


_SHAPES = _Shapes()


def ascii_shape(text: str) -> str:
    """Return a text of the same length with ``a``, ``A`` and ``0`` for other letters and digits than those of ASCII.

    Patterns for identifiers then need to know no other letters. Characters of scripts without spaces become spaces.
    """
    return text if text.isascii() else text.translate(_SHAPES)


@lru_cache(maxsize=1)
def _any_word() -> re.Pattern[str]:
    """Return ``_WORD`` with combining marks, which are no word characters to ``re``. It takes milliseconds to build."""
    marks = "".join(c for c in map(chr, range(0x300, 0xFE30)) if unicodedata.category(c)[0] == "M")
    inside = rf"[\w{marks}]"
    return re.compile(rf"[^\W_](?:{inside}*(?:[^\W_]|[{marks}]))?")


def query_words(question: str) -> list[str]:
    """Return the distinct content words of a query, expanded, in order of appearance, without stop words.

    A query that consists only of stop words keeps them.
    """
    words = list(dict.fromkeys(words_of(question).split()))
    content = [word for word in words if word not in STOP_WORDS]
    return content or words


def stems(words: Iterable[str]) -> dict[str, str]:
    """Return each word's stem, as in the full-text table."""
    return _stemmer().stems(words)


class _Stemmer:
    """SQLite's stemmer. It is only accessible through a full-text table, here a small one in memory.

    Results are cached: filling the table costs more than the rest of parsing a query.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._table = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._table.execute(f'CREATE VIRTUAL TABLE t USING fts5(word, tokenize="{TOKENIZER}")')
        self._table.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")

    def stems(self, words: Iterable[str]) -> dict[str, str]:
        with self._lock:
            distinct = frozenset(words)
            if len(self._known) > _MOST_STEMS:
                self._known.clear()
            if unknown := [word for word in distinct if word not in self._known]:
                self._learn(unknown)
            return {word: self._known[word] for word in distinct}

    def _learn(self, words: Sequence[str]) -> None:
        self._table.execute("BEGIN")
        self._table.executemany("INSERT INTO t(rowid, word) VALUES(?, ?)", list(enumerate(words)))
        found = dict(self._table.execute("SELECT doc, term FROM v").fetchall())
        self._table.execute("ROLLBACK")
        self._known.update((word, found.get(row, word)) for row, word in enumerate(words))


@lru_cache(maxsize=1)
def _stemmer() -> _Stemmer:
    return _Stemmer()
