"""Reading a question: which words count, which are names in code, and which places of the code it speaks of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fieldguide_indexer.store.lexical import expand, question_words

_CODE_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|#|/)[A-Za-z_$][\w$]*)*")
_SEPARATOR = re.compile(r"\.|::|->|#|/")
# app/views.py, app/views.py:12 and, as Python's tracebacks say it, "app/views.py", line 12.
_PLACE = re.compile(r"((?:[\w.@-]*[/\\])*[\w@-][\w.@-]*\.[A-Za-z]\w{0,5})(?:\"?,? line |:)?(\d+)?")
# What a program said: after the name of an error, or between quotes.
_MESSAGE = re.compile(r"(?:\b\w*(?:[Ee]rror|Exception|Warning|[Pp]anic)\w*: |[\"`“])([^\"`”\n]{12,300})")
_PLAIN_WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+){2,}")
_PHRASE_WORDS, _MOST_PHRASES = 3, 8
_LONGEST_QUESTION = 20_000
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A file that a question names, with the line it names there; 0 when it names none."""

    path: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question as retrieval sees it.

    ``text`` keeps its lines, for the first of several is its title. ``words`` are content words in lower case,
    identifiers split; ``identifiers`` are the words written as code, as they were written; ``is_symbol`` says that
    nothing but a name was asked. ``phrases`` are words that stood together in a program's message.
    """

    text: str
    words: tuple[str, ...]
    identifiers: tuple[str, ...]
    phrases: tuple[str, ...]
    places: tuple[Place, ...]
    is_symbol: bool

    @property
    def title(self) -> str:
        """The first line: what a commit, an issue or a mail is about."""
        return self.text.split("\n", 1)[0]

    @property
    def has_title(self) -> bool:
        """Whether there is more than one line."""
        return "\n" in self.text

    def mentions(self, *words: str) -> bool:
        """Return whether any of the words is among the question's own."""
        return not frozenset(words).isdisjoint(self.words)

    def means(self, name: str, symbol: str) -> float:
        """From 0 to 1, how surely an identifier of the question means what is called ``name``, in full ``symbol``."""
        return max(
            (_agreement(name_parts(written), name, symbol) for written in self.identifiers), default=0.0
        )


def _agreement(parts: Sequence[str], name: str, symbol: str) -> float:
    *owners, last = [part.lower() for part in parts] or [""]
    if name.lower() != last:
        return 0.3 if name.lower() in owners else 0.0
    same_owner = f".{symbol.lower()}".endswith(f".{'.'.join((*owners, last))}")
    return (1.0 if same_owner else 0.6) * (1.0 if name == parts[-1] else 0.5)


def read_question(text: str) -> Question:
    """Take a question apart. Any text is a question; what is no word by its length is left out of it."""
    text = _readable(text[:_LONGEST_QUESTION])
    tokens = list(dict.fromkeys(_CODE_WORD.findall(text)))
    is_name = len(tokens) == 1 and text == tokens[0]
    identifiers = tokens if is_name else [token for token in tokens if _looks_like_code(token)]
    return Question(
        text=text,
        words=tuple(question_words(text)),
        identifiers=tuple(identifiers),
        phrases=tuple(_phrases(text)),
        places=tuple(_places(text)),
        is_symbol=len(tokens) == 1 and bool(identifiers),
    )


def _readable(text: str) -> str:
    lines = (
        " ".join(word for word in line.split() if len(word) <= _LONGEST_TOKEN) for line in text.splitlines()
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
    """Return each three neighbours of a message: its source has them so, with other words for what varies."""
    runs = (run.lower().split() for said in _MESSAGE.findall(text) for run in _PLAIN_WORDS.findall(said))
    threes = (
        " ".join(run[i : i + _PHRASE_WORDS]) for run in runs for i in range(len(run) - _PHRASE_WORDS + 1)
    )
    return list(dict.fromkeys(threes))[:_MOST_PHRASES]


def _places(text: str) -> list[Place]:
    found = (Place(path.replace("\\", "/"), int(line or 0)) for path, line in _PLACE.findall(text))
    return list(dict.fromkeys(found))


@lru_cache(maxsize=100_000)
def name_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a qualified name: ``Session::open`` has two."""
    return tuple(part for part in _SEPARATOR.split(name) if part)


@lru_cache(maxsize=100_000)
def word_set(text: str) -> frozenset[str]:
    """Return the distinct lower-case words of a name or path, identifiers split."""
    return frozenset(word for piece in re.findall(r"\w+", text) for word in expand(piece).split())
