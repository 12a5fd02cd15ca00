"""Whether a text in the place of a secret is one, or a placeholder, reference, expression or word."""

import itertools
import re
from enum import Enum

PLACEHOLDER = "«redacted»"


class Kind(Enum):
    """What a name or a form tells about its value."""

    PASSWORD = "password"  # noqa: S105 - a kind; people choose these: any alphabet, 6 characters or more
    KEY = "key"  # issued by a program: 12 characters or more, random
    PHRASE = "phrase"  # words


_PLACEHOLDER = re.compile(
    r"""(?xi)
    change_?me|replace|example|sample|dummy|placeholder|redact|insert|fixme|default|unused|invalid|hunter2|passw|secret
    | token|credential|foobar|x{6}|\*{3}|\.{3}|_{4}|«|localhost|environ|getenv
    """
)
# In a short value these are no chance.
_DELIMITED_PLACEHOLDER = re.compile(
    r"""(?xi)
    (?:^|[-_.\ ])(?:your|my|test|fake|mock|todo|foo|bar|baz|xxx|none|null|undefined|some|string
    |postgres|mysql|root|admin|guest|filtered|masked|hidden|removed|required|optional|unless)(?=[-_.:|\ ]|$)
    """
)
_SHORT_PLACEHOLDER = re.compile(
    r"(?i)test|fake|change|qwert|(?<![a-z])your|(?<!\d)1234|(?<=[a-z])123$|^pass\d*$"
)
_SHORT = 20
_LONG = 32
# The whole value refers to another value or names an algorithm.
_REFERENCE = re.compile(
    r"""(?xi)
    \[[\w\ .-]*\]|\$[\w-]+\$|\$\{.*|\$\(.*\)|\$(?-i:[A-Z_][A-Z0-9_]*|[a-z_]+(?:[A-Z][a-z]+)*)|\$\w{1,40}(?:->|::|\[).*
    | %[a-z_]+%|%\(\w+\)[sd]|%[-\d.]{0,8}[sdvq]|<[\w\ .|:-]*>|\{\{.*|\{[\w.:!\[\]"']*\}?|\#\{.*|@\w+@|!(?:ref|sub|vault)\b.*
    | [a-z]:\\.*|[a-z][a-z0-9+.-]*://.*|(?:arn|vault|op|ref|env|file|secretref):.*
    | (?:sha|aes|rsa|utf|base|crc)[-_]?\d{1,3}(?:[-_/][\da-z]{1,6})*|(?:hs|rs|es|ps)\d{3}|md\d|ed\d{5}
    | (?:argon2|pbkdf2|hmac|ecdsa)[a-z\d_-]{0,12}
    """
)
_TEMPLATE = re.compile(r"\$\{[\w.]+\}|\{\{[^}]*\}\}|#\{[\w.]+\}|\{[a-z_.]{3,}\}|<[a-z][a-z_ -]{2,}>")
_SEPARATORS = re.compile(r"[-_./:, |]+")
_TOKEN = re.compile(r"([A-Za-z]*)\d{0,4}")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_VERSION = re.compile(r"v\d{1,3}", re.IGNORECASE)
# The second letters of the pairs that make up nine tenths of the words in code: random letters are not made of these.
_PAIRS = frozenset(
    group[0] + second
    for group in [
        "abcdgiklmnprstuvy",
        "baeilorsu",
        "cacehiklortu",
        "dadeilorsu",
        "eabcdefglmnprstvx",
        "faefiloru",
        "gaehinor",
        "haeiort",
        "iabcdefglmnoprstvz",
        "kei",
        "ladeilostuy",
        "maeimopsu",
        "nacdefginostuv",
        "oabcdglmnoprstuvw",
        "paeiloprstu",
        "qu",
        "racdegilmnorstuy",
        "sacehilopstuy",
        "tacehilorstuy",
        "uabcegilmnprst",
        "vaei",
        "waei",
        "xpt",
        "yp",
        "ze",
    ]
    for second in group[1:]
)
_LONG_WORD = 15
_SHORT_WORD = 4
_WORD_AND_YEAR = re.compile(r"[A-Za-z]{3,}\d{2,4}")
_PHRASE = re.compile(r"[a-z]{3,12}(?:(?P<by>[ -])[a-z]{3,12}){3,24}")
_PROSE = re.compile(
    r"(?i)\b(?:the|is|are|an?|of|to|and|or|must|not|for|in|with|this|that|be|at|it|no|new|please|enter)\b"
)
_SEQUENCE = "01234567890123456789 98765432109876543210"
_MIN_LENGTH = {Kind.PASSWORD: 6, Kind.KEY: 12, Kind.PHRASE: 20}
_MIN_DISTINCT = {Kind.PASSWORD: 3, Kind.KEY: 6, Kind.PHRASE: 6}


def is_secret(value: str, kind: Kind, shortest: int | None = None) -> bool:
    """Return whether a literal value is a secret, if its name or form says that it is of a kind.

    Args:
        value: The text without quotes.
        kind: What its name or form says.
        shortest: The length of the shortest secret, if other than usual for the kind.
    """
    if (
        len(value) < (shortest or _MIN_LENGTH[kind])
        or len(set(value)) < _MIN_DISTINCT[kind]
        or _is_no_value(value)
    ):
        return False
    if value.isdigit():
        return value not in _SEQUENCE and (kind is Kind.PASSWORD or len(value) >= _SHORT)
    if any(map(str.isspace, value)):
        is_phrase = kind is not Kind.KEY and _PHRASE.fullmatch(value) and not _PROSE.search(value)
        return bool(is_phrase) or _is_noise(value)
    if not is_words(value, lenient=kind is Kind.KEY):
        return True
    return kind is Kind.PASSWORD and _is_chosen(value)


def _is_no_value(value: str) -> bool:
    if _PLACEHOLDER.search(value) or _REFERENCE.fullmatch(value) or _TEMPLATE.search(value):
        return True
    if value[0] in "/~." and is_words(value.lstrip("/~.")):
        return True
    if len(value) < _LONG and _DELIMITED_PLACEHOLDER.search(value):
        return True
    return len(value) < _SHORT and bool(_SHORT_PLACEHOLDER.search(value))


def _is_chosen(value: str) -> bool:
    """Return whether words are put together as people do in passwords: ``Summer2024``, or several words."""
    if value.isalpha():
        return len(value) >= _LONG_WORD
    return bool(_WORD_AND_YEAR.fullmatch(value) or _PHRASE.fullmatch(value))


def _is_noise(value: str) -> bool:
    """Return whether a text with spaces has more signs and digits than prose has."""
    letters = sum(map(str.isalpha, value))
    return len(value) >= _SHORT and letters < len(value) * 0.72 and len(set(value)) >= _SHORT


def is_words(value: str, *, lenient: bool = False) -> bool:
    """Return whether a value consists of words and short numbers, as names and titles do.

    Args:
        value: Any text.
        lenient: Accept words with an unusual pair of letters. Short random values may pass then.
    """
    tokens = _SEPARATORS.split(value)
    digits = sum(map(str.isdigit, value))
    has_digits = digits > 0
    if digits * 2 > len(value):
        return False
    return all(
        _is_name(token, alone=len(tokens) == 1 or (has_digits and not lenient), lenient=lenient)
        for token in tokens
        if token
    )


def _is_name(token: str, *, alone: bool, lenient: bool) -> bool:
    match = _TOKEN.fullmatch(token)
    if not match:
        return False
    letters = match[1]
    is_short = (
        not alone
        and len(letters) <= _SHORT_WORD
        and (letters.islower() or letters.isupper() or letters.istitle())
    )
    return (
        not letters
        or is_short
        or bool(_VERSION.fullmatch(token))
        or all(_is_word(part, lenient=lenient) for part in _HUMPS.findall(letters))
    )


def _is_word(letters: str, *, lenient: bool) -> bool:
    lowered = letters.lower()
    rare = sum(first + second not in _PAIRS for first, second in itertools.pairwise(lowered))
    return len(letters) > 1 and rare <= (len(letters) - 1) // (5 if lenient else 13)
