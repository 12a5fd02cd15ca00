"""Secrets that are recognised by their own form: tokens with a provider's prefix, and credentials in URLs and headers."""

import re
from base64 import b64decode
from collections.abc import Iterator

from fieldguide_indexer.redaction.values import Kind, is_secret

_Span = tuple[int, int]


def _around(hinge: str, guard: str, *tokens: tuple[str, str]) -> re.Pattern[str]:
    """Return a pattern for tokens of the form prefix, hinge, rest; each group is a prefix with the hinge.

    A pattern that starts with a literal is searched at 2 GB/s, an alternation of prefixes at a tenth of that. So the text
    that several kinds share is the literal, what all rests have in common guards the prefixes, and these are matched by
    lookbehind. No word character precedes a prefix.
    """
    kinds = (rf"(?<=({prefix}{hinge}))(?<![A-Za-z0-9_]{prefix}{hinge}){rest}" for prefix, rest in tokens)
    return re.compile(rf"{hinge}(?={guard})(?:{'|'.join(kinds)})")


_END = r"(?![A-Za-z0-9])"
# A text that must occur for the pattern to be tried, and the pattern.
_TOKENS = (
    ("_", _around(
        "_", r"[A-Za-z0-9]{16}|[\w=+/.-]{20}",
        ("gh[pousr]", r"[A-Za-z0-9]{36,255}+"),
        ("github_pat", r"\w{22,255}+"),
        ("[sr]k_(?:live|test)", r"[A-Za-z0-9]{16,255}+"),
        ("whsec", r"[A-Za-z0-9+/=]{24,128}+"),
        ("npm", r"[A-Za-z0-9]{36}" + _END),
        ("hf", r"[A-Za-z]{34}" + _END),
        ("do[opr]_v1", r"[0-9a-f]{64}"),
        ("shp(?:at|ca|pa|ss)", r"[0-9a-fA-F]{32}" + _END),
        ("dckr_[po]at", r"[\w-]{24,64}+"),
        ("lin_api", r"[A-Za-z0-9]{32,64}+"),
        ("gsk", r"[A-Za-z0-9]{40,64}+"),
        ("ntn", r"[A-Za-z0-9]{40,64}+"),
        ("[nt]fp", r"[\w-]{36,64}+"),
        ("rubygems", r"[0-9a-f]{48}"),
        ("pnu", r"[A-Za-z0-9]{36}"),
        ("sbp", r"[0-9a-f]{40}"),
        ("r8", r"[A-Za-z0-9]{37,40}"),
        ("figd", r"[\w-]{36,64}+"),
        ("secret", r"[A-Za-z0-9]{43}" + _END),
        ("pscale", r"(?:tkn|pw|oauth)_[\w.=-]{32,64}+"),
        ("glsa", r"[\w+/=]{32,400}+"),
        ("glc", r"[\w+/=]{32,400}+"),
        ("sntry[su]", r"[\w=+/-]{60,512}+"),
        ("shippo_(?:live|test)", r"[0-9a-f]{40}"),
        ("phx", r"[A-Za-z0-9]{40,64}+"),
    )),
    ("-", _around(
        "-", r"[\w-]{10}",
        ("gl(?:pat|ptt)", r"[\w-]{20,128}+"),
        ("gl[dr]t", r"[\w-]{20,128}+"),
        ("xox[abceoprs]", r"(?=[A-Za-z-]{0,30}\d)[\w-]{10,255}+"),
        ("xapp", r"\d-[\w-]{24,255}+"),
        ("sk", r"(?:(?:ant|proj|svcacct|admin|or-v1|lf)-[\w-]{24,255}+|(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{32,64}+)"),
        ("GOCSPX", r"[\w-]{28}"),
        ("pypi", r"AgE[\w-]{50,512}+"),
        ("key", r"[0-9a-f]{32}" + _END),
        ("sq0[aci][tsd]p", r"[\w-]{22,64}+"),
        ("pul", r"[0-9a-f]{40}"),
        ("PMAK", r"[0-9a-f]{24}-[0-9a-f]{34}"),
        ("NRAK", r"[A-Z0-9]{27}"),
        ("(?:xai|plx)", r"[A-Za-z0-9]{40,128}+"),
        ("pplx", r"[A-Za-z0-9]{40,64}+"),
        ("tskey", r"[a-z]{2,10}-[\w-]{20,128}+"),
        ("CFPAT", r"[\w-]{40,64}+"),
        ("HRKU", r"[\w-]{36,80}+"),
        ("xkeysib", r"[0-9a-f]{64}-\w{16}"),
        ("SECRET-KEY", r"1[A-Z0-9]{58}"),
        ("[0-9a-f]{32}", r"us\d{1,2}(?!\w)"),
    )),
    ("A", _around("A", r"[\w-]{16}", ("", r"(?:[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])|Iza[\w-]{35}(?![\w-])"
                                    r"|C[0-9a-f]{32}(?![A-Za-z0-9])|TATT3[\w-]{60,255}+(?:=\w{8})?|TBB[A-Za-z0-9]{24,36}+)"))),
    ("SK", _around("SK", r"[0-9a-f]{32}", ("", r"[0-9a-f]{32}" + _END))),
    ("dapi", _around("dapi", r"[0-9a-f]{32}", ("", r"[0-9a-f]{32}(?:-\d)?" + _END))),
    ("AccountKey=", _around("AccountKey=", "", ("", r"[A-Za-z0-9+/]{60,128}+={0,2}"))),
    ("hooks", _around("hooks", "", ("", r"(?:\.slack\.com/services/T\w{6,16}/B\w{6,16}/\w{16,40}|/\d{17,20}/[\w-]{60,80})"))),
    (".eyJ", _around("eyJ", "", ("", r"[\w-]{10,4096}+\.eyJ[\w-]{10,8192}+\.[\w-]{10,2048}+"))),
    (".", _around(
        r"\.", r"[\w-]{16}|(?:st|pt|ct|sa)\.|\w{6,7}\.",
        ("[A-Za-z0-9]{14}", r"atlasv1\.[\w-]{60,70}"),
        ("SG", r"[\w-]{22}\.[\w-]{43}"),
        ("hv[sbr]", r"[\w-]{20,300}+"),
        ("s", r"(?=[A-Za-z]{0,24}\d)[A-Za-z0-9]{24}(?![\w.(-])"),
        ("ya29", r"[\w-]{30,300}+"),
        ("dp", r"(?:st|pt|ct|sa)\.(?:[\w-]{1,35}\.)?[A-Za-z0-9]{40,44}"),
        ("dt0[a-z]\\d\\d", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
        ("[MNO][\\w-]{23}", r"[\w-]{6}\.[\w-]{27,38}"),
    )),
    (":AA", _around(":AA", r"[\w-]{33}", (r"\d{8}", r"[\w-]{33}(?![\w-])"), (r"\d{9}", r"[\w-]{33}(?![\w-])"),
                    (r"\d{10}", r"[\w-]{33}(?![\w-])"))),
    ("earer ", _around("earer ", "", ("[Bb]", r"(?=[A-Za-z._~+/-]{0,40}\d)[A-Za-z0-9._~+/-]{20,2048}+={0,2}"))),
    ("$", re.compile(r"\$(?:apr1|[156]|2[abxy]|argon2i?d?|y)\$[\w./$=,+-]{20,200}+")),
)  # fmt: skip
_URL_PASSWORD = re.compile(r"://[^\s:/@\"'`<>]{0,64}+:(?P<value>[^\s/@\"'`<>]{3,128}+)@[\w\[]")
_URL_TOKEN = re.compile(r"://(?P<value>[^\s:/@\"'`<>]{16,255}+)@[\w\[]")
_AUTHORIZATION = re.compile(
    r"authorization[\"'`\]]{0,2}[ \t]{0,4}(?:[=:,]|=>)[ \t]{0,4}(?P<quote>[\"'`]{0,2})(?:(?P<scheme>[a-z][\w-]{1,20}) )?[ ]?(?P<value>[^\s\"'`,;<>(){}]{8,2048}+)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_.]*")
_SIGNATURE = re.compile(r"sig(?<=[?&;-]sig)(?:nature)?=(?P<value>[\w%+/=-]{20,512}+)")


def tokens(text: str, lowered: str) -> Iterator[_Span]:
    """Yield the spans of tokens, of credentials in URLs, and of authorization headers."""
    yield from _issued(text)
    if "://" in text and "@" in text:
        yield from _values(_URL_PASSWORD, text, text, Kind.PASSWORD, shortest=4)
        yield from _values(_URL_TOKEN, text, text, Kind.KEY)
    yield from _values(_SIGNATURE, text, lowered, Kind.KEY)
    for match in _AUTHORIZATION.finditer(lowered):
        start, end = match.span("value")
        if _is_credential(
            text[start:end], match["scheme"] or "", is_text=bool(match["quote"] or match["scheme"])
        ):
            yield start, end


def _is_credential(value: str, scheme: str, *, is_text: bool) -> bool:
    if scheme == "basic":
        try:
            user, _, password = (
                b64decode(value + "=" * (-len(value) % 4), validate=True).decode().partition(":")
            )
        except ValueError:
            return is_secret(value, Kind.KEY)
        return is_secret(password or user, Kind.PASSWORD, shortest=4)
    return is_secret(value, Kind.KEY) and (is_text or not _NAME.fullmatch(value))


def _values(
    pattern: re.Pattern[str], text: str, searched: str, kind: Kind, shortest: int | None = None
) -> Iterator[_Span]:
    for match in pattern.finditer(searched):
        start, end = match.span("value")
        if is_secret(text[start:end], kind, shortest):
            yield start, end


def _issued(text: str) -> Iterator[_Span]:
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
