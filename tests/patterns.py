"""The product's regular expressions, and texts on which a pattern that backtracks takes much longer than it should.

``product_patterns`` finds every pattern that the packages compile, at module level or inline. ``adversarial_texts``
derives texts from a pattern's own parse tree: for each repetition, a way to reach it, many rounds of what it repeats,
and an end that does not match.
"""

import ast
import contextlib
import importlib
import itertools
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Python names its parser differently since 3.11.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

PACKAGES = ("fieldguide_indexer", "fieldguide_server")
ANCHORED = frozenset({"match", "fullmatch"})
_FUNCTIONS = frozenset(
    {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
)
# Characters which no pattern is likely to expect after its repetitions.
_ENDS = ("", "\x00", "!\n")
_CATEGORIES = {
    sre.CATEGORY_DIGIT: "0", sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_SPACE: " ", sre.CATEGORY_NOT_SPACE: "a",
    sre.CATEGORY_WORD: "a", sre.CATEGORY_NOT_WORD: "-",
}  # fmt: skip
# One text for each kind of thing that long lines of real files consist of.
COMMON = (
    "a", "0", " ", "\n", "\t", "_", "-", ".", "/", "\"", "'", "`", "#", "*", "\\", "(", "[", "{", "<", "=", ":", ",", "()", "[]",
    "{}", "\\\"", "${", "{{", "a ", "a.", "a-", "a_", "a/", "a,", "a=", "a: ", "a(", " \n", "\n\n", "a\n", "# ", "- ", "a0", "é",
)  # fmt: skip


@dataclass(frozen=True)
class UsedPattern:
    """A pattern and where it is; ``anchored`` if it is only applied at one position, by ``match`` or ``fullmatch``."""

    place: str
    pattern: re.Pattern[str]
    anchored: bool

    def scan(self, text: str) -> None:
        """Apply the pattern to a whole text."""
        if self.anchored:
            self.pattern.match(text)
            self.pattern.fullmatch(text)
        else:
            for _ in self.pattern.finditer(text):
                pass


def product_patterns() -> list[UsedPattern]:
    """Return the patterns of all modules of the product."""
    modules = [module for package in PACKAGES for module in _modules(package)]
    trees = [
        (module, ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))) for module in modules
    ]
    methods: dict[tuple[str, str], set[str]] = {}
    for module, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in _FUNCTIONS:
                owner = node.value
                name = (
                    owner.id
                    if isinstance(owner, ast.Name)
                    else owner.attr
                    if isinstance(owner, ast.Attribute)
                    else ""
                )
                methods.setdefault(_scope(module, name), set()).add(node.attr)
    found: dict[tuple[str, int, bool], UsedPattern] = {}
    for module, _ in trees:
        for used in _compiled(module, methods):
            found.setdefault((used.pattern.pattern, used.pattern.flags, used.anchored), used)
    known = {pattern for pattern, _, _ in found}
    for module, tree in trees:
        for used in _inline(module, tree):
            if used.pattern.pattern not in known:
                found.setdefault((used.pattern.pattern, used.pattern.flags, used.anchored), used)
    return list(found.values())


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not info.name.endswith("__main__"):
            with contextlib.suppress(ModuleNotFoundError):  # some tools of development need more packages
                yield importlib.import_module(info.name)


def _scope(module: ModuleType, name: str) -> tuple[str, str]:
    """Return where a name is looked for: a private one in its own module."""
    return (module.__name__ if name.startswith("_") else "", name)


def _compiled(module: ModuleType, methods: dict[tuple[str, str], set[str]]) -> Iterator[UsedPattern]:
    for name, value in vars(module).items():
        for pattern in _patterns_in(value, 5):
            used = methods.get(_scope(module, name), set())
            yield UsedPattern(f"{module.__name__}.{name}", pattern, bool(used) and used <= ANCHORED)


def _patterns_in(value: object, depth: int) -> Iterator[re.Pattern[str]]:
    """Yield the patterns in a value, its items and, for a class or object of the product, its attributes."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
        return
    if not depth:
        return
    if isinstance(value, dict):
        inner: Any = [*value, *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = value
    elif getattr(value, "__module__", None) is not None and str(type(value).__module__).startswith(PACKAGES):
        inner = [
            getattr(value, name, None)
            for name in (*getattr(value, "__dict__", ()), *getattr(value, "__slots__", ()))
        ]
    elif isinstance(value, type) and value.__module__.startswith(PACKAGES):
        inner = list(vars(value).values())
    else:
        return
    for each in inner:
        yield from _patterns_in(each, depth - 1)


def _inline(module: ModuleType, tree: ast.Module) -> Iterator[UsedPattern]:
    """Yield patterns that calls such as ``re.search`` state; what a pattern takes from a variable becomes ``name``."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        is_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        text = _literal(node.args[0])
        if not is_re or node.func.attr not in _FUNCTIONS or text is None:
            continue
        flags = 0
        for argument in (*node.args[1:], *(keyword.value for keyword in node.keywords)):
            for part in ast.walk(argument):
                if (
                    isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == "re"
                ):
                    flags |= (
                        getattr(re, part.attr, 0)
                        if isinstance(getattr(re, part.attr, 0), re.RegexFlag)
                        else 0
                    )
        try:
            pattern = re.compile(text, flags)
        except re.error:
            continue  # its variables are patterns of their own
        yield UsedPattern(f"{module.__name__}:{node.lineno}", pattern, node.func.attr in ANCHORED)


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "name" for part in node.values)
    return None


def adversarial_texts(pattern: re.Pattern[str], size: int) -> Iterator[str]:
    """Yield texts of about ``size`` characters that drive a backtracking engine through the pattern's repetitions."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    pumps = list(dict.fromkeys(_pumps(list(tree), "")))
    seen: set[str] = set()
    for prefix, pump in pumps:
        rounds = max(1, size // max(1, len(pump)))
        for text in (
            *(prefix + pump * rounds + end for end in _ENDS),
            (prefix + pump) * (size // max(1, len(prefix + pump))),
            (prefix + pump * 30 + "\x00\n") * (size // (len(prefix) + 30 * len(pump) + 2)),
        ):
            if text not in seen:
                seen.add(text)
                yield text


def common_texts(size: int) -> Iterator[str]:
    """Yield long runs of what long lines of real files consist of."""
    for unit in COMMON:
        yield unit * (size // len(unit))
    yield from (
        "x" + " " * size + "x",
        "\n" + " " * size + "x",
        "a" * size + "!",
        "key = " + "a-" * (size // 2) + "!",
    )


def _pumps(items: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Yield, for each repetition, a text that leads to it and one that it repeats."""
    before = prefix
    for operation, argument in items:
        if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _, most, inner = argument
            inner = list(inner)
            if most > 1:
                samples = list(dict.fromkeys(_samples(inner)))[:12]
                yield from ((before, sample) for sample in samples if sample)
                yield from (
                    (before, one + other)
                    for one, other in itertools.islice(itertools.permutations(samples, 2), 12)
                )
            yield from _pumps(inner, before)
        elif operation is sre.SUBPATTERN:
            yield from _pumps(list(argument[-1]), before)
        elif operation is sre.ATOMIC_GROUP:
            yield from _pumps(list(argument), before)
        elif operation in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _pumps(list(argument[1]), before)
        elif operation is sre.BRANCH:
            for branch in argument[1]:
                yield from _pumps(list(branch), before)
        before += next(iter(_samples([(operation, argument)])), "")


def _samples(items: list[Any]) -> Iterator[str]:
    """Yield texts that a sequence matches, at least one for each of its alternatives."""
    options = [
        list(dict.fromkeys(_item_samples(operation, argument)))[:8] or [""] for operation, argument in items
    ]
    firsts = [each[0] for each in options]
    yield "".join(firsts)
    for index, each in enumerate(options):
        for other in each[1:]:
            yield "".join((*firsts[:index], other, *firsts[index + 1 :]))


def _item_samples(operation: Any, argument: Any) -> Iterator[str]:  # noqa: C901 - one case for each kind of node
    if operation is sre.LITERAL:
        yield chr(argument)
    elif operation is sre.NOT_LITERAL:
        yield from (each for each in ("a", "0", " ", "-") if ord(each) != argument)
    elif operation is sre.ANY:
        yield from ("a", "0", " ", "-")
    elif operation is sre.IN:
        yield from _set_samples(argument)
    elif operation is sre.BRANCH:
        for branch in argument[1]:
            yield from _samples(list(branch))
    elif operation is sre.SUBPATTERN:
        yield from _samples(list(argument[-1]))
    elif operation is sre.ATOMIC_GROUP:
        yield from _samples(list(argument))
    elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        least, most, inner = argument
        for sample in _samples(list(inner)):
            yield sample * max(least, 1)
            if least > 1 or most > 2:
                yield sample * (max(least, 1) + 1)
        if not least:
            yield ""


def _set_samples(members: list[Any]) -> Iterator[str]:
    negated = bool(members) and members[0][0] is sre.NEGATE
    if negated:
        excluded = re.compile("|".join(re.escape(each) for each in _set_samples(members[1:])) or "(?!)")
        yield from (each for each in ("a", "0", " ", "-", ".", "\n", "\x01") if not excluded.match(each))
        return
    for operation, argument in members:
        if operation is sre.LITERAL:
            yield chr(argument)
        elif operation is sre.RANGE:
            yield chr(argument[0])
        elif operation is sre.CATEGORY:
            yield _CATEGORIES.get(argument, "a")


def slowest_text(used: UsedPattern, size: int, limit: float) -> tuple[float, str]:
    """Return the CPU seconds of the text of about ``size`` characters that takes longest, at most ``limit``, and the text."""
    slowest = (0.0, "")
    for text in itertools.chain(adversarial_texts(used.pattern, size), common_texts(size)):
        slowest = max(slowest, (_cpu_seconds(used, text, limit), text))
        if slowest[0] >= limit:
            break
    return slowest


class _LateError(BaseException):
    pass


def _cpu_seconds(used: UsedPattern, text: str, limit: float) -> float:
    def end(*_: object) -> None:
        raise _LateError

    previous = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)  # the engine looks for signals while it matches
    started = time.process_time()
    try:
        used.scan(text)
        return time.process_time() - started
    except _LateError:
        return limit
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
