"""Do these lines say it? The proof of one citation, by its quote or by the names in its claim."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from fieldguide_server.assistant.text.lines import enclosing, split_lines
from fieldguide_server.assistant.text.terms import names_in, stems
from fieldguide_server.assistant.text.weights import best_score, rarity

# A quote this far from the cited lines was miscounted; further away only a unique one can be meant.
NEAR_LINES = 30
WIDEST_RANGE = 150
_WIDEST_GAP = 12
# Cited lines with less than this share of what the best lines of the file say of a claim are the wrong ones.
_LEAST_SHARE = 0.5
_MOST_PLACES = 200
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LINE_MARK = re.compile(r"^\s*(?:\d+\s*[|│])?\s*(?:#+|//+|/?\*+|>+|--+|;+)?")
_ELLIPSIS = re.compile(r"\.\.\.|…")
_SPAN = re.compile(r"`([^`\n]+)`")
_SEPARATOR = re.compile(r"\.|::|->|#")


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
        """Take lines apart."""
        found: list[str] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, start=1):
            tokens = _TOKEN.findall(_LINE_MARK.sub("", line))
            found += tokens
            numbers += [number] * len(tokens)
        return cls("\0" + "".join(f"{token}\0" for token in found), numbers)

    def find(self, wanted: "Tokens") -> list[tuple[int, int]]:
        """Return the lines, first and last, of each place where the wanted tokens stand in a row."""
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

    @property
    def above(self) -> list[str]:
        """The lines that the cited ones stand under: headers of their definitions, and the comment before them."""
        return [self.file.lines[number - 1] for number in enclosing(self.file.lines, self.start)]

    @property
    def around(self) -> frozenset[str]:
        """The stems of the lines above."""
        return frozenset().union(*(stems(line) for line in self.above))


def proven(place: Place, quote: str, claim: str, known: Callable[[str], bool]) -> tuple[int, int] | None:
    """Return the lines that say it, which may differ from the cited ones; None when none do.

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
        return _by_quote(place, quote, names)
    if not place.exists or place.end - place.start >= WIDEST_RANGE:
        return None
    return (place.start, place.end) if _by_words(place, names, claim) else None


def _invented(name: str, lines: Sequence[str], known: Callable[[str], bool]) -> bool:
    for part in _SEPARATOR.split(name):
        unusual = len(part) > 3 and ("_" in part.strip("_") or re.search(r"[a-z][A-Z]|^[A-Z]+[a-z]", part))
        if unusual and not any(_stands(part, line) for line in lines) and not known(part):
            return True
    return False


def _by_words(place: Place, names: Sequence[str], claim: str) -> bool:
    """Return whether the lines hold the claim's names and words, and no other lines of the file hold far more of them."""
    standing = _standing(names, place.file)
    if names and not standing:
        return False
    own = place.file.stems[place.start - 1 : place.end]
    wanted = _weights(place.file, standing, claim)
    words = wanted.keys() & frozenset().union(*own)
    said = sum(wanted[word] for word in words | (wanted.keys() & place.around))
    best = best_score(place.file.stems, wanted, place.end - place.start + 1)
    if said < _LEAST_SHARE * best and not _qualified(place, names):
        return False
    return _names_stand(place, standing, words) if standing else len(words) >= 2


def _standing(names: Sequence[str], file: FileText) -> list[str]:
    """Return the last parts of names, in their order, as far as they stand in the file."""
    last_parts = dict.fromkeys(_SEPARATOR.split(name)[-1] for name in names)
    return [name for name in last_parts if any(_stands(name, line) for line in file.lines)]


def _weights(file: FileText, names: Sequence[str], claim: str) -> dict[str, float]:
    """Return how telling each word of a claim is in the file; those in its names count twice."""
    in_names = frozenset().union(*(stems(name) for name in names))
    weights = rarity(stems(_SPAN.sub(" ", claim)) | in_names, file.stems)
    return {word: weight * (1 + (word in in_names)) for word, weight in weights.items() if weight}


def _qualified(place: Place, names: Sequence[str]) -> bool:
    """Return whether the lines hold the end of a dotted name, under headers that hold the rest of it."""
    for name in names:
        *outer, last = _SEPARATOR.split(name)
        above = [part for part in outer if any(_stands(part, line) for line in place.above)]
        if outer and above == outer and _stands(last, place.text):
            return True
    return False


def _names_stand(place: Place, names: Sequence[str], words: Collection[str]) -> bool:
    """Return the first name of a claim is what it is about: it must stand there, or most of the others.

    One that is only above the lines, as the header of the function that they are in, proves what the lines
    themselves say: another name of the claim, or a word.
    """
    inside = [name for name in names if _stands(name, place.text)]
    above = [name for name in names if any(_stands(name, line) for line in place.above)]
    others = [name for name in names if name not in above]
    if names[0] in inside or len(inside) * 2 > len(names):
        return True
    return names[0] in above and (any(name in inside for name in others) if others else bool(words))


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


def _by_quote(place: Place, quote: str, names: Sequence[str]) -> tuple[int, int] | None:
    """Return the cited lines if the quote stands in them, else those where it does stand, if they can be told."""
    found = find_quote(place.file, quote)
    if len(found) > 1:
        # Words that stand in several places prove nothing by themselves: the claim's names tell which is meant.
        found = [lines for lines in found if _is_about(Place(place.file, *lines), names)] or found
    inside = [(start, end) for start, end in found if place.start <= start and end <= place.end]
    if inside and place.exists and place.end - place.start < WIDEST_RANGE:
        return place.start, place.end
    if not found:
        return None
    nearest = min(found, key=lambda lines: abs(lines[0] - place.start))
    near = abs(nearest[0] - place.start) <= NEAR_LINES
    return nearest if inside or near or len(found) == 1 else None


def _is_about(place: Place, names: Sequence[str]) -> bool:
    """Return whether the first name of a claim that stands in the file stands in these lines or above them."""
    standing = _standing(names, place.file)[:1]
    return any(_stands(name, line) for name in standing for line in (place.text, *place.above))


def shown_code(place: Place, code: Sequence[str]) -> tuple[int, int] | None:
    """Return the lines that a block of code was taken from: the cited ones if most of it stands there, or where it begins."""
    found = [find_quote(place.file, line) for line in code]
    inside = [any(place.start <= start and end <= place.end for start, end in places) for places in found]
    if place.exists and place.end - place.start < WIDEST_RANGE and sum(inside) * 2 > len(code):
        return place.start, place.end
    first = found[0] if found else []
    if len(first) != 1 or sum(map(bool, found)) * 2 <= len(code):
        return None
    last = max((end for places in found for _, end in places if len(places) == 1), default=0)
    return first[0][0], min(max(last, first[0][1]), first[0][0] + len(code) + _WIDEST_GAP)


def find_quote(file: FileText, quote: str) -> list[tuple[int, int]]:
    """Return where a quote stands, as 1-based inclusive lines. Spaces, line breaks and comment marks may differ."""
    for wording in dict.fromkeys((quote, quote.replace('\\"', '"').replace("\\'", "'"))):
        for pieces in ([wording], _ELLIPSIS.split(wording)):
            if found := _find_pieces(file, [Tokens.of(split_lines(piece)) for piece in pieces]):
                return found
    return []


def _find_pieces(file: FileText, pieces: Sequence[Tokens]) -> list[tuple[int, int]]:
    """Return where the pieces stand in their order, a few lines apart at most; nowhere if they prove nothing."""
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
