"""Texts with generated secrets, one kind each: used by the benchmark of redaction and by its test."""

import base64
import random
import string
from collections.abc import Callable, Iterator

LOWER, UPPER, DIGITS, HEX = string.ascii_lowercase, string.ascii_uppercase, string.digits, "0123456789abcdef"
ALNUM = LOWER + UPPER + DIGITS
SIGNS = ALNUM + "!@#%^*-_=+"
DJANGO = LOWER + DIGITS + "!@#$%^&*(-_=+)"
BASE64URL = ALNUM + "-_"
WORDS = [
    "marble",
    "otter",
    "candle",
    "river",
    "pencil",
    "orbit",
    "velvet",
    "lantern",
    "copper",
    "meadow",
    "saddle",
    "winter",
    "anchor",
    "falcon",
    "ribbon",
    "timber",
]


def _random(alphabet: str, least: int, most: int | None = None) -> Callable[[random.Random], str]:
    return lambda rng: "".join(rng.choices(alphabet, k=rng.randint(least, most or least)))


def _phrase(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=12))


def _base64(rng: random.Random) -> str:
    return base64.b64encode(_random(SIGNS, 12, 24)(rng).encode()).decode()


PASSWORD, LETTERS, NUMBERS = _random(SIGNS, 10, 20), _random(LOWER + UPPER, 10, 20), _random(DIGITS, 8, 12)
KEY, HEX32, HEX64 = _random(ALNUM, 24, 40), _random(HEX, 32), _random(HEX, 64)

# The name of a kind, the text with a bullet in the place of the value, and the value.
KINDS: tuple[tuple[str, str, Callable[[random.Random], str]], ...] = (
    ("python assignment", 'password = "•"\n', PASSWORD),
    ("letters only", 'db_password = "•"\n', LETTERS),
    ("lower case only", "password: '•'\n", _random(LOWER, 10, 20)),
    ("digits only", 'password = "•"\n', NUMBERS),
    ("django", "SECRET_KEY = '•'\n", _random(DJANGO, 50)),
    ("django insecure", "SECRET_KEY = 'django-insecure-•'\n", _random(DJANGO, 50)),
    ("wordpress", "define( 'AUTH_KEY', '•' );\n", _random(ALNUM + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|", 64)),
    ("php define", "define('DB_PASSWORD', '•');\n", PASSWORD),
    ("dotenv", "DB_PASSWORD=•\nDEBUG=1\n", PASSWORD),
    ("dotenv letters", "API_TOKEN=•\n", _random(LOWER + UPPER, 24)),
    ("dotenv pass", "SMTP_PASS=•\n", PASSWORD),
    ("yaml bare", "db:\n  password: •\n  port: 1\n", _random(SIGNS.replace("#", ""), 12, 20)),
    ("yaml quoted", "db:\n  password: '•'\n", PASSWORD),
    ("yaml block", "db:\n  password: |\n    •\n  port: 1\n", PASSWORD),
    ("yaml folded", "token: >-\n  •\nport: 1\n", KEY),
    ("properties", "spring.datasource.password=•\n", PASSWORD),
    ("ini", "[db]\npassword = •\n", KEY),
    ("compose list", "environment:\n  - POSTGRES_PASSWORD=•\n", PASSWORD),
    ("compose map", "environment:\n  POSTGRES_PASSWORD: •\n", KEY),
    ("compose command", "command: redis-server --requirepass •\n", KEY),
    ("compose array", 'command: ["redis-server", "--requirepass", "•"]\n', KEY),
    ("kubernetes data", "apiVersion: v1\nkind: Secret\ndata:\n  anything: •\n", _base64),
    ("kubernetes string", 'kind: Secret\nstringData:\n  anything: "•"\n', KEY),
    ("kubernetes env", "env:\n  - name: DB_PASSWORD\n    value: •\n", KEY),
    ("kubeconfig", "users:\n- user:\n    client-key-data: •\n", _random(ALNUM + "+/", 400)),
    ("kubeconfig token", "users:\n- user:\n    token: •\n", KEY),
    ("terraform variable", 'variable "db_password" {\n  type = string\n  default = "•"\n}\n', PASSWORD),
    ("terraform", '  master_password = "•"\n', PASSWORD),
    ("json", '{"clientSecret": "•"}\n', KEY),
    ("json pair", '{"name": "API_TOKEN", "value": "•"}\n', KEY),
    ("escaped json", '"source": "password = \\"•\\""\n', PASSWORD),
    ("python dict", "config['password'] = '•'\n", PASSWORD),
    ("python default", 'def connect(user, password="•"):\n', PASSWORD),
    ("python getenv", 'os.getenv("DB_PASSWORD", "•")\n', PASSWORD),
    ("python auth tuple", 'requests.get(url, auth=("bob", "•"))\n', PASSWORD),
    ("python auth class", 'HTTPBasicAuth("bob", "•")\n', PASSWORD),
    ("split string", 'api_key = "•" + "Kd93jfK2ls0Zm4Qp"\n', KEY),
    ("js fallback", 'const p = process.env.DB_PASSWORD || "•";\n', PASSWORD),
    ("shell fallback", 'P="${DB_PASSWORD:-•}"\n', KEY),
    ("setter", 'source.setPassword("•");\n', PASSWORD),
    ("dockerfile env", "ENV DB_PASSWORD •\n", KEY),
    ("dockerfile env equals", "ENV DB_PASSWORD=•\n", PASSWORD),
    ("sql user", "CREATE USER app IDENTIFIED BY '•';\n", PASSWORD),
    ("sql role", "ALTER ROLE app WITH PASSWORD '•';\n", PASSWORD),
    ("sql insert", "INSERT INTO users (name, password) VALUES ('bob', '•');\n", PASSWORD),
    ("csv", "name,password,age\nbob,•,3\n", _random(ALNUM, 12, 20)),
    ("ado.net", 'Server=db;User Id=sa;Password=•;Encrypt=true\n', _random(ALNUM, 12, 20)),
    ("azure storage", "DefaultEndpointsProtocol=https;AccountKey=•==;\n", _random(ALNUM + "+/", 86)),
    ("npmrc", "//registry.example.org/:_authToken=•\n", KEY),
    ("npmrc auth", "_auth=•\n", _base64),
    ("netrc", "machine example.org login bob password •\n", KEY),
    ("mysql -p", "mysql -u root -p• app\n", _random(ALNUM, 12, 20)),
    ("curl -u", "curl -u bob:• https://example.org\n", _random(ALNUM, 12, 20)),
    ("--password", "tool --password • --quiet\n", KEY),
    ("--password=", "tool --password=• --quiet\n", KEY),
    ("PGPASSWORD", "PGPASSWORD=• psql -U app\n", KEY),
    ("sshpass", "sshpass -p '•' ssh host\n", PASSWORD),
    ("docker login", "docker login -u bob -p • example.org\n", KEY),
    ("authorization bearer", 'curl -H "Authorization: Bearer •"\n', KEY),
    ("authorization basic", "Authorization: Basic •\n", lambda rng: base64.b64encode(b"bob:" + KEY(rng).encode()).decode()),
    ("api key header", "X-Api-Key: •\n", KEY),
    ("url password", "postgres://app:•@db.example.org/app\n", _random(ALNUM, 10, 20)),
    ("url token", "git clone https://•@github.com/a/b\n", KEY),
    ("url query", "https://example.org/hook?token=•&x=1\n", KEY),
    ("url signature", "https://a.blob.core.windows.net/c?sv=1&sig=•\n", _random(ALNUM + "%", 44)),
    ("markdown table", "| DB_PASSWORD | `•` |\n", PASSWORD),
    ("prose", "The password is • for now.\n", KEY),
    ("xml element", "<password>•</password>\n", PASSWORD),
    ("xml attribute", '<add key="DbPassword" value="•"/>\n', PASSWORD),
    ("plist", "<key>password</key>\n<string>•</string>\n", PASSWORD),
    ("log", "2024-01-01 login user=bob password=•, ok\n", KEY),
    ("spanish", 'contraseña = "•"\n', PASSWORD),
    ("german", 'passwort: "•"\n', PASSWORD),
    ("french", 'mot_de_passe = "•"\n', PASSWORD),
    ("portuguese", 'senha = "•"\n', PASSWORD),
    ("russian", 'пароль = "•"\n', PASSWORD),
    ("chinese", '密码: "•"\n', PASSWORD),
    ("private key in hex", 'private_key = "0x•"\n', HEX64),
    ("seed phrase", 'mnemonic = "•"\n', _phrase),
    ("pass phrase", 'passphrase = "•"\n', lambda rng: " ".join(rng.choices(WORDS, k=5))),
    ("github", "x •\n", lambda rng: "ghp_" + _random(ALNUM, 36)(rng)),
    ("gitlab", "x •\n", lambda rng: "glpat-" + _random(BASE64URL, 20)(rng)),
    ("twilio", "x •\n", lambda rng: "SK" + HEX32(rng)),
    ("twilio token", "TWILIO_AUTH_TOKEN=•\n", HEX32),
    ("digitalocean", "x •\n", lambda rng: "dop_v1_" + HEX64(rng)),
    ("vault", "x •\n", lambda rng: "hvs." + _random(BASE64URL, 90)(rng)),
    ("aws id", "x •\n", lambda rng: "AKIA" + _random(UPPER + "234567", 16)(rng)),
    ("aws secret", "aws_secret_access_key = •\n", _random(ALNUM + "+/", 40)),
    ("stripe", "x •\n", lambda rng: "sk_live_" + _random(ALNUM, 24)(rng)),
    ("npm", "x •\n", lambda rng: "npm_" + _random(ALNUM, 36)(rng)),
    ("google", "x •\n", lambda rng: "AIza" + _random(BASE64URL, 35)(rng)),
    ("sendgrid", "x •\n", lambda rng: f"SG.{_random(BASE64URL, 22)(rng)}.{_random(BASE64URL, 43)(rng)}"),
    ("shopify", "x •\n", lambda rng: "shpat_" + HEX32(rng)),
    ("slack app", "x •\n", lambda rng: "xapp-1-A" + _random(UPPER + DIGITS, 10)(rng) + "-" + HEX64(rng)),
    ("telegram", "x •\n", lambda rng: _random(DIGITS, 10)(rng) + ":AA" + _random(BASE64URL, 33)(rng)),
)  # fmt: skip


def generate(count: int, seed: int = 11) -> Iterator[tuple[str, str, str]]:
    """Yield the name of a kind, a text and the secret in it; ``count`` of each kind."""
    for name, frame, value in KINDS:
        rng = random.Random(f"{seed} {name}")
        before, _, after = frame.partition("•")
        for _ in range(count):
            secret = value(rng)
            yield name, f"{before}{secret}{after}", secret


def leaks(secret: str, redacted: str) -> bool:
    """Return whether half of a secret, or 8 characters of it, can be read in a text."""
    size = max(4, min(8, len(secret) // 2))
    return any(secret[at : at + size] in redacted for at in range(len(secret) - size + 1))
