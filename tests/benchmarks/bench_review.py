"""How often the code review reports problems in good code, and how many planted problems it finds.

    python tests/benchmarks/bench_review.py CHECKOUT…          folders of repositories whose docs hold code
    python tests/benchmarks/bench_review.py --verbose CHECKOUT…    and each report on untouched code

Good code: the fenced blocks of the Markdown of each repository, reviewed as an answer about that repository. They
are fragments as people write them, so each report on one counts as a false alarm here, though some are right: docs
have faults too. Planted: the same blocks with one fault each. Precision is that of a mix of as many good as bad.
"""

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fieldguide_indexer import syntax_errors
from fieldguide_server.review import Block, Check, Names, Reviewer, blocks_of

MOST_BLOCKS = 400
MOST_BROKEN = 60
CODE = ("python", "typescript", "tsx", "javascript", "jsx", "json", "yaml", "toml", "go", "rust", "java")
TRANSLATED = re.compile(r"/(?:[a-z]{2}|[a-z]{2}-[a-z]{2}|zh-hant)/")
IMPORT = re.compile(
    r"^\s*(?:from|import)\s+([A-Za-z]\w*)|(?:from|require\(|import)\s*['\"]((?:@[\w.-]+/)?[\w.-]+)",
    re.MULTILINE,
)
SOURCES = {".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".vue", ".svelte"}
LETTERS = "abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789"
SCRIPTS = ("typescript", "javascript")
# A kind of fault, the languages that have it, and what goes before or after the code, or which character goes.
ADDED: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("an unknown package", ("python",), "import zyx_unheard_of\n", ""),
    ("an unknown package", SCRIPTS, "import x from 'zyx-unheard-of'\n", ""),
    ("a call with shell=True", ("python",), "", "\nsubprocess.run(f'rm {name}', shell=True)"),
    ("a secret", ("python", *SCRIPTS), "", '\nTOKEN = "ghp_SECRET"'),
)
CUTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("syntax: a colon less", ("python",), r"^ *(?:def|class|if|for|with)\b[^\n#]*(:)\n +"),
    ("syntax: a bracket less", ("python", "tsx", "go", "rust", "java", "json", *SCRIPTS), r"([)\]}])"),
    ("syntax: a comma less", ("json",), r"(,)(?=\n)"),
)
GITPOD = "tasks:\n  - init: echo one\n    command: echo two\nports:\n  - port: 8080\n    onOpen: notify"
PACKAGE = '{\n  "name": "shop",\n  "scripts": {"build": "true"},\n  "dependencies": {}\n}'


@dataclass(frozen=True)
class Repository:
    """A checkout with its reviewer and the blocks of its docs."""

    folder: Path
    reviewer: Reviewer
    blocks: list[Block]


def repository(folder: Path) -> Repository:
    texts = [
        file.read_text("utf-8", "replace")
        for file in folder.rglob("*")
        if file.suffix in SOURCES and file.is_file()
    ]
    imported = {name for text in texts for pair in IMPORT.findall(text) for name in pair}
    words = {word for text in texts for word in re.findall(r"\w+", text)}

    def read(path: str) -> str | None:
        file = folder / path
        return file.read_text("utf-8", "replace") if file.is_file() else None

    found = [
        block
        for file in sorted([*folder.rglob("*.md"), *folder.rglob("*.mdx")])
        if "/en/" in f"{file.relative_to(folder)}" or not TRANSLATED.search(f"/{file.relative_to(folder)}")
        for block in blocks_of(file.read_text("utf-8", "replace"))
        if block.language in CODE
        and block.code.strip()
        and not re.search(r"\{!|^\s*>>> |^\s*In \[", block.code, re.M)
    ]
    random.Random(0).shuffle(found)
    return Repository(
        folder, Reviewer(folder, read, Names(imported.__contains__, words.__contains__)), found[:MOST_BLOCKS]
    )


def told(repo: Repository, block: Block) -> list[tuple[Check, str]]:
    """What the review says of one block, alone in an answer."""
    title = f' title="{block.path}"' if block.path else ""
    text = f"So:\n\n~~~~{block.language}{title}\n{block.code}\n~~~~\n"
    return [(problem.check, str(problem)) for problem in repo.reviewer.review(text).problems]


def broken(block: Block, chance: random.Random) -> Iterator[tuple[str, Block]]:
    """The block with one fault each; of a kind that its language has."""
    code = block.code
    for kind, languages, pattern in CUTS:
        places = [match.start(1) for match in re.finditer(pattern, code, re.M)]
        if block.language in languages and places:
            at = chance.choice(places)
            yield kind, replace(block, code=code[:at] + code[at + 1 :])
    if block.language == "python":
        for match in re.finditer(r"^from (\w[\w.]*) import (\w{4,})$", code, re.M):
            misspelt = code[: match.start(2)] + match[2][:-1] + "zq" + code[match.end(2) :]
            yield f"from {match[1]}", replace(block, code=misspelt)
    if not _is_whole(block):
        return
    secret = "".join(chance.choices(LETTERS, k=36))
    for kind, languages, before, after in ADDED:
        if block.language in languages:
            yield kind, replace(block, code=f"{before}{code}{after.replace('SECRET', secret)}")


def _is_whole(block: Block) -> bool:
    """Whether a line before or after leaves the block what it is: fragments are no place for a statement."""
    return syntax_errors(block.code, block.language) == ()


def wrong_keys(chance: random.Random) -> Iterator[tuple[str, Block]]:
    for path, language, code in ((".gitpod.yml", "yaml", GITPOD), ("package.json", "json", PACKAGE)):
        for match in re.finditer(r"(?<=^)( *-? *\"?)([a-z]\w{3,})(?=\"?:)", code, re.MULTILINE):
            if path == "package.json" and match[2] in ("build", "name"):
                continue
            at = chance.randrange(1, len(match[2]) - 1)
            word = match[2][:at] + match[2][at + 1 :]
            bad = code[: match.start(2)] + word + code[match.end(2) :]
            yield "a key that no schema has", Block(1, language, bad, path, 1, 1)


def is_found(kind: str, checks: set[Check]) -> bool:
    wanted: dict[str, Callable[[], bool]] = {
        "syntax": lambda: Check.SYNTAX in checks,
        "an unknown package": lambda: Check.IMPORT in checks,
        "a call": lambda: Check.SECURITY in checks,
        "a name": lambda: Check.NAME in checks,
        "a secret": lambda: Check.SECRET in checks,
        "a key": lambda: Check.SCHEMA in checks,
    }
    return any(kind.startswith(start) and judge() for start, judge in wanted.items())


class Tally:
    """Counts over all repositories."""

    def __init__(self, *, verbose: bool) -> None:
        self.alarms, self.seen = Counter[str](), Counter[str]()
        self.hits, self.planted = Counter[str](), Counter[str]()
        self.seconds = 0.0
        self.verbose = verbose

    def take(self, repo: Repository) -> None:
        chance = random.Random(1)
        good = [block for block in repo.blocks if not self._told_off(repo, block)]
        for block in chance.sample(good, min(MOST_BROKEN, len(good))):
            for kind, bad in broken(block, chance):
                if not kind.startswith("from "):
                    self._plant(repo, kind, bad)
                elif _is_own(repo.folder, kind[5:].partition(".")[0]):
                    self._plant(repo, "a name this workspace has not", bad)
        for kind, bad in wrong_keys(chance):
            self._plant(repo, kind, bad)

    def _told_off(self, repo: Repository, block: Block) -> bool:
        started = time.perf_counter()
        reports = told(repo, block)
        self.seconds += time.perf_counter() - started
        self.seen[block.language] += 1
        self.alarms[block.language] += bool(reports)
        if reports and self.verbose:
            print(repo.folder.name, block.language, reports[0][1], "|", block.code[:60].replace("\n", "⏎"))
        return bool(reports)

    def _plant(self, repo: Repository, kind: str, bad: Block) -> None:
        self.planted[kind] += 1
        self.hits[kind] += is_found(kind, {check for check, _ in told(repo, bad)})

    def show(self) -> None:
        for language in sorted(self.seen):
            print(f"untouched {language:12} {self.alarms[language]:4} of {self.seen[language]:5} told")
        for kind, count in sorted(self.planted.items()):
            print(
                f"planted   {kind:32} {self.hits[kind]:4} of {count:4} found ({self.hits[kind] / count:.0%})"
            )
        clean = self.seen.total()
        recall, rate = self.hits.total() / self.planted.total(), self.alarms.total() / clean
        print(
            f"untouched blocks told {rate:.1%} of {clean}; recall {recall:.1%} of {self.planted.total()} faults"
        )
        print(f"precision at one good block for each bad one: at least {recall / (recall + rate):.1%}")
        print(f"{1000 * self.seconds / clean:.0f} ms a block, bandit's process included where one is needed")


def _is_own(folder: Path, top: str) -> bool:
    """Only of the repository's own modules can it be known what they lack."""
    return any((folder / root / top).is_dir() for root in ("", "src"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    tally = Tally(verbose=arguments.verbose)
    for folder in arguments.folders:
        tally.take(repository(folder.resolve()))
    tally.show()


if __name__ == "__main__":
    main()
