"""Redaction of secrets: values are replaced; names and line numbers stay.

Precision first. A value is a secret if it has a provider's prefix, if it is between
``://user:`` and ``@``, inside a private key, or if its *name* indicates a secret and it is not a word, placeholder or
expression. Repetitions in the patterns are bounded, or match a text in one way only, so that every text takes linear time.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

REDACTION_VERSION = 1
PLACEHOLDER = "«redacted»"

_Span = tuple[int, int]


def _around(hinge: str, *tokens: tuple[str, str]) -> re.Pattern[str]:
    """Return a pattern for tokens of the form prefix, hinge, rest; each group is a prefix with the hinge.

    A pattern that starts with a literal is searched at 2 GB/s, an alternation of prefixes at a tenth of that. So the text
    that several kinds share is the literal, and prefixes are matched by lookbehind. No word character precedes a
    prefix.
    """
    kinds = (rf"(?<=({prefix}{hinge}))(?<![A-Za-z0-9_]{prefix}{hinge}){rest}" for prefix, rest in tokens)
    return re.compile(rf"{hinge}(?:{'|'.join(kinds)})")


# A text that must occur for the pattern to be tried, and the pattern.
_TOKENS = (
    ("_", _around(
        "_",
        ("gh[pousr]", r"[A-Za-z0-9]{36,255}+"),
        ("github_pat", r"\w{22,255}+"),
        ("[sr]k_(?:live|test)", r"[A-Za-z0-9]{16,255}+"),
        ("whsec", r"[A-Za-z0-9+/=]{24,128}+"),
        ("npm", r"[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
        ("hf", r"[A-Za-z]{34}(?![A-Za-z0-9])"),
    )),
    ("-", _around(
        "-",
        ("glpat", r"[\w-]{20,128}+"),
        ("xox[abeoprs]", r"(?=[A-Za-z-]{0,30}\d)[\w-]{10,255}+"),
        ("sk", r"(?:(?:ant|proj|svcacct|admin|or-v1)-[\w-]{24,255}+|(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{32,64}+)"),
        ("GOCSPX", r"[\w-]{28}"),
        ("pypi", r"AgE[\w-]{50,512}+"),
    )),
    ("A", _around("A", ("", r"(?:[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])|Iza[\w-]{35}(?![\w-]))"))),
    ("AccountKey=", _around("AccountKey=", ("", r"[A-Za-z0-9+/]{60,128}+={0,2}"))),
    ("hooks.slack", _around(r"hooks\.slack\.com/services/", ("", r"T\w{6,16}/B\w{6,16}/\w{16,40}"))),
    (".eyJ", _around("eyJ", ("", r"[\w-]{10,4096}+\.eyJ[\w-]{10,8192}+\.[\w-]{10,2048}+"))),
    ("SG.", _around(r"SG\.", ("", r"[\w-]{22}\.[\w-]{43}"))),
    ("earer ", _around("earer ", ("[Bb]", r"(?=[A-Za-z._~+/-]{0,40}\d)[A-Za-z0-9._~+/-]{20,2048}+={0,2}"))),
)  # fmt: skip
_URL_PASSWORD = re.compile(r"://[^\s:/@\"'`<>]{0,64}+:(?P<value>[^\s/@\"'`<>]{3,128}+)@[\w\[]")

# Ends of names whose values are secrets, in lower case; each pattern starts with rare letters.
_KEYS = "|".join(
    rf"(?<={kind}key)"
    for kind in (
        *("api", "access", "api[_-]", "access[_-]", "account[_-]", "auth[_-]", "private[_-]", "secret[_-]"),
        *("signing[_-]", "encryption[_-]", "master[_-]", "storage[_-]"),
    )
)
_PASSWORD_NAMES = (re.compile(r"w(?:(?<=passw)(?:or)?d|(?<=pw)d)"), re.compile(r"ph(?<=passph)rase"))
_OTHER_NAMES = (
    re.compile(r"cre(?:(?<=secre)t|dential)"),
    re.compile(rf"k(?:(?<=tok)en|ey(?:{_KEYS}))"),
)
_ASSIGNED = re.compile(
    r"""(?xi)
    s?(?:[_-]?(?:key|value|base64|base|prod(?:uction)?|live|dev|hash|\d{1,3})){0,2}
    (?:\\?["'`\]]){0,3}[ \t]{0,16}
    (?: >(?P<element>[^<>\s]{6,512}+)</
      | (?::[ ]?[\w.\[\]|?]{1,40}+[ ]?=|=>|:=|[!=]={1,2}|[=:])[ \t]{0,16} (?: [bru]?\\?["'`](?P<value>[^"'`\s\\]{6,512}+)\\?["'`]
      | (?P<bare>[^\s"'`(){}\[\],;<>$]{12,512}+)(?=[ \t\r]{0,16}(?:$|\#|\n)) ))"""
)

_NO_SECRET = re.compile(
    r"""(?xi)
    change|replace|example|sample|dummy|placeholder|redact|your|insert|fixme|default|unused|invalid
    | hunter2|passw|secret|token|credential|x{4}|\*{3}|\.{3}|_{3}
    | ^.{0,20}(?:test|fake|mock|todo|foo|bar|1234|abcd).{0,15}$ # a long random value may hold these by chance
    | [{<]|^\$\w|\$\(|%\(|%[sd]|://|^(?:\.{0,2}/|~|\w:\\)|\(|environ|getenv|localhost
    | ^[a-z_]\w*[.\[]                                           # obj.name, V1Object[…, List[…
    | ^[a-z]{2,}+(?:[-_./:](?:[a-z]{2,}+|\d++)|(?<!\d)\d++)+$   # words with a number: sha256, id-key-2
    """
)
# An unquoted value may be a name in the surrounding language; names do not have many digits.
_EXPRESSION = re.compile(r"[A-Za-z_*&][\w.:/-]*")
_MANY_DIGITS = re.compile(r"(?:\D*\d){4}")
_MIN_LENGTH = 12
_MIN_ENTROPY = 3.0

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINE = re.compile(
    r"""(?x) [\s"'`#*+,;>|()\\-]{0,40}+ (?:\\[nr])? (?P<data>[A-Za-z0-9+/=]{0,100}+) (?:\\[nr]|[\s"'`+,;()\\])*+ $
    | \s{0,40}+[A-Z][\w-]{1,20}:\ """  # such as Proc-Type: 4,ENCRYPTED
)
_KEY_DATA = re.compile(r"(?:\\[nr]|[A-Za-z0-9+/=]){16,}+|(?<![\w\\])[A-Za-z0-9+/=]{4,}+")
_KEY_MAX_LINES = 200
_KEY_MIN_CHARACTERS = 64
_KEY_MIN_RUN = 24  # shorter text may be a word, unless the end of the key follows


def redact(text: str) -> tuple[str, int]:
    """Replace the values of secrets in a text.

    Returns:
        The text, with the same number of lines, and the number of redacted secrets.
    """
    keys = 0
    if "PRIVATE KEY" in text:
        text, keys = _without_private_keys(text)
    spans = _apart(sorted([*_tokens(text), *_passwords_in_urls(text), *_named(text)]))
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts += (text[done:start], PLACEHOLDER)
        done = end
    return ("".join((*parts, text[done:])) if spans else text), keys + len(spans)


def _apart(spans: list[_Span]) -> list[_Span]:
    kept: list[_Span] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _tokens(text: str) -> Iterator[_Span]:
    for hint, pattern in _TOKENS:
        match = pattern.search(text) if hint in text else None
        while match:
            start, end = match.span()
            if kind := match.lastindex:
                start = match.start(kind)
            if _looks_issued(text[start:end]):
                yield start, end
            else:
                end = match.start() + 1  # it may contain another candidate
            match = pattern.search(text, end)


def _looks_issued(token: str) -> bool:
    return "EXAMPLE" not in token and len(set(token)) > 10


def _passwords_in_urls(text: str) -> Iterator[_Span]:
    if "@" in text:
        for match in _URL_PASSWORD.finditer(text):
            if _looks_made_up(match["value"]):
                yield match.span("value")


def _named(text: str) -> Iterator[_Span]:
    """Yield the values assigned to names that indicate a secret."""
    lowered = text.lower()
    # A few letters become longer in lower case, which would shift offsets; then the text is searched unchanged.
    searched = lowered if len(lowered) == len(text) else text
    for name in _PASSWORD_NAMES + _OTHER_NAMES:
        for match in name.finditer(searched):
            yield from _value_after(text, match.end(), is_password=name in _PASSWORD_NAMES)


def _value_after(text: str, at: int, *, is_password: bool) -> Iterator[_Span]:
    match = _ASSIGNED.match(text, at)
    if not match:
        return
    group = match.lastgroup or "value"
    value = match[group]
    if not _looks_made_up(value):
        return
    if group == "bare" and _EXPRESSION.fullmatch(value) and not _MANY_DIGITS.match(value):
        return
    if is_password or (len(value) >= _MIN_LENGTH and _entropy(value) >= _MIN_ENTROPY):
        yield match.span(group)


def _looks_made_up(value: str) -> bool:
    """Return whether a value looks random, not like a word, placeholder or expression: it mixes letters and digits."""
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return mixed and not _NO_SECRET.search(value)


def _entropy(value: str) -> float:
    """Return Shannon's entropy in bits per character: English words have about 2.5, random hex 3.5 and more."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def _without_private_keys(text: str) -> tuple[str, int]:
    lines = text.split("\n")
    withheld = at = 0
    while at < len(lines):
        begin = _KEY_BEGIN.search(lines[at])
        after = at + 1
        if begin:
            after = _end_of_key(lines, at, begin.end())
            block = [lines[at][begin.end() :], *lines[at + 1 : after]]
            hidden = [_hide_key_data(line) for line in block]
            if sum(map(len, block)) - sum(map(len, hidden)) > _KEY_MIN_CHARACTERS:
                lines[at] = lines[at][: begin.end()] + hidden[0]
                lines[at + 1 : after] = hidden[1:]
                withheld += 1
        at = after
    return "\n".join(lines), withheld


def _hide_key_data(line: str) -> str:
    end = _KEY_END.search(line)
    data, rest = (line[: end.start()], line[end.start() :]) if end else (line, "")
    return _KEY_DATA.sub(PLACEHOLDER, data) + rest


def _end_of_key(lines: list[str], at: int, column: int) -> int:
    """Return the index after a key's last line: its end marker, or the last line with enough data."""
    if _KEY_END.search(lines[at], column):
        return at + 1
    last = min(at + _KEY_MAX_LINES, len(lines))
    first_word = last
    for index in range(at + 1, last):
        if _KEY_END.search(lines[index]):
            return index + 1
        match = _KEY_LINE.match(lines[index])
        if not match:
            return min(index, first_word)
        if 0 < len(match["data"] or "") < _KEY_MIN_RUN:
            first_word = min(index, first_word)
    return first_word
