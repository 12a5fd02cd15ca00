"""The words of chunks and questions: identifiers whole and split, as the BM25 leg counts them.

The full-text table itself lives in the catalog (``catalog.py``), so that text and words change in one transaction.
"""

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache

LEXICAL_VERSION = 1
TOKENIZER = "porter unicode61 tokenchars '_'"

_WORD = re.compile(r"[^\W_](?:[\w]*[^\W_])?")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST_WORD = 64

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
    """The word in lower case followed by its camel, snake and digit parts, space separated."""
    whole = word.lower()
    if len(word) > _LONGEST_WORD:
        return whole[:_LONGEST_WORD]
    if _CJK.search(word):
        return " ".join([whole, *(whole[i : i + 2] for i in range(len(whole) - 1))])
    if word.isalpha() and (word.islower() or (word[1:].islower() or len(word) == 1)):
        return whole
    parts = [part.lower() for piece in word.split("_") for part in _PART.findall(piece)]
    return whole if parts == [whole] else " ".join([whole, *parts])


def words_of(text: str) -> str:
    """The text as the full-text table stores it: every word expanded, space separated."""
    return " ".join([expand(word) for word in _WORD.findall(text)])


def question_words(question: str) -> list[str]:
    """The distinct content words of a question, expanded, in order of appearance; stop words dropped.

    A question of stop words alone keeps them: something must be looked for.
    """
    words = list(dict.fromkeys(words_of(question).split()))
    content = [word for word in words if word not in STOP_WORDS]
    return content or words


def stems(words: Sequence[str]) -> dict[str, str]:
    """Each word's stem, as the full-text table makes it: asked of a table of the same kind in memory."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(word, tokenize="{TOKENIZER}")')
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
        connection.executemany("INSERT INTO t(rowid, word) VALUES(?, ?)", list(enumerate(words)))
        return {words[row]: term for term, row in connection.execute("SELECT term, doc FROM v")}
    finally:
        connection.close()
