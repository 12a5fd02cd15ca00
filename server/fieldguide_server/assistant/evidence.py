"""Do these lines say it? The proof of one citation, by its quote or by the names in its claim."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from fieldguide_server.assistant.lines import code_names, split_lines, stems

# A quote this far from the cited lines was miscounted; further away only a unique one can be meant.
NEAR_LINES = 30
WIDEST_RANGE = 150
_WIDEST_GAP = 12
_MOST_PLACES = 200
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LINE_MARK = re.compile(r"^\s*(?:\d+\s*[|│])?\s*(?:#+|//+|/?\*+|>+|--+|;+)?")
_ELLIPSIS = re.compile(r"\.\.\.|…")
_SPAN = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|#)[A-Za-z_$][\w$]*)*")
_SEPARATOR = re.compile(r"\.|::|->|#")
_FILE_NAME = re.compile(r"(?:^|.*/)[\w-]*\.[a-z]{1,5}$|.*/.*")


class FileText:
    """A file's lines, with what the checks need of them, made once."""

    def __init__(self, text: str) -> None:
        self.lines = split_lines(text)

    @cached_property
    def tokens(self) -> "Tokens":
        """The whole file, token by token."""
        return Tokens.of(self.lines)

    @cached_property
    def stems(self) -> list[frozenset[str]]:
        """The stems of each line."""
        return [stems(line) for line in self.lines]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words and marks without the space between them, and without the marks of comments at the starts of lines.

    ``joined`` holds them between NULs, ``numbers`` the line of each.
    """

    joined: str
    numbers: Sequence[int]

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Tokens":
        """Takes lines apart."""
        found: list[str] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, start=1):
            tokens = _TOKEN.findall(_LINE_MARK.sub("", line))
            found += tokens
            numbers += [number] * len(tokens)
        return cls("\0" + "".join(f"{token}\0" for token in found), numbers)

    def find(self, wanted: "Tokens") -> list[tuple[int, int]]:
        """The lines, first and last, of each place where the wanted tokens stand in a row."""
        places: list[tuple[int, int]] = []
        at, index, counted = self.joined.find(wanted.joined), 0, 0
        while at >= 0 and len(places) < _MOST_PLACES:
            index += self.joined.count("\0", counted, at)
            places.append((self.numbers[index], self.numbers[index + len(wanted.numbers) - 1]))
            counted, at = at, self.joined.find(wanted.joined, at + 1)
        return places


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file, 1-based and inclusive; they may lie outside of it, being only claimed."""

    file: FileText
    start: int
    end: int

    @property
    def exists(self) -> bool:
        """Whether the file has these lines."""
        return 1 <= self.start <= self.end <= len(self.file.lines)

    @property
    def text(self) -> str:
        """The text of the lines."""
        return "\n".join(self.file.lines[self.start - 1 : self.end])


def proven(place: Place, quote: str, claim: str, known: Callable[[str], bool]) -> tuple[int, int] | None:
    """The lines that say it, which may differ from the cited ones; None when none do.

    Args:
        place: The cited lines.
        quote: The words that should stand there, "" if none were given.
        claim: The sentence that cites, without its citations.
        known: Tells whether a name stands anywhere in the workspace.
    """
    names = names_in(claim)
    if any(_invented(name, place.file.lines, known) for name in names):
        return None
    if quote:
        return _by_quote(place, quote)
    if not place.exists or place.end - place.start >= WIDEST_RANGE:
        return None
    return (place.start, place.end) if _by_words(place, names, claim) else None


def names_in(claim: str) -> tuple[str, ...]:
    """The names in a claim that are written as code, in backticks or by their form; file names are none."""
    spans = [text for text in _SPAN.findall(claim) if not _FILE_NAME.match(text)]
    quoted = [name for text in spans for name in _NAME.findall(text)]
    plain = code_names(_SPAN.sub(" ", claim))
    return tuple(dict.fromkeys([*quoted, *plain]))


def _invented(name: str, lines: Sequence[str], known: Callable[[str], bool]) -> bool:
    for part in _SEPARATOR.split(name):
        unusual = len(part) > 3 and ("_" in part.strip("_") or re.search(r"[a-z][A-Z]|^[A-Z]+[a-z]", part))
        if unusual and not any(_stands(part, line) for line in lines) and not known(part):
            return True
    return False


def _by_words(place: Place, names: Sequence[str], claim: str) -> bool:
    """A telling name of the claim must stand in the lines; without one, two telling words must."""
    few = max(5, len(place.file.lines) // 20)
    last_parts = dict.fromkeys(_SEPARATOR.split(name)[-1] for name in names)
    counts = {name: sum(_stands(name, line) for line in place.file.lines) for name in last_parts}
    cited = place.text
    telling = [name for name, count in counts.items() if 0 < count <= few]
    if telling or (counts and not any(counts.values())):
        return any(_stands(name, cited) for name in telling)
    common = sum(1 for name, count in counts.items() if count > few and _stands(name, cited))
    words = stems(_SPAN.sub(" ", claim)) & stems(cited)
    rare = [word for word in words if sum(word in found for found in place.file.stems) <= few]
    return common + len(rare) >= 2


def _stands(name: str, text: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(name) : at + len(name) + 1]
        if not _is_word(before) and not _is_word(after):
            return True
        at = text.find(name, at + 1)
    return False


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _by_quote(place: Place, quote: str) -> tuple[int, int] | None:
    found = find_quote(place.file, quote)
    inside = [(start, end) for start, end in found if place.start <= start and end <= place.end]
    if inside and place.exists and place.end - place.start < WIDEST_RANGE:
        return place.start, place.end
    if not found:
        return None
    nearest = min(found, key=lambda lines: abs(lines[0] - place.start))
    near = abs(nearest[0] - place.start) <= NEAR_LINES
    return nearest if inside or near or len(found) == 1 else None


def find_quote(file: FileText, quote: str) -> list[tuple[int, int]]:
    """Where a quote stands, as 1-based inclusive lines. Spaces, line breaks and comment marks may differ."""
    for wording in dict.fromkeys((quote, quote.replace('\\"', '"').replace("\\'", "'"))):
        for pieces in ([wording], _ELLIPSIS.split(wording)):
            if found := _find_pieces(file, [Tokens.of(split_lines(piece)) for piece in pieces]):
                return found
    return []


def _find_pieces(file: FileText, pieces: Sequence[Tokens]) -> list[tuple[int, int]]:
    """Where the pieces stand in their order, a few lines apart at most; nowhere if they prove nothing."""
    pieces = [piece for piece in pieces if piece.numbers]
    if sum(character.isalnum() for piece in pieces for character in piece.joined) < 4:
        return []
    found = file.tokens.find(pieces[0])
    for piece in pieces[1:]:
        following = file.tokens.find(piece)
        nexts = [(start, _next_end(end, following)) for start, end in found]
        found = [(start, end) for start, end in nexts if end]
    return found


def _next_end(after: int, places: Sequence[tuple[int, int]]) -> int:
    return next((end for start, end in places if after <= start <= after + _WIDEST_GAP), 0)
