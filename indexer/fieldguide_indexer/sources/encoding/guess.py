"""Recognition of the encoding of a text that declares none and is not UTF-8.

Each encoding that decodes the text without error is a hypothesis. Its likelihood is that of the letters under the
frequencies of the languages it is used for, with the forms of words: one script a word, no capital after a small letter,
no symbol inside of a word. The best one counts if it is clearly better than any that reads another text, and than
bytes at random.
"""

import re
from codecs import getincrementaldecoder
from collections import Counter
from functools import cache
from itertools import pairwise
from math import log
from typing import NamedTuple
from unicodedata import normalize

from fieldguide_indexer.sources.encoding import letters

_MAX_SAMPLE = 3_000  # bytes of lines with letters outside of ASCII
_MARGIN = 1.8
_NOISE_PRIOR = -1.0
_NOISE = log(1 / 128)  # a byte of 0x80 and above at random
_ASCII = log(1 / 30)
_ASCII_BYTES = bytes(range(128))

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROL = re.compile(r"[\x80-\x9f\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd\ue000-\uf8ff]")
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]*[^\W\d_\x00-\x7fªµº](?:[^\W\d_]|[\u0e30-\u0e4e])*")
_FOREIGN_PAIR = re.compile(r"[^\x00-\x7f]{2,}")
_WORDS_OF_ONE_LETTER = frozenset("àèéóòìùêôåöíáÀÈÉÓÅÖ")
_CAPITAL = 2.5
_ORDINARY_SYMBOLS = frozenset("“”‘’„–—…©®°«»·±²³µ€£§×¿¡№™ªº½´\u00a0")
_IDEOGRAPHIC_SYMBOLS = frozenset("、。，：；！？（）「」『』・ー“”《》…～　【】")


class _Encoding(NamedTuple):
    """An encoding, the kind of text that it is used for, and the logarithm of how rare it is."""

    name: str
    kind: str
    prior: float = -1.0


_ENCODINGS = (
    _Encoding("cp1252", "LATIN", 0.0),
    _Encoding("cp1250", "LATIN"),
    _Encoding("iso8859-2", "LATIN"),
    _Encoding("iso8859-15", "LATIN", -3.0),
    _Encoding("cp1254", "LATIN"),
    _Encoding("cp1257", "LATIN", -2.5),
    _Encoding("cp850", "LATIN", -4.0),
    _Encoding("cp852", "LATIN", -4.0),
    _Encoding("mac-roman", "LATIN", -4.0),
    _Encoding("cp1251", "CYRILLIC"),
    _Encoding("koi8-r", "CYRILLIC"),
    _Encoding("koi8-u", "CYRILLIC"),
    _Encoding("iso8859-5", "CYRILLIC", -2.0),
    _Encoding("cp866", "CYRILLIC", -2.0),
    _Encoding("cp1253", "GREEK"),
    _Encoding("iso8859-7", "GREEK", -1.5),
    _Encoding("cp1255", "HEBREW"),
    _Encoding("cp1256", "ARABIC"),
    _Encoding("iso8859-6", "ARABIC", -2.0),
    _Encoding("cp874", "THAI"),
    _Encoding("gb18030", "SIMPLIFIED"),
    _Encoding("cp950", "TRADITIONAL"),
    _Encoding("cp932", "JAPANESE"),
    _Encoding("euc_jp", "JAPANESE"),
    _Encoding("cp949", "KOREAN"),
)
# For each kind of ideographic text: its frequent characters, and the encoding and last lead byte of the less frequent ones.
_IDEOGRAPHIC = {
    "SIMPLIFIED": (letters.SIMPLIFIED_CHINESE, "gb2312", 0xD7),
    "TRADITIONAL": (letters.TRADITIONAL_CHINESE, "big5", 0xC6),
    "JAPANESE": (letters.KANJI, "euc_jp", 0xCF),
    "KOREAN": (letters.HANGUL, "euc_kr", 0xC8),
}


def guess_text(blob: bytes) -> str | None:
    """Return the decoded text; None if no encoding is clearly the right one."""
    sample = _sample(blob)
    readings: dict[str, float] = {}
    found: dict[str, str] = {}
    for encoding in _ENCODINGS:
        text = _decode(sample, encoding.name, is_cut=True)
        if text is None or _CONTROL.search(text):
            continue
        score = encoding.prior + _ASCII * _count_ascii(text) + _likelihood(text, encoding.kind)
        if score > readings.get(text, float("-inf")):
            readings[text], found[text] = score, encoding.name
    foreign = len(sample.translate(None, _ASCII_BYTES))
    noise = _NOISE_PRIOR + _NOISE * foreign + _ASCII * (len(sample) - foreign)
    best, second = (*sorted(readings.values(), reverse=True), float("-inf"), float("-inf"))[:2]
    if best < max(second + _MARGIN, noise):
        return None
    return _decode(blob, next(found[text] for text, score in readings.items() if score == best))


def _sample(blob: bytes) -> bytes:
    """Return the different lines with bytes outside of ASCII, up to a limit."""
    lines = dict.fromkeys(line for line in blob.split(b"\n") if not line.isascii())
    size = 0
    sample: list[bytes] = []
    for line in lines:
        if size > _MAX_SAMPLE:
            break
        sample.append(line[:_MAX_SAMPLE])
        size += len(line)
    # The last line may be cut inside of a character.
    return b"\n".join(sample)


def _decode(blob: bytes, encoding: str, *, is_cut: bool = False) -> str | None:
    try:
        return getincrementaldecoder(encoding)().decode(blob, final=not is_cut)
    except UnicodeDecodeError:
        return None


def _count_ascii(text: str) -> int:
    return len(text) - len(_NOT_ASCII.findall(text))


def _likelihood(text: str, kind: str) -> float:
    """Return the logarithm of the likelihood of the characters outside of ASCII."""
    if kind in _IDEOGRAPHIC:
        counts = Counter(_NOT_ASCII.findall(text))
        alone = len(_ALONE_IN_WORD.findall(text))
        return sum(count * _ideograph(each, kind) for each, count in counts.items()) - 4.0 * alone
    words = Counter(_WORD.findall(text))
    form = sum(count * _form(word, kind) for word, count in words.items())
    counts = Counter(_NOT_ASCII.findall(text))
    symbols = sum(count * _symbol(each) for each, count in counts.items() if not _is_letter(each))
    inside = sum(3.0 for found in _SYMBOL_IN_WORD.findall(text) if found not in "’´·")
    small = Counter({each: count for each, count in counts.items() if _is_letter(each)})
    languages = _languages(kind)
    return (
        form
        + symbols
        - inside
        + max(sum(count * table.get(each, _RARE) for each, count in small.items()) for table in languages)
    )


_RARE = log(0.0003)
_ALONE_IN_WORD = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f](?=[A-Za-z])")
_SYMBOL_IN_WORD = re.compile(r"(?<=[^\W\d_])([^\w\x00-\x7f])(?=[^\W\d_])")


def _is_letter(character: str) -> bool:
    return (character.isalpha() and character not in "ªµº") or "\u0e30" <= character <= "\u0e4e"


def _symbol(character: str) -> float:
    return log(0.03) if character in _ORDINARY_SYMBOLS else log(0.0001)


@cache
def _languages(kind: str) -> tuple[dict[str, float], ...]:
    """Return, for each language, the logarithms of the probabilities of its letters outside of ASCII."""
    if kind == "LATIN":
        return tuple(_zipf(each, 0.95, 1) for each in letters.LATIN_LANGUAGES)
    tables = []
    for alphabet in letters.OTHER_ALPHABETS[kind]:
        table = _zipf(alphabet, 0.9, 4)
        capitals = {each.upper(): p - _CAPITAL for each, p in table.items() if each.upper() != each}
        tables.append(capitals | table)
    return tuple(tables)


def _zipf(ordered: str, share: float, flat: int) -> dict[str, float]:
    """Return the logarithms of probabilities that fall with the rank and are ``share`` together."""
    total = sum(1 / (rank + flat) for rank in range(len(ordered)))
    table: dict[str, float] = {}
    for rank, each in enumerate(ordered):
        table.setdefault(each, log(share / total / (rank + flat)))
    return table


def _form(word: str, kind: str) -> float:
    """Return the logarithm of how likely the form of a word is, from its capitals, its scripts and its vowels."""
    score = _latin_form(word) if kind == "LATIN" else _foreign_form(word)
    if not (word.islower() or word.isupper() or (word[:1].isupper() and word[1:].islower())):
        score -= 4.0 * _odd_capitals(word)
    return score


def _latin_form(word: str) -> float:
    if len(word) == 1:
        return -0.7 if word in _WORDS_OF_ONE_LETTER else -2.5
    foreign = len(_NOT_ASCII.findall(word))
    # Every second letter is outside of ASCII in the languages with the most of them.
    score = -4.0 * max(0.0, foreign - 0.5 * len(word)) - 1.5 * len(_FOREIGN_PAIR.findall(word))
    shape = "".join("v" if _base(each) in "aeiouy" else "c" for each in word.lower())
    for at, each in enumerate(word):
        if not each.isascii() and 0 < at < len(word) - 1 and shape[at - 1] == shape[at] == shape[at + 1]:
            score -= 1.2
    return score


def _foreign_form(word: str) -> float:
    score = 0.0 if not re.search(r"[A-Za-z]", word) else -4.0
    if len(word) == 1:
        return score - 1.0
    # The first capital is paid for; the others follow from it.
    return score + _CAPITAL * (len(word) - 1) if word.isupper() and not word.isascii() else score


@cache
def _base(letter: str) -> str:
    """Return the letter without its mark."""
    return (
        "o"
        if letter in "øœ"
        else "a"
        if letter == "æ"
        else "i"
        if letter == "ı"
        else normalize("NFD", letter)[0]
    )


def _odd_capitals(word: str) -> int:
    """Return how often a small letter is followed by a capital or the reverse, where one of them is not in ASCII."""
    pairs = enumerate(pairwise(word))
    return sum(
        (before.islower() and after.isupper()) or (at > 0 and before.isupper() and after.islower())
        for at, (before, after) in pairs
        if not (before + after).isascii()
    )


@cache
def _ideograph(character: str, kind: str) -> float:
    frequent, encoding, last = _IDEOGRAPHIC[kind]
    rank = frequent.find(character)
    if rank >= 0:
        return log((0.45 if kind == "JAPANESE" else 0.8) / 3.2 / (rank + 25))
    if kind == "JAPANESE" and "\u3041" <= character <= "\u30fa":
        return log(0.45 / 120)
    if character in _IDEOGRAPHIC_SYMBOLS:
        return log(0.01)
    try:
        lead = character.encode(encoding)[0]
    except UnicodeEncodeError:
        return log(1e-7)
    # Symbols, other alphabets and halfwidth letters come before the ideographs.
    ideograph = "\u3400" <= character <= "\ud7a3" and (kind != "KOREAN" or character >= "\uac00")
    if not ideograph:
        return log(1e-6) if not "\uff01" <= character <= "\uff5e" else log(1e-4)
    return log(0.1 / 3500) if lead <= last else log(0.01 / 5000)
