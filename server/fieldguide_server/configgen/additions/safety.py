"""What is never taken from a proposal, wherever it stands: a README may be written to be quoted.

The commands that stay are few and plain, and still only shown in a file that the user looks at.
"""

import itertools
import re

from fieldguide_indexer import redact
from fieldguide_server.configgen.additions.types import COMMANDS, Addition
from fieldguide_server.configgen.reading.repository import Repository, as_object, word_set
from fieldguide_server.configgen.reading.shell import SAFE_TEXT, SimpleCommand, enter, split_quietly
from fieldguide_server.configgen.tools.interpreters import STANDALONE
from fieldguide_server.configgen.tools.project_tools import MANIFESTS
from fieldguide_server.configgen.types import Key

# What sets projects up, and no more: nothing here fetches from anywhere or runs text that is given to it.
PROGRAMS = frozenset(MANIFESTS) | word_set(
    "python python3 pip pip3 node deno ruby rails rake php bash sh docker docker-compose npx pnpx bunx corepack nvm "
    "fnm pyenv rbenv asdf mise direnv django-admin flask celery alembic uvicorn gunicorn streamlit jupyter pre-commit "
    "dotnet java hugo jekyll sidekiq foreman overmind honcho tsc vite next nx turbo lerna prisma knex sequelize "
    "mkdir cp touch elixir iex stack cabal ninja gcc g++ clang rustup rustc mvnw gradlew conda mamba hatch tox nox"
)
TAKES_AWAY = re.compile(
    r"(?<![\w/])(?:drop|flush|reset|destroy|prune|delete|purge|wipe|uninstall|rollback|truncate)(?!\w)"
)
SENDS_AWAY = re.compile(r"(?<![\w/-])(?:publish|deploy|login|logout|upload|docker push)(?!\w)")
# Options that take a program's text instead of its file.
INLINE = frozenset({"-c", "-e", "-p", "-r", "--eval", "--exec", "--print"})
OUTSIDE = re.compile(r"^(?:/|~|\.\.(?:/|$))|/\.\.(?:/|$)|(?:^|/)\.git(?:/|$)")
NAMED_INSTALL = re.compile(
    r"^(?:npm|pnpm|bun|yarn) (?:global )?(?:i|install|add)\b|^yarn global\b|^(?:python3? -m )?(?:pip3?|pipx|uv pip) install\b"
    r"|^(?:gem|cargo|conda|mamba|brew|go|apt|apt-get|apk|choco|snap|dotnet tool) (?:install|get|add)\b"
    r"|^(?:poetry|pdm|uv|pipenv|composer|bundle|cargo|deno) (?:add|require)\b|^(?:uvx|dlx)\b|^uv tool\b"
)
# What follows an option that names a file, or is a path itself, is no package of a registry.
LOCAL = re.compile(r"^(?:\.{1,2}(?:/|$|\[)|-)|\.(?:txt|in|toml|lock|ya?ml)$")
TAKES_FILE = frozenset({"-r", "--requirement", "-e", "--editable", "-f", "--file", "-c"})
RUNS_PACKAGES = frozenset({"npx", "pnpx", "bunx"})
NAME = re.compile(r"[A-Z][A-Z0-9_]{1,60}")
# They change which programs run, or where packages come from.
STEERING = re.compile(
    r"^(?:PATH|IFS|ENV|SHELL|EDITOR|HOME|PAGER|BROWSER|PROMPT_COMMAND|NODE_OPTIONS|RUBYOPT|PERL5\w*|JAVA_TOOL_OPTIONS|"
    r"(?:LD|DYLD|BASH|GIT|SSH|NPM_CONFIG|PIP|UV|YARN|DOCKER|MAVEN|GRADLE|CARGO|GO)_\w+|PYTHON(?:PATH|STARTUP|HOME)|GOPROXY|"
    r"\w*PROXY)$"
)
SECRET = re.compile(r"SECRET|TOKEN|PASS|PWD|CREDENTIAL|PRIVATE|AUTH|KEY|SALT|DSN|SIGN")
PLACEHOLDER = re.compile(r"(?i)<|\.\.\.|x{3,}|change.?me|your|example|todo|replace|dummy|secret")


def unsafe(addition: Addition, repo: Repository) -> str:
    """Return why it is not taken, "" when nothing speaks against it."""
    if redact(f"{addition.name}={addition.value}")[0] != f"{addition.name}={addition.value}":
        return "It looks like a secret, which no file should hold."
    if addition.key is Key.VARIABLE:
        return _variable(addition)
    return _command(addition, repo) if addition.key in COMMANDS else ""


def _variable(addition: Addition) -> str:
    if not NAME.fullmatch(addition.name):
        return "A variable's `name` is of capitals, digits and underscores."
    if SECRET.search(addition.name):
        return "By its name it is a secret, which no file should hold."
    if STEERING.search(addition.name):
        return "This variable changes which programs run or where packages come from."
    if PLACEHOLDER.search(addition.value):
        return "Its value stands for one that everybody has to choose."
    is_plain = SAFE_TEXT.fullmatch(addition.value) and not _leads_out(addition.value)
    return "" if is_plain else "Its value is no plain word, or names an address."


def _leads_out(text: str) -> bool:
    return re.search(r"://(?!(?:localhost|127\.0\.0\.1|0\.0\.0\.0)\b)", text) is not None


def _command(addition: Addition, repo: Repository) -> str:
    text = addition.value
    if not SAFE_TEXT.fullmatch(text):
        return (
            "It uses signs of the shell (such as | ; & $ > ` or quotes), so it cannot be told what it does."
        )
    if "://" in text:
        return "It names an address."
    if "sudo" in text.split():
        return "It asks for the rights of an administrator."
    for command in split_quietly(text, addition.folder):
        if reason := _simple(command, repo):
            return reason
    return ""


def _simple(command: SimpleCommand, repo: Repository) -> str:
    words = " ".join((command.program, *command.words[1:]))
    assigned = [word.partition("=") for word in (*command.environment, *command.words) if "=" in word]
    steers = any(STEERING.search(name) for name, _, _ in assigned)
    leads_out = any(OUTSIDE.search(word) for word in (*command.words, *(value for _, _, value in assigned)))
    is_foreign = command.program in RUNS_PACKAGES and not _depends_on(command, repo)
    found = {
        f"`{command.words[0]}` is none of the programs that set projects up, nor a file here.": not _is_known(
            command, repo
        ),
        "It runs text instead of a file of the repository.": _is_given_text(command),
        "It changes which programs run or where packages come from.": steers,
        "It leads out of the repository, or into git's own files.": leads_out,
        "It takes something away.": TAKES_AWAY.search(words),
        "It sends something away.": SENDS_AWAY.search(words),
        "It runs a package that no package.json depends on.": is_foreign,
        "It installs packages by name, and only what a manifest lists is installed.": _names_packages(words),
    }
    return next((reason for reason, holds in found.items() if holds), "")


def _is_known(command: SimpleCommand, repo: Repository) -> bool:
    """Return whether a command is one of the programs above, or a file of the repository."""
    path = enter(command.folder, command.words[0]) if "/" in command.words[0] else None
    return (
        path in repo.files
        if path is not None
        else command.program in PROGRAMS and "/" not in command.words[0]
    )


def _is_given_text(command: SimpleCommand) -> bool:
    options = itertools.takewhile(lambda word: word.startswith("-"), command.words[1:])
    return command.program in STANDALONE and bool(INLINE & set(options))


def _names_packages(words: str) -> bool:
    found = NAMED_INSTALL.search(words)
    rest = words[found.end() :].split() if found else []
    pairs = zip(["", *rest], rest, strict=False)
    return any(before not in TAKES_FILE and not LOCAL.search(word) for before, word in pairs)


def _depends_on(command: SimpleCommand, repo: Repository) -> bool:
    wanted = next(iter(command.positional()), "").partition("@")[0]
    sections = ("dependencies", "devDependencies")
    return any(
        wanted in as_object(repo.json(path).get(section))
        for path in repo.named("package.json")
        for section in sections
    )
