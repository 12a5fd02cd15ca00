"""Commands that are always refused, whichever file the quote is from: a README may be written to be quoted.

The remaining commands are few and simple, and still only part of a file that the user reviews.
"""

import itertools
import re

from fieldguide_indexer import redact
from fieldguide_server.configgen.additions.types import COMMANDS, Addition
from fieldguide_server.configgen.reading.repository import Repository, as_object, word_set
from fieldguide_server.configgen.reading.shell import SAFE_TEXT, SimpleCommand, enter, split_quietly
from fieldguide_server.configgen.tools.interpreters import STANDALONE
from fieldguide_server.configgen.tools.package_managers import ANY_NODE_MANAGER
from fieldguide_server.configgen.tools.project_tools import MANIFESTS
from fieldguide_server.configgen.types import Key

# Programs that set up projects: none of them downloads from any address, or runs code that it is given.
PROGRAMS = frozenset(MANIFESTS) | word_set(
    "python python3 pip pip3 node deno ruby rails rake php bash sh docker docker-compose npx pnpx bunx corepack nvm "
    "fnm pyenv rbenv asdf mise direnv django-admin flask celery alembic uvicorn gunicorn streamlit jupyter pre-commit "
    "dotnet java hugo jekyll sidekiq foreman overmind honcho tsc vite next nx turbo lerna prisma knex sequelize "
    "mkdir cp touch elixir iex stack cabal ninja gcc g++ clang rustup rustc mvnw gradlew conda mamba hatch tox nox"
)
DELETING = re.compile(
    r"(?<![\w/])(?:drop|flush|reset|destroy|prune|delete|purge|wipe|uninstall|rollback|truncate)(?!\w)"
)
PUBLISHING = re.compile(r"(?<![\w/-])(?:publish|deploy|login|logout|upload|docker push)(?!\w)")
# Options that take code instead of a file.
CODE_OPTIONS = frozenset({"-c", "-e", "-p", "-r", "--eval", "--exec", "--print"})
OUTSIDE = re.compile(r"^(?:/|~|\.\.(?:/|$))|/\.\.(?:/|$)|(?:^|/)\.git(?:/|$)")
NAMED_INSTALL = re.compile(
    rf"^(?:{ANY_NODE_MANAGER}) (?:global )?(?:i|install|add)\b|^yarn global\b|^(?:python3? -m )?(?:pip3?|pipx|uv pip) install\b"
    r"|^(?:gem|cargo|conda|mamba|brew|go|apt|apt-get|apk|choco|snap|dotnet tool) (?:install|get|add)\b"
    r"|^(?:poetry|pdm|uv|pipenv|composer|bundle|cargo|deno) (?:add|require)\b|^(?:uvx|dlx)\b|^uv tool\b"
)
# A path, or the value of an option that names a file, is not a package of a registry.
LOCAL = re.compile(r"^(?:\.{1,2}(?:/|$|\[)|-)|\.(?:txt|in|toml|lock|ya?ml)$")
FILE_OPTIONS = frozenset({"-r", "--requirement", "-e", "--editable", "-f", "--file", "-c"})
PACKAGE_RUNNERS = frozenset({"npx", "pnpx", "bunx"})
NAME = re.compile(r"[A-Z][A-Z0-9_]{1,60}")
# Variables that change which programs run, or where packages come from.
STEERING = re.compile(
    r"^(?:PATH|IFS|ENV|SHELL|EDITOR|HOME|PAGER|BROWSER|PROMPT_COMMAND|NODE_OPTIONS|RUBYOPT|PERL5\w*|JAVA_TOOL_OPTIONS|"
    r"(?:LD|DYLD|BASH|GIT|SSH|NPM_CONFIG|PIP|UV|YARN|DOCKER|MAVEN|GRADLE|CARGO|GO)_\w+|PYTHON(?:PATH|STARTUP|HOME)|GOPROXY|"
    r"\w*PROXY)$"
)
SECRET = re.compile(r"SECRET|TOKEN|PASS|PWD|CREDENTIAL|PRIVATE|AUTH|KEY|SALT|DSN|SIGN")
PLACEHOLDER = re.compile(r"(?i)<|\.\.\.|x{3,}|change.?me|your|example|todo|replace|dummy|secret")


def unsafe_reason(addition: Addition, repo: Repository) -> str:
    """Return why an addition is unsafe, "" if it is safe."""
    if redact(f"{addition.name}={addition.value}")[0] != f"{addition.name}={addition.value}":
        return "It looks like a secret, which must not be in a file."
    if addition.key is Key.VARIABLE:
        return _variable(addition)
    return _command(addition, repo) if addition.key in COMMANDS else ""


def _variable(addition: Addition) -> str:
    if not NAME.fullmatch(addition.name):
        return "`name` must consist of capital letters, digits and underscores."
    if SECRET.search(addition.name):
        return "Its name suggests a secret, which must not be in a file."
    if STEERING.search(addition.name):
        return "This variable changes which programs run or where packages come from."
    if PLACEHOLDER.search(addition.value):
        return "Its value is a placeholder."
    is_plain = SAFE_TEXT.fullmatch(addition.value) and not _has_address(addition.value)
    return "" if is_plain else "Its value must be plain text without an address."


def _has_address(text: str) -> bool:
    return re.search(r"://(?!(?:localhost|127\.0\.0\.1|0\.0\.0\.0)\b)", text) is not None


def _command(addition: Addition, repo: Repository) -> str:
    text = addition.value
    if not SAFE_TEXT.fullmatch(text):
        return (
            "It contains shell characters (such as | ; & $ > ` or quotes), so its effect cannot be checked."
        )
    if "://" in text:
        return "It contains an address."
    if "sudo" in text.split():
        return "It requires administrator rights."
    for command in split_quietly(text, addition.folder):
        if reason := _simple(command, repo):
            return reason
    return ""


def _simple(command: SimpleCommand, repo: Repository) -> str:
    words = " ".join((command.program, *command.words[1:]))
    assigned = [word.partition("=") for word in (*command.environment, *command.words) if "=" in word]
    is_steering = any(STEERING.search(name) for name, _, _ in assigned)
    is_outside = any(OUTSIDE.search(word) for word in (*command.words, *(value for _, _, value in assigned)))
    is_foreign = command.program in PACKAGE_RUNNERS and not _depends_on(command, repo)
    is_unknown = not _is_allowed(command, repo)
    reasons = {
        f"`{command.words[0]}` is neither a known set-up program nor a file of the repository.": is_unknown,
        "It runs code from the command line instead of a file of the repository.": _is_given_code(command),
        "It changes which programs run or where packages come from.": is_steering,
        "It refers to files outside the repository, or to Git's own files.": is_outside,
        "It deletes something.": DELETING.search(words),
        "It publishes something or signs in.": PUBLISHING.search(words),
        "It runs a package that no package.json depends on.": is_foreign,
        "It installs a package by name, but only packages in a manifest may be installed.": _names_packages(
            words
        ),
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _is_allowed(command: SimpleCommand, repo: Repository) -> bool:
    """Return whether a command is a known program or a file of the repository."""
    path = enter(command.folder, command.words[0]) if "/" in command.words[0] else None
    return (
        path in repo.files
        if path is not None
        else command.program in PROGRAMS and "/" not in command.words[0]
    )


def _is_given_code(command: SimpleCommand) -> bool:
    options = itertools.takewhile(lambda word: word.startswith("-"), command.words[1:])
    return command.program in STANDALONE and bool(CODE_OPTIONS & set(options))


def _names_packages(words: str) -> bool:
    found = NAMED_INSTALL.search(words)
    rest = words[found.end() :].split() if found else []
    pairs = zip(["", *rest], rest, strict=False)
    return any(before not in FILE_OPTIONS and not LOCAL.search(word) for before, word in pairs)


def _depends_on(command: SimpleCommand, repo: Repository) -> bool:
    package = next(iter(command.positional()), "").partition("@")[0]
    sections = ("dependencies", "devDependencies")
    return any(
        package in as_object(repo.json(path).get(section))
        for path in repo.named("package.json")
        for section in sections
    )
