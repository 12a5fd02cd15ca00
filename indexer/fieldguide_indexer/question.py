"""Reading a question: which words count, which look like code, and what kind of question it is."""

import re
from dataclasses import dataclass

from fieldguide_indexer.store.lexical import expand, question_words

_CODE_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|#|/)[A-Za-z_$][\w$]*)*")
_PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]+|\b[\w-]+\.[A-Za-z]{1,5}\b")
_MANY_WORDS = 25
_LONGEST_QUESTION = 20_000
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A question as retrieval sees it.

    ``words`` are content words in lower case, identifiers split; ``identifiers`` are the words written as code, in
    their own case; ``paths`` the ones that look like file names; ``is_symbol`` says that nothing else was asked.
    """

    text: str
    words: tuple[str, ...]
    identifiers: tuple[str, ...]
    paths: tuple[str, ...]
    is_symbol: bool
    is_long: bool

    def mentions(self, *words: str) -> bool:
        """Whether any of the words is among the question's own."""
        return not frozenset(words).isdisjoint(self.words)


def read_question(text: str) -> Question:
    """Takes a question apart. Any text is a question; what is no word by its length is left out of it."""
    pieces = [piece for piece in text[:_LONGEST_QUESTION].split() if len(piece) <= _LONGEST_TOKEN]
    text = " ".join(pieces)
    words = question_words(text)
    tokens = _CODE_WORD.findall(text)
    identifiers = [part for token in tokens if _looks_like_code(token) for part in _names_in(token)]
    if len(tokens) == 1 and not identifiers and text == tokens[0]:
        identifiers = [tokens[0]]
    return Question(
        text=text,
        words=tuple(words),
        identifiers=tuple(dict.fromkeys(identifiers)),
        paths=tuple(dict.fromkeys(path for piece in pieces for path in _PATH.findall(piece))),
        is_symbol=len(tokens) == 1 and bool(identifiers),
        is_long=len(words) > _MANY_WORDS,
    )


def _looks_like_code(token: str) -> bool:
    inner = token[1:]
    return (
        any(mark in token for mark in ("_", "::", "->", ".", "#", "$"))
        or (any(c.isupper() for c in inner) and any(c.islower() for c in token))
        or any(c.isdigit() for c in inner)
    )


def _names_in(token: str) -> list[str]:
    parts = [part for part in re.split(r"\.|::|->|#|/", token) if part]
    return [token, *reversed(parts)] if len(parts) > 1 else parts


def word_set(text: str) -> frozenset[str]:
    """The distinct lower-case words of a name or path, identifiers split."""
    return frozenset(word for piece in re.findall(r"\w+", text) for word in expand(piece).split())
