"""Whether the quoted text supports the addition: that a quote exists proves nothing else."""

import re
from collections.abc import Callable, Mapping

from fieldguide_server.configgen.additions.types import COMMANDS, Addition, QuotedText
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.task_runners import JUSTFILES, MAKEFILES, TASKFILES
from fieldguide_server.configgen.types import Key

# Files whose keys are names of commands: `npm run seed` is "seed": "…" in package.json.
RUNNERS: Mapping[str, frozenset[str]] = {
    "package.json": frozenset(NODE_MANAGERS),
    "composer.json": frozenset({"composer"}),
    "deno.json": frozenset({"deno"}),
    **dict.fromkeys(MAKEFILES, frozenset({"make"})),
    **dict.fromkeys(JUSTFILES, frozenset({"just"})),
    **dict.fromkeys(TASKFILES, frozenset({"task"})),
}
# Names of scripts that show their purpose.
TELLING_NAMES = {
    Key.BUILD: re.compile(r" (?:build|compile|codegen|generate)$"),
    Key.TEST: re.compile(r" tests?$"),
}
RUN_WORDS = frozenset({"run", "run-script", "task"})
LANGUAGES = {
    "go": r"\bgo(?:lang)?\b",
    "java": r"\b(?:java|jdk|openjdk|temurin)\b",
    "dotnet": r"\.net\b|\bdotnet\b",
    "node": r"\bnode(?:js)?\b",
}
DATABASES = {"postgresql": r"postgres", "mysql": r"mysql|mariadb", "mongodb": r"mongo"}
SYSTEM_INSTALL = re.compile(r"\bapt(?:-get)?\b|\binstall-packages\b")


def unsupported_reason(addition: Addition, quoted: QuotedText) -> str:
    """Return why the quoted text does not support the addition, "" if it does."""
    if SUPPORTS.get(addition.key, _command)(addition, quoted):
        return ""
    value = addition.name if addition.key is Key.VARIABLE else addition.value
    return f"The quote at {addition.path}:{quoted.line} does not mention `{value}`."


def _complete(value: str) -> re.Pattern[str]:
    """Return the pattern of a complete value with any spacing: ``npm run dev`` is not in ``npm run dev:all``."""
    words = r"\s+".join(map(re.escape, value.split()))
    return re.compile(rf"(?<![\w./-]){words}(?![\w:/-]|\.\w)", re.IGNORECASE)


def _command(addition: Addition, quoted: QuotedText) -> bool:
    text = re.sub(r"\\\n", " ", quoted.text)
    # The definition of a script does not ask anybody to run it, but its name may show that it builds or tests.
    names = TELLING_NAMES.get(addition.key)
    is_defined = names is not None and names.search(addition.value) and _is_key(addition, quoted)
    return bool(is_defined) or _complete(addition.value).search(text) is not None


def _is_key(addition: Addition, quoted: QuotedText) -> bool:
    """Return whether the command runs the script or target that the line defines."""
    programs = RUNNERS.get(addition.path.rpartition("/")[2], frozenset())
    for command in split_quietly(addition.value)[:1]:
        names = [word for word in command.words[1:] if word not in RUN_WORDS]
        if command.program in programs and len(names) == 1 and not command.environment:
            name = re.escape(names[0])
            return re.match(rf"\s*[\"']?{name}[\"']?\s*:", quoted.text) is not None
    return False


def _version(addition: Addition, quoted: QuotedText) -> bool:
    number = rf"(?<![\d.]){re.escape(addition.value)}(?![\d])"
    language = LANGUAGES.get(addition.name, rf"\b{re.escape(addition.name)}\b")
    return bool(
        addition.name and re.search(number, quoted.text) and re.search(language, quoted.text, re.IGNORECASE)
    )


def _port(addition: Addition, quoted: QuotedText) -> bool:
    """Return whether the number is used as a port rather than a year or a size."""
    before = r"(?:\bport\w*\W{0,20}(?:is\W{1,3}|of\W{1,3}|at\W{1,3})?|:|\bexpose\s+|listen\W{1,20})"
    return re.search(rf"{before}{re.escape(addition.value)}(?!\d)", quoted.text, re.IGNORECASE) is not None


def _database(addition: Addition, quoted: QuotedText) -> bool:
    names = DATABASES.get(addition.value)
    return names is not None and re.search(names, quoted.text, re.IGNORECASE) is not None


def _package(addition: Addition, quoted: QuotedText) -> bool:
    is_apt = SYSTEM_INSTALL.search(f"{quoted.above}\n{quoted.text}") is not None
    return is_apt and _complete(addition.value).search(quoted.text) is not None


def _variable(addition: Addition, quoted: QuotedText) -> bool:
    name, value = re.escape(addition.name), re.escape(addition.value)
    return re.search(rf"(?<!\w){name}\s*[=:]\s*[\"'`]?{value}(?![\w.-])", quoted.text) is not None


def _extension(addition: Addition, quoted: QuotedText) -> bool:
    return _complete(addition.value).search(quoted.text) is not None


SUPPORTS: Mapping[Key, Callable[[Addition, QuotedText], bool]] = {
    **dict.fromkeys(COMMANDS, _command),
    Key.VERSION: _version,
    Key.PORT: _port,
    Key.DATABASE: _database,
    Key.PACKAGE: _package,
    Key.VARIABLE: _variable,
    Key.EXTENSION: _extension,
}
