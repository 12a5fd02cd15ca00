"""Words of chunks and queries for BM25: identifiers complete and split.

The full-text table is in the catalog (``catalog.py``), so that text and words change in one transaction.
"""

import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache

LEXICAL_VERSION = 1
TOKENIZER = "porter unicode61 tokenchars '_'"
# Weights of a word in the text, path and symbol of a chunk: the columns of the full-text table. The
# text comes first since FTS5 stores the column of each posting except for the first column.
COLUMN_WEIGHTS = (1.0, 1.5, 3.0)

_WORD = re.compile(r"[^\W_](?:[\w]*[^\W_])?")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
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


@lru_cache(maxsize=200_000)
def expand(word: str) -> str:
    """Return the word in lower case followed by its camel, snake and digit parts, space separated."""
    lowered = word.lower()
    if len(word) > _LONGEST_WORD:
        return lowered[:_LONGEST_WORD]
    if _CJK.search(word):
        return " ".join([lowered, *(lowered[i : i + 2] for i in range(len(lowered) - 1))])
    if word.isalpha() and (word.islower() or (word[1:].islower() or len(word) == 1)):
        return lowered
    parts = [part.lower() for piece in word.split("_") for part in _PART.findall(piece)]
    return lowered if parts == [lowered] else " ".join([lowered, *parts])


def words_of(text: str) -> str:
    """Return the text as the full-text table stores it: every word expanded, space separated."""
    return " ".join([expand(word) for word in _WORD.findall(text)])


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
