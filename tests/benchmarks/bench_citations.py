"""Precision and recall of the citation checker on answers with planted errors.

By hand: ``python -m tests.benchmarks.bench_citations [FOLDER …] [--claims N] [--seed N] [--show KIND]``; without a
folder, on this project's own sources. Claims are made of what a folder's definitions say (their names, what they call,
their doc's words, paraphrased), each with right lines and with one fault of every kind. A fault is caught when its
citation is removed, or corrected to the right lines, or when the name that does not exist is marked. A right claim that
is removed, moved elsewhere or marked is a false alarm.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from fieldguide_indexer.chunking import chunk, detect_language
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.sources.workspace import scan
from fieldguide_indexer.types import Definition, Document
from fieldguide_server.assistant.citations.checker import CitationChecker
from fieldguide_server.assistant.citations.unknown_names import mark_unknown
from fieldguide_server.assistant.text.lines import split_lines

ROOT = Path(__file__).resolve().parent.parent.parent
FORMS = ("name", "prose", "call", "quote", "code")
WORD = re.compile(r"[A-Za-z_]\w+")
SENTENCE = re.compile(r"[^.\n]{15,160}(?=[.\n]|$)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence without its citation, the lines that prove it, and the fault that was planted ("" for none)."""

    text: str
    path: str
    start: int
    end: int
    form: str
    name: str
    truth: tuple[int, int]
    quote: str = ""
    fault: str = ""

    @property
    def sentence(self) -> str:
        if self.form == "code":
            return f"```\n# {self.path}:{self.start}-{self.end}\n{self.text}\n```"
        quote = f' "{self.quote}"' if self.quote else ""
        return f"- {self.text} [{self.path}:{self.start}-{self.end}{quote}]."


class Folder:
    """The files of a folder, their definitions, and every word that stands in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts = {path: text for path in self._paths() if (text := self._read(path))}
        self.paths = list(self.texts)

    def _paths(self) -> list[str]:
        return sorted(entry.path for entry in scan(self.folder, IndexOptions()).entries)

    def _read(self, path: str) -> str:
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except ValueError:
            return ""

    @cached_property
    def lines(self) -> dict[str, list[str]]:
        return {path: split_lines(text) for path, text in self.texts.items()}

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for text in self.texts.values() for word in re.findall(r"\w+", text))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.definitions)

    @cached_property
    def definitions(self) -> list[Definition]:
        found = []
        for path, text in self.texts.items():
            document = Document(path, text, detect_language(path, text))
            found += [one for one in chunk(document).definitions if 2 <= one.end_line - one.start_line < 60]
        return found


def claims(folder: Folder, count: int, dice: random.Random) -> Iterator[Claim]:
    """Right claims, and after each one the same with a fault of each kind."""
    for definition in dice.sample(folder.definitions, min(count, len(folder.definitions))):
        form = dice.choice(FORMS)
        if right := _right(definition, form, folder, dice):
            yield right
            yield from filter(None, _faults(right, folder, dice))


def _right(one: Definition, form: str, folder: Folder, dice: random.Random) -> Claim | None:
    lines = folder.lines[one.path]
    body = range(one.start_line, one.end_line + 1)
    start, end = one.start_line, one.end_line
    said = SENTENCE.search(one.doc)
    words = said.group().strip() if said else ""
    text = f"`{one.symbol}` {_paraphrase(words, dice) or 'is defined here'}"
    quote = ""
    if form == "prose" and len(WORD.findall(words)) > 5:
        text = _paraphrase(words, dice)
    elif form == "call":
        calls = [(n, name) for n in body[1:] for name in re.findall(r"(\w{5,})\(", lines[n - 1])]
        if not calls:
            return None
        at, callee = dice.choice(calls)
        start, end = max(start, at - dice.randrange(3)), min(end, at + dice.randrange(3))
        text = f"`{one.name}` calls `{callee}`"
    elif form == "quote":
        at = dice.choice([n for n in body if len(WORD.findall(lines[n - 1])) > 2] or [0])
        if not at:
            return None
        quote = _piece(lines[at - 1], dice)
    elif form == "code":
        start = dice.randint(one.start_line, max(one.start_line, one.end_line - 3))
        end = min(one.end_line, start + dice.randint(2, 6))
        text = "\n".join(lines[start - 1 : end])
    elif form == "prose":
        return None
    return Claim(text, one.path, start, end, form, one.name, (start, end), quote)


def _paraphrase(text: str, dice: random.Random) -> str:
    """The words in their order, a third of the longer words left out or replaced, as in a paraphrase."""
    kept = [
        word if len(word) < 5 or dice.random() > 0.33 else dice.choice(("it", "that", "something"))
        for word in text.replace("`", "").split()
    ]
    return " ".join(kept)


def _piece(line: str, dice: random.Random) -> str:
    words = line.strip().split()
    size = min(len(words), dice.randint(3, 8))
    at = dice.randrange(len(words) - size + 1)
    return " ".join(words[at : at + size]).replace('"', "'") if '"' not in line else line.strip()


def _faults(right: Claim, folder: Folder, dice: random.Random) -> Iterator[Claim | None]:
    yield from (
        one
        for one in (_elsewhere(right, folder, dice), _near(right, folder))
        if one and not _true(one, folder)
    )
    yield _other_file(right, folder, dice)
    yield _renamed(right, folder, dice)
    beyond = len(folder.lines[right.path]) + dice.randint(1, 200)
    yield replace(right, start=beyond, end=beyond + 5, fault="no such lines")
    gone = right.path.replace(Path(right.path).stem, Path(right.path).stem + "_helpers")
    yield replace(right, path=gone, fault="no such file") if gone not in folder.texts else None
    if right.quote:
        yield _invented(right, folder, dice)
    if right.form == "code":
        yield replace(right, text=re.sub(r"[a-z]{3}(?=[a-z])", "xyz", right.text), fault="invented quote")


def _true(claim: Claim, folder: Folder) -> bool:
    """Whether the claim happens to be true of the lines it was moved to: they say the same once more."""
    lines = "\n".join(folder.lines[claim.path][claim.start - 1 : claim.end])
    if claim.form == "code":
        return sum(line.strip() in lines for line in claim.text.split("\n")) * 2 > claim.text.count("\n")
    if claim.form != "call":
        return f"def {claim.name}(" in lines or f"func {claim.name}(" in lines
    callers = [one for one in folder.definitions if one.path == claim.path and one.name == claim.name]
    inside = any(one.start_line <= claim.end and claim.start <= one.end_line for one in callers)
    return inside and f"{claim.text.split('`')[3]}(" in lines


def _elsewhere(right: Claim, folder: Folder, dice: random.Random) -> Claim | None:
    """The lines of another definition of the same file."""
    others = [
        one
        for one in folder.definitions
        if one.path == right.path and (one.end_line < right.start or one.start_line > right.end)
    ]
    if not others:
        return None
    other = dice.choice(others)
    end = min(other.end_line, other.start_line + right.end - right.start)
    return replace(right, start=other.start_line, end=end, fault="wrong lines")


def _near(right: Claim, folder: Folder) -> Claim | None:
    """The lines just after the right ones."""
    size = right.end - right.start
    start, last = right.end + 2, len(folder.lines[right.path])
    return replace(right, start=start, end=start + size, fault="near lines") if start + size <= last else None


def _other_file(right: Claim, folder: Folder, dice: random.Random) -> Claim | None:
    size = right.end - right.start
    others = [path for path in folder.paths if path != right.path and len(folder.lines[path]) > size + 1]
    if not others:
        return None
    path = dice.choice(others)
    start = dice.randint(1, len(folder.lines[path]) - size)
    return replace(right, path=path, start=start, end=start + size, fault="wrong file")


def _renamed(right: Claim, folder: Folder, dice: random.Random) -> Claim | None:
    """A name that sounds right and stands nowhere."""
    parts = right.name.split("_")
    other = dice.choice(
        [f"{right.name}s", f"get_{right.name}", "_".join([*parts, "all"]), f"{right.name}Impl"]
    )
    if (f"`{right.name}`" not in right.text and f".{right.name}`" not in right.text) or other in folder.words:
        return None
    return replace(right, text=right.text.replace(f"{right.name}`", f"{other}`", 1), fault="renamed symbol")


def _invented(right: Claim, folder: Folder, dice: random.Random) -> Claim | None:
    words = WORD.findall(right.quote)
    if not words:
        return None
    word = dice.choice(words)
    quote = right.quote.replace(word, dice.choice((f"{word}_all", "".join(reversed(word)), "value")), 1)
    flat = " ".join(folder.texts[right.path].split())
    return None if " ".join(quote.split()) in flat else replace(right, quote=quote, fault="invented quote")


def flagged(claim: Claim, checked: str) -> bool:
    """Whether the checked line tells that something is wrong, or names other lines, right ones for a fault."""
    if "not found here" in checked:
        return True
    place = re.search(r"(?:\[|# )([^\]\[\n]+?):(\d+)(?:-(\d+))?(?=\]|\n)", checked)
    if not place:
        return True
    start, end = int(place[2]), int(place[3] or place[2])
    right = start <= claim.truth[1] and claim.truth[0] <= end
    moved = (place[1], start, end) != (claim.path, claim.start, claim.end)
    return (moved and right) if claim.fault else not right


def measure(folder: Folder, made: list[Claim], show: str) -> dict[tuple[str, str], list[bool]]:
    """For each fault ("" for right claims) and form of claim: what was flagged."""
    checker = CitationChecker(folder.folder, folder.texts.get, folder.paths[:12], folder.words.__contains__)
    results = defaultdict(list)
    for claim in made:
        checked = checker.check(claim.sentence).text
        checked = mark_unknown(checked, checker.is_known, folder.names.__contains__, checker.is_file).text
        caught = flagged(claim, checked)
        results[claim.fault, claim.form].append(caught)
        if show == (claim.fault or "right") and caught == (not claim.fault):
            print(f"{claim.sentence}\n    became {checked}\n    truth {claim.truth}")
    return results


def report(results: dict[tuple[str, str], list[bool]]) -> None:
    faults = list(dict.fromkeys(fault for fault, _ in results if fault))
    print(f"{'':16}" + "".join(f"{form:>14}" for form in FORMS) + f"{'all':>14}")
    for fault in ["", *faults]:
        cells = [results.get((fault, form), []) for form in FORMS]
        cells.append([one for cell in cells for one in cell])
        shown = [f"{sum(cell) / len(cell):.3f} of {len(cell):<4}" if cell else "" for cell in cells]
        print(f"{fault or 'false alarms':16}" + "".join(f"{cell:>14}" for cell in shown))
    alarms = sum(sum(cell) for (fault, _), cell in results.items() if not fault)
    caught = sum(sum(cell) for (fault, _), cell in results.items() if fault)
    planted = sum(len(cell) for (fault, _), cell in results.items() if fault)
    print(f"precision {caught / max(1, caught + alarms):.3f}  recall {caught / max(1, planted):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT])
    parser.add_argument("--claims", type=int, default=400, help="right claims a folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--show", default="", help="print the mistakes of one kind, as 'wrong lines' or 'right'"
    )
    arguments = parser.parse_args()
    for path in arguments.folders:
        folder = Folder(path.resolve())
        made = list(claims(folder, arguments.claims, random.Random(arguments.seed)))
        print(
            f"\n{folder.folder.name}: {len(folder.texts)} files, {len(made)} sentences, recall by fault and form"
        )
        report(measure(folder, made, arguments.show))


if __name__ == "__main__":
    main()
