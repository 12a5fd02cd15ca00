"""Secrets on command lines that no name tells: ``curl -u``, ``mysql -p…``, ``sshpass -p``, and pairs passed as credentials."""

import re
from collections.abc import Iterator

from fieldguide_indexer.redaction.values import Kind, is_secret

_Span = tuple[int, int]
_VALUE = r"""(?:"(?P<d>[^"\n]{4,256}+)"|'(?P<s>[^'\n]{4,256}+)'|(?P<b>[^\s"'`<>|]{4,256}+))"""
# A text that must occur, and a pattern whose last group is the value.
_COMMANDS = (
    ("curl", re.compile(r"""\bcurl\b[^\n]{0,400}?\s(?:-u|--(?:proxy-)?user)[= ]?["']?[^\s:"']{0,64}:(?P<b>[^\s"'`<>|]{4,256}+)""")),
    ("mysql", re.compile(r"\b(?:mysql|mariadb)[\w-]{0,12}\b[^\n]{0,400}?\s-p" + _VALUE)),
    ("sshpass", re.compile(r"\bsshpass\s{1,4}-p\s?" + _VALUE)),
    (" login", re.compile(r"\blogin\b[^\n]{0,200}?\s-p[ =]?" + _VALUE)),
    (" -p ", re.compile(r"\b(?:mongo(?:sh|dump|restore|export|import)?|sqlcmd|mosquitto_\w{3}|az|oc|cf|nuget|smbclient|bcp)\b[^\n]{0,300}?\s-[pP] " + _VALUE)),
    (" -P ", re.compile(r"\b(?:zip|unzip|sqlcmd|bcp|mosquitto_\w{3})\b[^\n]{0,300}?\s-P " + _VALUE)),
    (" -a ", re.compile(r"\bredis-cli\b[^\n]{0,200}?\s-a " + _VALUE)),
    (" -w ", re.compile(r"\bldap\w{3,10}\b[^\n]{0,300}?\s-w " + _VALUE)),
    ("pass:", re.compile(r"\bpass:" + _VALUE)),
    ("7z", re.compile(r"\b7za? [^\n]{0,200}?\s-p" + _VALUE)),
    ("add_user", re.compile(r"\b(?:add_user|change_password)\s{1,4}\S{1,64}\s{1,4}" + _VALUE)),
    ("htpasswd", re.compile(r"\bhtpasswd\s{1,4}-\w*b\w*\s{1,4}(?:\S{1,128}\s{1,4})?\S{1,64}\s{1,4}" + _VALUE)),
    ("sudo -S", re.compile(r"\becho\s{1,4}(?:-n )?" + _VALUE + r"(?=\s*\|\s*sudo -S)")),
    ("-stdin", re.compile(r"\becho\s{1,4}(?:-n )?" + _VALUE + r"(?=\s*\|[^\n]{0,120}-stdin)")),
    ("chpasswd", re.compile(r"\becho\s{1,4}[\"']?[\w.-]{1,64}:(?P<b>[^\s\"'`|]{4,256}+)")),
    ("net use", re.compile(r"\bnet use [^\n]{0,200}?/user:\S{1,64} " + _VALUE)),
)  # fmt: skip
# Without one of these no command is looked for.
_OPTION = re.compile(r" -(?:[puPawS]|n?b|-user|-proxy-user|-password-stdin)")
_PAIRS = tuple(
    re.compile(
        name
        + r"""[ ]?(?:[=:][ ]?)?[\w.]{0,40}[(\[][ ]?["'][^"'\n]{0,128}+["'],[ ]?["'](?P<b>[^"'\n]{4,256}+)["']"""
    )
    for name in (r"auth[\w.]{0,24}", r"login")
)


def in_commands(text: str, lowered: str) -> Iterator[_Span]:
    """Yield the spans of passwords on command lines and in pairs of user and password."""
    for hint, pattern in _COMMANDS if _OPTION.search(text) or "passwd" in text else ():
        if hint in text:
            for match in pattern.finditer(text):
                yield from _secret(text, match)
    for pattern in _PAIRS:
        for match in pattern.finditer(lowered):
            yield from _secret(text, match)


def _secret(text: str, match: re.Match[str]) -> Iterator[_Span]:
    start, end = match.span(match.lastgroup or "b")
    if is_secret(text[start:end], Kind.PASSWORD):
        yield start, end
