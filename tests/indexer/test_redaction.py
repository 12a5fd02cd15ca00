import pytest

from fieldguide_indexer.redaction import PLACEHOLDER, redact
from tests.benchmarks.secret_kinds import KINDS, generate, leaks

KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
# Put together here, so that no scanner takes this file for a leak.
RANDOM = "a8Kd93jfK2ls0Zm4Qp7Xv1Rt6Yw5Ub3Ne9Hc"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"


@pytest.mark.parametrize(
    "token",
    [
        "AKIA" + "Q3EGRZ7LVX4PTB2N", "ghp_" + RANDOM, "github_pat_" + RANDOM, "glpat-" + RANDOM[:20], "xoxb-12-" + RANDOM,
        "sk_live_" + RANDOM, "rk_test_" + RANDOM, "sk-" + RANDOM, "sk-ant-api03-" + RANDOM, "sk-proj-" + RANDOM,
        "AIza" + RANDOM[:35], "npm_" + RANDOM[:36], "pypi-AgE" + RANDOM * 2, JWT, "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
        "Bearer " + RANDOM, "hooks.slack.com/services/T0123456/B0123456/" + RANDOM[:24], "GOCSPX-" + RANDOM[:28],
    ],
)  # fmt: skip
def test_a_token_with_its_providers_prefix_is_withheld_wherever_it_stands(token: str) -> None:
    assert redact(f"first\nsend({token})  # why\nlast") == (f"first\nsend({PLACEHOLDER})  # why\nlast", 1)


def test_what_looks_like_a_token_and_is_none_does_not_hide_one_inside_it() -> None:
    example = "sk-ant-EXAMPLE-" + RANDOM
    assert redact(f"{example}-glpat-{RANDOM[:20]}") == (f"{example}-{PLACEHOLDER}", 1)
    assert redact(f"{example}-sk-{RANDOM}") == (f"{example}-{PLACEHOLDER}", 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('password = "Tr0ub4dor&3"', 'password = "«»"'),
        ("DB_PASSWORD=s3cr8Pw99xxq", "DB_PASSWORD=«»"),
        ('  "clientSecret": "8fJ2kd83jdK3nf92Jd9",', '  "clientSecret": "«»",'),
        ('const apiKey: string = "9f8e7d6c5b4a39281706";', 'const apiKey: string = "«»";'),
        ("aws_secret_access_key = wJ4lrXUtn5EMI/K7MDENG/bPxRf1CYzz9s8kEYQ", "aws_secret_access_key = «»"),
        ("SECRET_KEY = 'django-insecure-8x!k2$9q@z7vw3#f&1m'", "SECRET_KEY = '«»'"),
        ("config[:api_key] => '9f8e7d6c5b4a39281706'", "config[:api_key] => '«»'"),
        ('if token == "9f8e7d6c5b4a39281706":', 'if token == "«»":'),
        ("<password>a8Kd93jfK2</password>", "<password>«»</password>"),
        ('{\\"token\\": \\"9f8e7d6c5b4a39281706\\"}', '{\\"token\\": \\"«»\\"}'),
        ("postgres://app:Zk3vNq82@db.internal:5432/x", "postgres://app:«»@db.internal:5432/x"),
        ("redis://:Zk3vNq82@10.0.0.1/0", "redis://:«»@10.0.0.1/0"),
        ("DefaultEndpoints;AccountKey=" + RANDOM * 2 + "==;", "DefaultEndpoints;«»;"),
    ],
)
def test_a_value_with_a_telling_name_is_withheld_and_its_name_is_kept(line: str, expected: str) -> None:
    assert redact(line) == (expected.replace("«»", PLACEHOLDER), 1)


@pytest.mark.parametrize(
    "line",
    [
        'password = "changeme123"', 'api_key = "<your-key-1>"', 'password = os.environ["DB_PASSWORD1"]',
        'token = get_token("abc123def456")', "password: ${DB_PASSWORD1}", 'password = "{{ vault.pass1 }}"',
        'secret_name = "prod-db-2a8Kd93jfK2"', 'TOKEN_URL = "https://x.org/oauth2/token1"', 'token_type = "bearer2a8Kd93jf"',
        "PASSWORD_HASHERS = ['django.contrib1']", "tokenizer = 'o200k_base_a8Kd93'", "postgres://user:password@localhost/db",
        "token: V1ObjectReference[str]", "def login(self, password: str = None) -> Token2:", "sort_key = 'a8Kd93jfK2ls0Zm4Q'",
        "AKIAIOSFODNN7EXAMPLE", "task-a8kd93jfk2ls0zm4qp7xv1rt6yw5ub3ne9hc", "sk-fading-circle-container-large",
        'if "-----BEGIN PRIVATE KEY-----" in text:', 'hash = "sha256:9f8e7d6c5b4a39281706"', "git@github.com:a/b2.git",
        "the password is wrong, and the secret is out: token",
    ],
)  # fmt: skip
def test_placeholders_names_and_expressions_stay_as_they_are(line: str) -> None:
    assert redact(line) == (line, 0)


def test_every_line_of_a_private_key_is_withheld_and_the_lines_stay() -> None:
    text = f"a\n-----BEGIN RSA PRIVATE KEY-----\n  {KEY}\n  {KEY}\n  ab1=\n-----END RSA PRIVATE KEY-----\nb\n"
    hidden, count = redact(text)
    assert hidden == (
        f"a\n-----BEGIN RSA PRIVATE KEY-----\n  {PLACEHOLDER}\n  {PLACEHOLDER}\n  {PLACEHOLDER}\n"
        "-----END RSA PRIVATE KEY-----\nb\n"
    )
    assert count == 1


@pytest.mark.parametrize(
    "text",
    [
        f'KEY = "-----BEGIN PRIVATE KEY-----\\n{KEY}\\n{KEY}\\n-----END PRIVATE KEY-----\\n"',
        f'KEY = (\n  "-----BEGIN EC PRIVATE KEY-----\\n"\n  "{KEY}\\n"\n  "{KEY}"\n)\nnext = 1',
        f"key: |\n  -----BEGIN PRIVATE KEY-----\n  {KEY}\n  {KEY}\nother: {{}}",
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{KEY}\n{KEY}\n-----END PGP PRIVATE KEY BLOCK-----",
    ],
)
def test_a_private_key_is_withheld_in_strings_and_when_its_end_is_missing(text: str) -> None:
    hidden, count = redact(text)
    assert count == 1
    assert KEY[:16] not in hidden
    assert hidden.count("\n") == text.count("\n")
    assert hidden.splitlines()[-1].startswith(text.splitlines()[-1][:5])


def test_code_that_names_the_marks_of_a_key_is_not_touched() -> None:
    text = 'BEGIN = "-----BEGIN PRIVATE KEY-----"\ndef f(x):\n    return x[1]\nEND = "-----END PRIVATE KEY-----"\n'
    assert redact(text) == (text, 0)


def test_several_secrets_on_a_line_are_withheld_each_once() -> None:
    line = f'login(password="Tr0ub4dor&3", token="ghp_{RANDOM}", url="https://me:Zk3vNq82@host1")'
    hidden, count = redact(line)
    assert count == 3
    assert (
        hidden
        == f'login(password="{PLACEHOLDER}", token="{PLACEHOLDER}", url="https://me:{PLACEHOLDER}@host1")'
    )


def test_letters_that_grow_when_lowered_do_not_shift_what_is_withheld() -> None:
    assert redact('İİİ\npassword = "Tr0ub4dor&3"\nİ') == (f'İİİ\npassword = "{PLACEHOLDER}"\nİ', 1)


def test_a_text_that_was_redacted_stays_as_it_is() -> None:
    hidden, _ = redact(f'password = "Tr0ub4dor&3"\nghp_{RANDOM}\n')
    assert redact(hidden) == (hidden, 0)


@pytest.mark.parametrize(
    "piece",
    [
        "pwd=",
        'password="a',
        "token",
        "://a:b",
        "eyJa.",
        '="',
        "secret_key_key1",
        "-----BEGIN PRIVATE KEY-----",
        "_key: ",
        "a",
        "password: |\n  x\n",
        "curl -u ",
        "password {",
        "kind: Secret\n",
        "INSERT INTO a (password) VALUES (",
        "authorization: ",
        "auth('a', ",
    ],
)
def test_a_hostile_line_of_half_a_megabyte_comes_back(piece: str) -> None:
    line = piece * (500_000 // len(piece))
    hidden, _ = redact(line)
    assert hidden.count("\n") == line.count("\n")


def test_a_long_number_in_a_value_takes_no_longer_than_other_values() -> None:
    # A pattern that can divide the digits in several ways tries them all, 2 ** 39 here.
    values = ("key-" + "0123456789" * 4 + "Z#", "xoxb-" + "1234567890-" * 20 + "#", "sk" + "0" * 400 + "-#")
    for value in values:
        redact(f'token = "{value}"')


@pytest.mark.parametrize("kind", [kind for kind, _, _ in KINDS])
def test_no_generated_value_of_a_kind_with_a_name_or_a_form_stays_readable(kind: str) -> None:
    texts = [(text, secret) for name, text, secret in generate(5, seed=7) if name == kind]
    assert [text for text, secret in texts if leaks(secret, redact(text)[0])] == []


@pytest.mark.parametrize(
    "line",
    [
        'error = "Password is required."', "password: postgres", '"password" => "[FILTERED]"', "secret_key = base64.urlsafe_b64decode(key)",
        'Cannot pass "subdomain" or "url_scheme"', "pass unless params[1] == 2", "token = :crypto.strong_rand_bytes(@rand_size)",
        'headers={"Authorization": aiohttp.encode_basic_auth("user", "pass")}', '"Authorization": "Basic dXNlcjpwYXNz"',
        "WrongCredentials => (StatusCode::UNAUTHORIZED, 1)", 'password: "required|string|min:8"', "password: str | None = None",
        'path: "/run/secrets/db_password"', "password=self._password,", "DB_PASSWORD=${DB_PASSWORD}", "DB_PASSWORD=$(cat file1)",
        "curl -u $USER:$PASSWORD1 url", "mysql -u root -p$MYSQL_PWD1", "docker login -u a --password-stdin", "https://bob@example.org/1",
    ],
)  # fmt: skip
def test_code_sentences_and_references_stay_as_they_are(line: str) -> None:
    assert redact(line) == (line, 0)
