"""Whether the quoted place says what is proposed: a quote that is there proves nothing else."""

import re
from collections.abc import Callable, Mapping

from fieldguide_server.configgen.additions.types import COMMANDS, Addition, Proof
from fieldguide_server.configgen.reading.shell import split_quietly
from fieldguide_server.configgen.tools.package_managers import NODE_MANAGERS
from fieldguide_server.configgen.tools.task_runners import JUSTFILES, MAKEFILES, TASKFILES
from fieldguide_server.configgen.types import Key

# Files whose keys are the names of commands: `npm run seed` stands in package.json as "seed": "…".
RUNNERS: Mapping[str, frozenset[str]] = {
    "package.json": frozenset(NODE_MANAGERS),
    "composer.json": frozenset({"composer"}),
    "deno.json": frozenset({"deno"}),
    **dict.fromkeys(MAKEFILES, frozenset({"make"})),
    **dict.fromkeys(JUSTFILES, frozenset({"just"})),
    **dict.fromkeys(TASKFILES, frozenset({"task"})),
}
# Names of scripts that say by themselves what they are for.
PLAIN_NAMES = {
    Key.BUILD: re.compile(r" (?:build|compile|codegen|generate)$"),
    Key.TEST: re.compile(r" tests?$"),
}
BETWEEN = frozenset({"run", "run-script", "task"})
LANGUAGES = {
    "go": r"\bgo(?:lang)?\b",
    "java": r"\b(?:java|jdk|openjdk|temurin)\b",
    "dotnet": r"\.net\b|\bdotnet\b",
    "node": r"\bnode(?:js)?\b",
}
DATABASES = {"postgresql": r"postgres", "mysql": r"mysql|mariadb", "mongodb": r"mongo"}
SYSTEM_INSTALL = re.compile(r"\bapt(?:-get)?\b|\binstall-packages\b")


def unsaid(addition: Addition, proof: Proof) -> str:
    """Return why the place does not say it; "" when it does."""
    says = SAYS.get(addition.key, _command)
    if says(addition, proof):
        return ""
    shown = addition.name if addition.key is Key.VARIABLE else addition.value
    return f"{addition.path}:{proof.line} holds the quote, but does not say `{shown}`."


def _whole(value: str) -> re.Pattern[str]:
    """Return the value as a whole, however it is spaced: ``npm run dev`` is not in ``npm run dev:all``."""
    words = r"\s+".join(map(re.escape, value.split()))
    return re.compile(rf"(?<![\w./-]){words}(?![\w:/-]|\.\w)", re.IGNORECASE)


def _command(addition: Addition, proof: Proof) -> bool:
    text = re.sub(r"\\\n", " ", proof.text)
    # That a script is there does not tell anybody to run it; that it builds or tests is what its name says.
    named = PLAIN_NAMES.get(addition.key)
    is_defined = named is not None and named.search(addition.value) and _is_key(addition, proof)
    return bool(is_defined) or _whole(addition.value).search(text) is not None


def _is_key(addition: Addition, proof: Proof) -> bool:
    """Return whether the command runs the script or target that the line defines."""
    programs = RUNNERS.get(addition.path.rpartition("/")[2], frozenset())
    for command in split_quietly(addition.value)[:1]:
        names = [word for word in command.words[1:] if word not in BETWEEN]
        if command.program in programs and len(names) == 1 and not command.environment:
            name = re.escape(names[0])
            return re.match(rf"\s*[\"']?{name}[\"']?\s*:", proof.text) is not None
    return False


def _version(addition: Addition, proof: Proof) -> bool:
    number = rf"(?<![\d.]){re.escape(addition.value)}(?![\d])"
    language = LANGUAGES.get(addition.name, rf"\b{re.escape(addition.name)}\b")
    return bool(
        addition.name and re.search(number, proof.text) and re.search(language, proof.text, re.IGNORECASE)
    )


def _port(addition: Addition, proof: Proof) -> bool:
    """Return the number where a port is meant, not a year or a size."""
    before = r"(?:\bport\w*\W{0,20}(?:is\W{1,3}|of\W{1,3}|at\W{1,3})?|:|\bexpose\s+|listen\W{1,20})"
    return re.search(rf"{before}{re.escape(addition.value)}(?!\d)", proof.text, re.IGNORECASE) is not None


def _database(addition: Addition, proof: Proof) -> bool:
    known = DATABASES.get(addition.value)
    return known is not None and re.search(known, proof.text, re.IGNORECASE) is not None


def _package(addition: Addition, proof: Proof) -> bool:
    is_apt = SYSTEM_INSTALL.search(f"{proof.above}\n{proof.text}") is not None
    return is_apt and _whole(addition.value).search(proof.text) is not None


def _variable(addition: Addition, proof: Proof) -> bool:
    name, value = re.escape(addition.name), re.escape(addition.value)
    return re.search(rf"(?<!\w){name}\s*[=:]\s*[\"'`]?{value}(?![\w.-])", proof.text) is not None


def _extension(addition: Addition, proof: Proof) -> bool:
    return _whole(addition.value).search(proof.text) is not None


SAYS: Mapping[Key, Callable[[Addition, Proof], bool]] = {
    **dict.fromkeys(COMMANDS, _command),
    Key.VERSION: _version,
    Key.PORT: _port,
    Key.DATABASE: _database,
    Key.PACKAGE: _package,
    Key.VARIABLE: _variable,
    Key.EXTENSION: _extension,
}
