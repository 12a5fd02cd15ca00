"""The proof of one citation: do the cited lines support the claim, by its quote or by its names and words?"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from fieldguide_server.assistant.text.lines import enclosing, split_lines
from fieldguide_server.assistant.text.terms import name_parts, names_in, stems, without_code
from fieldguide_server.assistant.text.weights import best_score, rarity

# A quote this near to the cited lines was miscounted; further away, only a unique quote counts.
_NEAR_LINES = 30
_MAX_RANGE = 150
_MAX_GAP = 12
# Cited lines are wrong if they hold less than this share of the weight that the best lines of the file hold.
_MIN_SHARE = 0.5
_MAX_MATCHES = 200
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LINE_PREFIX = re.compile(r"^\s*(?:\d+\s*[|│])?\s*(?:#+|//+|/?\*+|>+|--+|;+)?")
_ELLIPSIS = re.compile(r"\.\.\.|…")


class FileText:
    """The lines of a file, with their tokens and stems, each computed once."""

    def __init__(self, text: str) -> None:
        self.lines = split_lines(text)

    @cached_property
    def tokens(self) -> "Tokens":
        """The tokens of the file."""
        return Tokens.of(self.lines)

    @cached_property
    def stems(self) -> list[frozenset[str]]:
        """The stems of each line."""
        return [stems(line) for line in self.lines]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words and punctuation of lines, without whitespace and without comment signs at the starts of lines.

    ``joined`` holds the tokens between NULs, ``numbers`` the line number of each.
    """

    joined: str
    numbers: Sequence[int]

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Tokens":
        """Split lines into tokens."""
        found: list[str] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, start=1):
            tokens = _TOKEN.findall(_LINE_PREFIX.sub("", line))
            found += tokens
            numbers += [number] * len(tokens)
        return cls("\0" + "".join(f"{token}\0" for token in found), numbers)

    def find(self, other: "Tokens") -> list[tuple[int, int]]:
        """Return the first and last line of each place where the other tokens occur in a row."""
        places: list[tuple[int, int]] = []
        at, index, counted = self.joined.find(other.joined), 0, 0
        while at >= 0 and len(places) < _MAX_MATCHES:
            index += self.joined.count("\0", counted, at)
            places.append((self.numbers[index], self.numbers[index + len(other.numbers) - 1]))
            counted, at = at, self.joined.find(other.joined, at + 1)
        return places


@dataclass(frozen=True, slots=True)
class CitedLines:
    """The lines of a file that a model cited, 1-based and inclusive; they may not exist."""

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
        """The headers of the definitions around the cited lines, and the comment above them."""
        return [self.file.lines[number - 1] for number in enclosing(self.file.lines, self.start)]

    @property
    def stems_above(self) -> frozenset[str]:
        """The stems of these headers and comments."""
        return frozenset().union(*(stems(line) for line in self.above))


def prove_claim(
    cited: CitedLines, quote: str, claim: str, is_known: Callable[[str], bool]
) -> tuple[int, int] | None:
    """Return the lines that support a claim, which may differ from the cited ones; None if none do.

    Args:
        cited: The cited lines.
        quote: The quoted words, "" if there are none.
        claim: The sentence with the citation, without its citations.
        is_known: Whether a name occurs anywhere in the workspace.
    """
    names = names_in(claim)
    if any(_is_invented(name, cited.file.lines, is_known) for name in names):
        return None
    if quote:
        return _prove_quote(cited, quote, names)
    if not cited.exists or cited.end - cited.start >= _MAX_RANGE:
        return None
    return (cited.start, cited.end) if _supports_claim(cited, names, claim) else None


def _is_invented(name: str, lines: Sequence[str], is_known: Callable[[str], bool]) -> bool:
    for part in name_parts(name):
        unusual = len(part) > 3 and ("_" in part.strip("_") or re.search(r"[a-z][A-Z]|^[A-Z]+[a-z]", part))
        if unusual and not any(_contains(part, line) for line in lines) and not is_known(part):
            return True
    return False


def _supports_claim(cited: CitedLines, names: Sequence[str], claim: str) -> bool:
    """Return whether the lines hold the claim's names and words, and no other lines of the file hold far more."""
    present = _names_in_file(names, cited.file)
    if names and not present:
        return False
    own = cited.file.stems[cited.start - 1 : cited.end]
    weights = _weights(cited.file, present, claim)
    words = weights.keys() & frozenset().union(*own)
    score = sum(weights[word] for word in words | (weights.keys() & cited.stems_above))
    best = best_score(cited.file.stems, weights, cited.end - cited.start + 1)
    if score < _MIN_SHARE * best and not _has_qualified_name(cited, names):
        return False
    return _supports_names(cited, present, words) if present else len(words) >= 2


def _names_in_file(names: Sequence[str], file: FileText) -> list[str]:
    """Return the last parts of the names that occur in the file, in their order."""
    last_parts = dict.fromkeys(name_parts(name)[-1] for name in names)
    return [name for name in last_parts if any(_contains(name, line) for line in file.lines)]


def _weights(file: FileText, names: Sequence[str], claim: str) -> dict[str, float]:
    """Return the weight of each word of a claim in the file; words of its names count twice."""
    in_names = frozenset().union(*(stems(name) for name in names))
    weights = rarity(stems(without_code(claim)) | in_names, file.stems)
    return {word: weight * (1 + (word in in_names)) for word, weight in weights.items() if weight}


def _has_qualified_name(cited: CitedLines, names: Sequence[str]) -> bool:
    """Return whether the lines hold the last part of a dotted name, and the headers above them its other parts."""
    for name in names:
        *outer, last = name_parts(name)
        above = [part for part in outer if any(_contains(part, line) for line in cited.above)]
        if outer and above == outer and _contains(last, cited.text):
            return True
    return False


def _supports_names(cited: CitedLines, names: Sequence[str], words: Collection[str]) -> bool:
    """Return whether the lines hold the first name of a claim, which is its subject, or most of its names.

    If the first name occurs only above the lines, as in the header of their function, the lines must hold another name
    of the claim or, where it has no other, one of its words.
    """
    inside = [name for name in names if _contains(name, cited.text)]
    above = [name for name in names if any(_contains(name, line) for line in cited.above)]
    others = [name for name in names if name not in above]
    if names[0] in inside or len(inside) * 2 > len(names):
        return True
    return names[0] in above and (any(name in inside for name in others) if others else bool(words))


def _contains(name: str, text: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(name) : at + len(name) + 1]
        if not _is_word(before) and not _is_word(after):
            return True
        at = text.find(name, at + 1)
    return False


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _prove_quote(cited: CitedLines, quote: str, names: Sequence[str]) -> tuple[int, int] | None:
    """Return the cited lines if they hold the quote, else the lines that do if these are unambiguous."""
    found = find_quote(cited.file, quote)
    if len(found) > 1:
        # A quote that occurs several times proves nothing by itself: the names of the claim decide.
        found = [lines for lines in found if _is_about(CitedLines(cited.file, *lines), names)] or found
    inside = [(start, end) for start, end in found if cited.start <= start and end <= cited.end]
    if inside and cited.exists and cited.end - cited.start < _MAX_RANGE:
        return cited.start, cited.end
    if not found:
        return None
    nearest = min(found, key=lambda lines: abs(lines[0] - cited.start))
    near = abs(nearest[0] - cited.start) <= _NEAR_LINES
    return nearest if inside or near or len(found) == 1 else None


def _is_about(cited: CitedLines, names: Sequence[str]) -> bool:
    """Return whether the lines, or the headers above them, hold the first of the claim's names in this file."""
    present = _names_in_file(names, cited.file)[:1]
    return any(_contains(name, line) for name in present for line in (cited.text, *cited.above))


def prove_code(cited: CitedLines, code: Sequence[str]) -> tuple[int, int] | None:
    """Return the lines that a block of code was copied from; the cited ones if they hold most of it."""
    found = [find_quote(cited.file, line) for line in code]
    inside = [any(cited.start <= start and end <= cited.end for start, end in places) for places in found]
    if cited.exists and cited.end - cited.start < _MAX_RANGE and sum(inside) * 2 > len(code):
        return cited.start, cited.end
    first = found[0] if found else []
    if len(first) != 1 or sum(map(bool, found)) * 2 <= len(code):
        return None
    last = max((end for places in found for _, end in places if len(places) == 1), default=0)
    return first[0][0], min(max(last, first[0][1]), first[0][0] + len(code) + _MAX_GAP)


def find_quote(file: FileText, quote: str) -> list[tuple[int, int]]:
    """Return the places of a quote as 1-based inclusive lines; whitespace and comment signs may differ."""
    for wording in dict.fromkeys((quote, quote.replace('\\"', '"').replace("\\'", "'"))):
        for pieces in ([wording], _ELLIPSIS.split(wording)):
            if found := _find_pieces(file, [Tokens.of(split_lines(piece)) for piece in pieces]):
                return found
    return []


def _find_pieces(file: FileText, pieces: Sequence[Tokens]) -> list[tuple[int, int]]:
    """Return the places where the pieces follow each other closely; none if they are too short to prove anything."""
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
    return next((end for start, end in places if after <= start <= after + _MAX_GAP), 0)
