"""Values assigned to names that indicate a secret, in code, configuration, tables and sentences."""

import re
from collections.abc import Iterator

from fieldguide_indexer.redaction.values import Kind, is_secret, is_words

_Span = tuple[int, int]

# Ends of names whose values are secrets, in lower case; each pattern starts with rare letters.
_KEYS = "|".join(
    rf"(?<={kind}key)"
    for kind in (
        *(
            "api",
            "access",
            "api[_. -]",
            "access[_. -]",
            "account",
            "account[_-]",
            "auth",
            "auth[_-]",
            "private",
            "private[_. -]",
        ),
        *(
            "secret",
            "secret[_. -]",
            "signing",
            "signing[_-]",
            "encryption",
            "encryption[_-]",
            "master",
            "master[_-]",
            "storage",
        ),
        *(
            "storage[_-]",
            "logged_in_",
            "nonce_",
            "license",
            "license[_-]",
            "priv",
            "priv[_-]",
            "client[_-]",
            "service_role_",
        ),
        *(
            "webhook[_-]",
            "hmac[_-]",
            "jwt[_-]",
            "session[_-]",
            "instrumentation",
            "sas",
            "ssh[_-]",
            "wif[_-]",
        ),
    )
)
_PASSWORDS = re.compile(
    r"p(?:arola(?![a-z])|ass(?:w(?:or[td]|d)|phrase|code|(?:(?<=[_.-]pass)|(?<=quirepass)|(?<=storepass)|(?<=keypass))(?![a-z])|(?<!bypass)(?=\\?[\"']?[ ]?[:=]))|wd(?![a-z]))"
)
_OTHERS = (
    re.compile(r"cre(?:(?<=secre)t|dential)"),
    re.compile(rf"k(?:(?<=tok)en|ey(?:(?<=[a-z_. -]key)(?:{_KEYS})|-data))"),
)
_SALT = re.compile(r"salt(?<=[_-]salt)(?![a-z])")
_AUTH = re.compile(r"auth(?<=[_\"']auth)(?=[\"']?[ ]?[:=])")
_PHRASES = (
    re.compile("mnemonic(?:[_ -]?phrase)?"),
    re.compile("seed(?<![a-z]seed)(?:[_ -]?(?:phrase|words))?(?![a-z])"),
    re.compile("phrase(?<=recovery[_ -]phrase)"),
)
_FOREIGN = (
    re.compile("w(?:(?<=kennw)ort|achtwoord)"),
    re.compile("se(?:nha(?![a-z])|(?<=contrase)[nñ]a)"),
    re.compile("mot[_ -]?de[_ -]?passe"),
)
_OTHER_SCRIPTS = re.compile(
    "hasło|şifre|lösenord|пароль|密码|密碼|口令|パスワード|비밀번호|암호|كلمة المرور|סיסמה|รหัสผ่าน|κωδικός|mật khẩu"
)

_QUOTED = r"""(?:[bruf@N]{0,2}(?:\\"(?P<e{n}>[^"\\\n]{4,1024}+)\\"|"{1,3}(?P<d{n}>(?:[^"\\\n]|\\.){4,1024}+)"
    |'{1,3}(?P<s{n}>(?:[^'\\\n]|\\.){4,1024}+)'|\\?`(?P<t{n}>[^`\\\n]{4,1024}+)\\?`))"""
_ASSIGNED = re.compile(
    r"""(?xi)
    s?(?:[_-]?(?:key|value|base64|base|b64|prod(?:uction)?|live|dev|hash|data|\d{1,3})){0,2}
    (?:\\?["'`\])}*]){0,3}[ \t]{0,16}
    (?: (?:>|</key>\s{0,80}<string>)(?P<element>[^<>\n]{4,512}+)</
      | ["']?[ \t]{0,16}[,]?\s{0,80}["']?(?:value|default)["']?[ ]{0,2}[:=][ ]{0,2} (?:QUOTED2|(?P<item>[^\s"'{}\[\],]{4,512}+)[ \t\r]*$)
      | (?: (?::[ ]?[\w.\[\]|?<>&*]{1,40}+[ ]?=|=>|:=|[!=]={1,2}|[=:]|\|\||\?\?|\?:|or\b|is\b|,|\(|->|\|)[ \t]{0,16})
          (?:string::from\(|some\()? QUOTED1
      | ["']?[ \t]{0,16}\{[^{}]{0,200}?(?:default|value)[ \t]*=[ \t]* QUOTED3
      | :[ \t]?[|>][-+\d]{0,2}[ \t\r]*\n(?P<block>[ \t]+\S[^\n]*(?:\n[ \t]+\S[^\n]*){0,30})
      | :-(?P<fallback>[^\s{}"']{4,512}+)\}
      | \|[ \t]{0,40}(?P<cell>[^\s|`]{4,512}+)[ \t]{0,40}\|
      | (?P<hinge>(?::[ ]?[\w.\[\]|?]{1,40}+[ ]=(?=[ ])|=>|:=|[!=]={1,2}|[=:]|\ is\b:?|\ was\b)[ \t]{0,16}|[ \t]{1,16})(?P<bare>["']?[^\s"'`<>]{4,8191}+)
    )""".replace("QUOTED1", _QUOTED.replace("{n}", "1")).replace("QUOTED2", _QUOTED.replace("{n}", "2")).replace("QUOTED3", _QUOTED.replace("{n}", "3")),
    re.MULTILINE,
)  # fmt: skip
_CONTINUED = re.compile(
    r"""\s{0,80}[+.&\\]?\s{0,80}(?:"(?P<d>[^"\\\n]{2,512}+)"|'(?P<s>[^'\\\n]{2,512}+)')"""
)
# The line up to the name says that a literal value follows: shell, YAML, properties, an option, a query.
_LITERAL = re.compile(
    r"""(?xi)
    (?: ^[\s>+$-]*(?:["']?[\w.-]*|(?:export|set|setx|setenv|env|arg|-\s)[ ]+["']?[\w.=:-]*) | (?:^|[\s"'\[,(])--?[\w.-]*
      | [?&;][\w.\[-]*|(?:-H|--header)[ ]["']?[\w-]* | ^[$>\#]?[ ]?[\w.:-]*|^//[\w./:-]*)$
    """
)
_TAKES_SPACE = re.compile(
    r"(?i)(?:(?:^|[\s\"'`])--?[\w.-]*|^\s*(?:ENV|ARG|setenv|setx|export)\s+[\w.-]*|(?:login|user(?:name)?)[ ]+\S{1,64}[ ]+[\w-]*"
    r"|^\s*(?:requirepass|password))$"
)
_QUERY = re.compile(r"[?&][\w.\[-]*$")
_FIELD_END = re.compile(r"[&#)\]},;]")
_CONNECTION = re.compile(r";[ ]?[\w. ]*$")
_MIXED = re.compile(r"\d|[a-z][A-Z].*[a-z][A-Z]")
_CALL = re.compile(r"[A-Za-z_&*!:][\w.:>-]*+[(\[{][\w.,:@*/=|\[(){&-]*+[)\]},;]*+")
_EXPRESSION = re.compile(r"[A-Za-z_*&!][\w.:/-]*")
_MANY_DIGITS = re.compile(r"(?:\D*\d){4}")
_SETTER = re.compile(r"(?i)(?:set|with|use)_?(?:[a-z]{0,12}_?){0,2}$")
_LINE_REACH = 200
_LONG_BARE = 128


def named(text: str, lowered: str) -> Iterator[_Span]:
    """Yield the spans of the values assigned to names that indicate a secret."""
    for name, kind in _names_in(lowered):
        done = 0  # a long text without spaces is looked at once, however many names are in it
        for match in name.finditer(lowered):
            if match.start() >= done and (assigned := _ASSIGNED.match(text, match.end())):
                if assigned.lastgroup == "bare" and assigned.end() - match.end() > _LONG_BARE:
                    done = assigned.end()
                yield from _value_of(text, match.start(), assigned, kind)


def _names_in(lowered: str) -> Iterator[tuple[re.Pattern[str], Kind]]:
    yield _PASSWORDS, Kind.PASSWORD
    for name in _OTHERS:
        yield name, Kind.KEY
    for name in (_SALT, _AUTH):
        yield name, Kind.KEY
    for name in _PHRASES:
        yield name, Kind.PHRASE
    for name in _FOREIGN:
        yield name, Kind.PASSWORD
    if not lowered.isascii():
        yield _OTHER_SCRIPTS, Kind.PASSWORD


def _value_of(text: str, start: int, match: re.Match[str], kind: Kind) -> Iterator[_Span]:
    group = match.lastgroup or ""
    value = match[group]
    if group == "bare":
        yield from _bare(text, start, match, kind)
    elif group == "block":
        yield from _block(match, kind)
    elif (
        kind is Kind.KEY
        and "(" in text[match.start() : match.start(group)]
        and not _SETTER.search(text[max(0, start - 24) : start])
    ):
        return  # a call such as get_token("…") takes other values
    elif is_secret(value.strip(), kind):
        yield match.span(group)
        yield from _continued(text, match.end())


def _continued(text: str, at: int) -> Iterator[_Span]:
    """Yield the strings that are joined to the first."""
    while match := _CONTINUED.match(text, at):
        group = match.lastgroup or "d"
        if is_words(match[group]):
            return
        yield match.span(group)
        at = match.end()


def _block(match: re.Match[str], kind: Kind) -> Iterator[_Span]:
    at = match.start("block")
    indent = None
    for line in match["block"].split("\n"):
        value = line.strip()
        depth = len(line) - len(line.lstrip())
        if indent is not None and depth < indent:
            return
        indent = depth
        if is_secret(value, kind) or (len(value) >= 4 and kind is Kind.PASSWORD and not is_words(value)):
            yield at + depth, at + depth + len(value)
        at += len(line) + 1


def _bare(text: str, start: int, match: re.Match[str], kind: Kind) -> Iterator[_Span]:
    begin, end = match.span("bare")
    line = text.rfind("\n", max(0, start - _LINE_REACH), start) + 1
    before = text[max(line, start - _LINE_REACH) : start] + text[start : match.start()]
    hinge, value = match["hinge"], match["bare"]
    if value[0] in "\"'":
        begin, value = begin + 1, value[1:]
    if not hinge.strip() and not _TAKES_SPACE.search(before):
        return
    is_sentence = hinge.startswith(" ") and hinge.strip()[-1:].isalpha()
    is_literal = not is_sentence and bool(_LITERAL.search(before))
    value = value[: _length(value, before, is_literal=is_literal)]
    end = begin + len(value)
    ends_line = text[end : end + 1] in {"", "\n", "\r", '"', "'"}
    is_certain = is_literal and (ends_line or hinge == "=") and not (hinge.startswith(" ") and "=" in hinge)
    if is_sentence and not _MIXED.search(value):
        return
    if is_secret(value, kind) and not (_CALL.fullmatch(value) if is_certain else _may_be_code(value, kind)):
        yield begin, end


def _may_be_code(value: str, kind: Kind) -> bool:
    if _CALL.fullmatch(value) or value[0] in "({[" or value[-1] in "({[":
        return True
    return (
        bool(_EXPRESSION.fullmatch(value))
        and not _MANY_DIGITS.match(value)
        and (kind is not Kind.PASSWORD or is_words(value))
    )


def _length(value: str, before: str, *, is_literal: bool) -> int:
    """Return the length of a bare value without what follows it: the next field of a query or a list."""
    for mark in ("\\n", "\\r", "\\t"):
        value = value.partition(mark)[0]
    if _QUERY.search(before):
        return len(_FIELD_END.split(value, maxsplit=1)[0])
    if ";" in value and not is_literal:
        value = value.partition(";")[0]
    if _CONNECTION.search(before):
        return len(value.partition(";")[0])
    return len(value) if is_literal else len(value.rstrip(",.)]}|;"))
