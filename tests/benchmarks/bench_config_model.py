"""Check that a bad model cannot make a config file worse: four of them propose additions for each repository.

    python -m tests.benchmarks.bench_config_model SET OUT [--score SCORER]

SET holds a folder ``tree`` for each repository. OUT gets, for the rules and for each model, the files that would be
offered, ``OUT/MODEL/REPOSITORY/.gitpod.yml``. With a scorer (``SCORER --set SET --gen FOLDER --json FILE``, which
writes ``rows`` with ``agree``, ``valid`` and ``nodang``) its figures are printed beside, and every file that got worse.

``liar``    invents files and quotes;
``vandal``  quotes what stands there for what stands elsewhere: other installs, starts, ports, versions;
``parrot``  proposes everything that anybody ever wrote down, as everything it could be, with true quotes;
``helper``  the same, but each thing only as what the rules do not know: what an honest model might do at most.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fieldguide_server.assistant.config_writer.quotes import QuoteFinder, without_comments
from fieldguide_server.configgen.additions import (
    ExtendedStudy,
    Refusal,
    RefusalKind,
    accept,
    parse_additions,
    without_additions,
)
from fieldguide_server.configgen.additions.parser import MAX_ADDITIONS
from fieldguide_server.configgen.detect.documents import written_commands
from fieldguide_server.configgen.plan.study import Study, study_repository
from fieldguide_server.configgen.reading.repository import Repository, folder_of
from tests.fakes.proposals import answer, proposal

Item = dict[str, Any]
COMMANDS = ("install", "setup", "build", "start", "companion", "service", "test")
NUMBER = re.compile(r"(?<![\d.])\d{4,5}(?![\d.])")
SCRIPT = re.compile(r'^\s*"([\w:-]+)": "')


def liar(known: Study) -> Iterator[Item]:
    """Things that stand nowhere."""
    for kind in COMMANDS:
        yield proposal(kind, "npm run imagined", file="docs/imagined.md")
        yield proposal(kind, "make imagined", "to begin, run `make imagined`", file=_any_guide(known.repo))
    for port in ("1337", "31337"):
        yield proposal("port", port, f"listens on port {port}", file=_any_guide(known.repo))


def vandal(known: Study) -> Iterator[Item]:
    """True quotes for other things than they say."""
    guide = _any_guide(known.repo)
    line = next((text for text in known.repo.read(guide).split("\n") if len(text) > 20), "nothing at all")
    wrong = {"install": "npm install", "start": "npm start", "test": "make test", "setup": "rm -rf ."}
    yield from (proposal(kind, value, line, file=guide) for kind, value in wrong.items())
    yield from (proposal("port", port, line, file=guide) for port in ("80", "8080", "9999"))
    yield from (proposal("version", "6", line, file=guide, name=tool) for tool in ("node", "python", "java"))
    for item in known.evidence:
        yield proposal(str(item.key), f"{item.value}x", item.value, file=item.path, folder=item.folder)


def parrot(known: Study) -> Iterator[Item]:
    """Whatever anybody wrote down, as everything it could be."""
    for kind, (command, quote, place) in (
        (kind, found) for found in _written(known.repo) for kind in COMMANDS
    ):
        yield proposal(kind, command, quote, file=place, folder=folder_of(place))
    for item in known.evidence:
        yield proposal(str(item.key), item.value, item.value, file=item.path, folder=item.folder)
    yield from _numbers(known.repo)


def helper(known: Study) -> Iterator[Item]:
    """Set-up, companions and ports that people wrote down."""
    for command, quote, place in _written(known.repo):
        yield proposal("setup", command, quote, file=place, folder=folder_of(place))
        yield proposal("companion", command, quote, file=place, folder=folder_of(place))
    yield from _numbers(known.repo)


MODELS: dict[str, Callable[[Study], Iterator[Item]]] = {
    "liar": liar, "vandal": vandal, "parrot": parrot, "helper": helper,
}  # fmt: skip


def _any_guide(repo: Repository) -> str:
    return next((path for path in sorted(repo.files) if path.lower().startswith("readme")), "README.md")


def _written(repo: Repository) -> Iterator[tuple[str, str, str]]:
    """(command, quote, file) of guides and package scripts."""
    for item in written_commands(repo):
        text = " ".join([*item.command.environment, *item.command.words])
        yield text, text, item.path
    for path in repo.named("package.json"):
        for line in repo.read(path).split("\n"):
            if found := SCRIPT.match(line):
                yield f"npm run {found[1]}", line.strip(), path


def _numbers(repo: Repository) -> Iterator[Item]:
    for path in sorted(repo.files):
        if path.lower().endswith((".md", ".yml", ".yaml", ".env.example")) or "Dockerfile" in path:
            for line in repo.read(path).split("\n"):
                for number in NUMBER.findall(line):
                    yield proposal("port", number, line.strip(), file=path)


def exchange(
    start: ExtendedStudy, items: list[Item], folder: Path
) -> tuple[ExtendedStudy, Counter[RefusalKind]]:
    """All proposals, in as many answers as they fill."""

    def read(path: str) -> str | None:
        return start.study.repo.read(path) or None

    find_quote, grounds = QuoteFinder(folder, without_comments(read)), Counter[RefusalKind]()
    for first in range(0, len(items), MAX_ADDITIONS):
        additions, invalid = parse_additions(answer(*items[first : first + MAX_ADDITIONS]))
        start, refused = accept(start, additions, find_quote, "bench")
        grounds.update(each.kind for each in (*invalid, *refused) if isinstance(each, Refusal))
    return start, grounds


def write(made: ExtendedStudy, folder: Path) -> None:
    """The files of one repository."""
    for file in made.configs[0].files:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_text(file.content, encoding="utf-8")


def scores(scorer: Path, given: Path, out: Path) -> dict[str, dict[str, Any]]:
    """The scorer's figures for each repository."""
    told = out / "scores.json"
    command = [sys.executable, *map(str, (scorer, "--set", given, "--gen", out, "--json", told))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows: dict[str, dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))["rows"]
    return rows


def main() -> None:
    """Print one line a model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("given", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--score", type=Path)
    args = parser.parse_args()
    trees = sorted(path.parent for path in args.given.glob("*/tree"))
    for tree in trees:
        start = without_additions(study_repository(tree / "tree"), ("gitpod",), fresh=True)
        write(start, args.out / "rules" / tree.name)
    before = scores(args.score, args.given, args.out / "rules") if args.score else {}
    for name, propose in MODELS.items():
        taken, proposed, grounds, changed = 0, 0, Counter[RefusalKind](), 0
        for tree in trees:
            start = without_additions(study_repository(tree / "tree"), ("gitpod",), fresh=True)
            items = list(propose(start.study))
            made, refused = exchange(start, items, tree / "tree")
            write(made, args.out / name / tree.name)
            taken, proposed, grounds = taken + len(made.additions), proposed + len(items), grounds + refused
            changed += made.configs != start.configs
            for each in made.additions:
                print(f"    {tree.name[:40]:40} {each}")
        told = ", ".join(f"{count} {kind}" for kind, count in grounds.most_common())
        print(
            f"{name:7} {proposed:5} proposed, {taken:3} taken in {changed} of {len(trees)} files; refused: {told}"
        )
        if args.score:
            compare(before, scores(args.score, args.given, args.out / name))


def compare(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> None:
    """Means of both, and each repository that lost."""
    for key in ("agree", "valid", "nodang"):
        pairs = {
            name: (before[name][key], after[name][key])
            for name in before
            if isinstance(before[name].get(key), int | float)
        }
        means = [sum(values) / len(pairs) for values in zip(*pairs.values(), strict=True)]
        print(f"    {key:7} rules {means[0]:.3f}  with the model {means[1]:.3f}")
        for name, (old, new) in pairs.items():
            if new is None or new < old - 1e-9:
                print(f"        worse: {name} {old:.3f} -> {new}")


if __name__ == "__main__":
    main()
