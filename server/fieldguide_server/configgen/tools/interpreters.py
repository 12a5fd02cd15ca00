"""Interpreters: the programs that run a source file, and what their files end in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program that runs source files.

    ``stack`` is the ecosystem, "shell" for shells. ``endings`` are those of the files that it is the usual program for.
    ``has_subcommands``: a word such as ``run`` precedes the file. ``is_package``: a package of the project brings it.
    """

    program: str
    stack: str
    endings: tuple[str, ...] = ()
    has_subcommands: bool = False
    is_package: bool = False


INTERPRETERS = (
    Interpreter("python", "python", (".py",)),
    Interpreter("python3", "python"),
    Interpreter("node", "node", (".js", ".mjs", ".cjs")),
    Interpreter("ts-node", "node", is_package=True),
    Interpreter("tsx", "node", is_package=True),
    Interpreter("babel-node", "node", is_package=True),
    Interpreter("bun", "bun", has_subcommands=True),
    Interpreter("deno", "deno", has_subcommands=True),
    Interpreter("php", "php", (".php",)),
    Interpreter("ruby", "ruby", (".rb",)),
    Interpreter("perl", "perl", (".pl",)),
    Interpreter("bash", "shell", (".sh", ".bash")),
    Interpreter("sh", "shell"),
    Interpreter("zsh", "shell"),
    Interpreter("dash", "shell"),
    Interpreter("fish", "shell"),
)
SHELLS = frozenset(each.program for each in INTERPRETERS if each.stack == "shell")
JAVASCRIPT = frozenset(each.program for each in INTERPRETERS if each.stack in {"node", "bun", "deno"})
STANDALONE = frozenset(each.program for each in INTERPRETERS if not each.is_package)
# Their first argument is the file.
TAKE_A_FILE = frozenset(each.program for each in INTERPRETERS if not each.has_subcommands)
STACKS = {each.program: each.stack for each in INTERPRETERS}
BY_ENDING = {ending: each.program for each in INTERPRETERS for ending in each.endings}
