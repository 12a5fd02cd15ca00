"""Parsing of a query: its content words, the names of code in it, and the files and lines that it mentions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fieldguide_indexer.search.literals import find_literals
from fieldguide_indexer.search.places import MentionedPlace, find_places
from fieldguide_indexer.store.lexical import expand, find_words, query_words

_CODE_WORD = re.compile(r"(?:[^\W\d]|\$)[\w$]*(?:(?:\.|::|->|#|/)(?:[^\W\d]|\$)[\w$]*)*")
_SEPARATOR = re.compile(r"\.|::|->|#|/")
# The message of a program: after the name of an error, or between quotes.
_MESSAGE = re.compile(r"(?:\b\w*(?:[Ee]rror|Exception|Warning|[Pp]anic)\w*: |[\"`“])([^\"`”\n]{12,300})")
_PLAIN_WORDS = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?: [^\W\d_]++){2,}+")
_PHRASE_WORDS, _MAX_PHRASES = 3, 8
_MAX_QUERY_LENGTH = 20_000
_MAX_TOKEN_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    Attributes:
        text: The query with its lines: the first of several is its title.
        words: Content words in lower case, identifiers split.
        identifiers: Words written as code, unchanged.
        phrases: Sequences of words in the message of a program.
        places: Files and lines that are mentioned.
        literals: Text that is meant as it is written; empty if a line of a file is mentioned.
        is_symbol: Whether the query is nothing but a name.
    """

    text: str
    words: tuple[str, ...]
    identifiers: tuple[str, ...]
    phrases: tuple[str, ...]
    places: tuple[MentionedPlace, ...]
    literals: tuple[str, ...]
    is_symbol: bool

    @property
    def title(self) -> str:
        """The first line: the subject of a commit, an issue or a mail."""
        return self.text.split("\n", 1)[0]

    @property
    def has_title(self) -> bool:
        """Whether there is more than one line."""
        return "\n" in self.text

    def mentions(self, *words: str) -> bool:
        """Return whether any of the words is in the query."""
        return not frozenset(words).isdisjoint(self.words)

    def means(self, name: str, symbol: str) -> float:
        """Return how certainly, from 0 to 1, an identifier of the query means the definition ``name``, qualified ``symbol``."""
        return max(
            (_agreement(name_parts(written), name, symbol) for written in self.identifiers), default=0.0
        )


def _agreement(parts: Sequence[str], name: str, symbol: str) -> float:
    *owners, last = [part.lower() for part in parts] or [""]
    if name.lower() != last:
        return 0.3 if name.lower() in owners else 0.0
    same_owner = f".{symbol.lower()}".endswith(f".{'.'.join((*owners, last))}")
    return (1.0 if same_owner else 0.6) * (1.0 if name == parts[-1] else 0.5)


def parse_query(text: str) -> Query:
    """Parse a query. Any text is valid; tokens that are too long to be words are dropped."""
    text = _readable(text[:_MAX_QUERY_LENGTH])
    tokens = list(dict.fromkeys(_CODE_WORD.findall(text)))
    is_name = len(tokens) == 1 and text == tokens[0]
    identifiers = tokens if is_name else [token for token in tokens if _looks_like_code(token)]
    places = find_places(text)
    return Query(
        text=text,
        words=tuple(query_words(text)),
        identifiers=tuple(identifiers),
        phrases=tuple(_phrases(text)),
        places=tuple(places),
        literals=() if any(place.line for place in places) else tuple(_literals(text)),
        is_symbol=len(tokens) == 1 and bool(identifiers),
    )


def _readable(text: str) -> str:
    lines = (
        " ".join(word for word in line.split() if len(word) <= _MAX_TOKEN_LENGTH)
        for line in text.splitlines()
    )
    return "\n".join(line for line in lines if line)


def _looks_like_code(token: str) -> bool:
    inner = token[1:]
    return (
        any(mark in token for mark in ("_", "::", "->", ".", "#", "$"))
        or (any(c.isupper() for c in inner) and any(c.islower() for c in token))
        or any(c.isdigit() for c in inner)
    )


def _phrases(text: str) -> list[str]:
    """Return all sequences of three words of messages: the source has the same, with placeholders for what varies."""
    runs = (
        run.lower().split() for message in _MESSAGE.findall(text) for run in _PLAIN_WORDS.findall(message)
    )
    threes = (
        " ".join(run[i : i + _PHRASE_WORDS]) for run in runs for i in range(len(run) - _PHRASE_WORDS + 1)
    )
    return list(dict.fromkeys(threes))[:_MAX_PHRASES]


def _literals(text: str) -> list[str]:
    """Return the literals of a query that are not the names of files."""
    return [literal for literal in find_literals(text) if not find_places(literal)]


@lru_cache(maxsize=100_000)
def name_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a qualified name: ``Session::open`` has two."""
    return tuple(part for part in _SEPARATOR.split(name) if part)


@lru_cache(maxsize=100_000)
def word_set(text: str) -> frozenset[str]:
    """Return the distinct lower-case words of a name or path, identifiers split."""
    return frozenset(word for piece in find_words(text) for word in expand(piece).split())
