"""What a model is shown: the plan with its evidence, and what the docs say of setting the project up."""

import logging
import re
from collections.abc import Iterator

from fieldguide_indexer import FieldguideError, redact
from fieldguide_server.assistant.passages.passage import Passage, refresh
from fieldguide_server.assistant.prompts.builder import Material
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.types import Read, Retriever
from fieldguide_server.configgen.additions import Accepted
from fieldguide_server.configgen.detect.documents import guides

log = logging.getLogger(__name__)

# A path that no file has, so that nothing in the plan can be quoted as its own proof.
PLAN = "(the plan, made by rules)"
_QUERY = (
    "set up the development environment: prerequisites, install dependencies, build, run locally, services, "
    "ports, environment variables"
)
_HEADING = re.compile(r"#{1,6} ")
_SETUP = re.compile(
    r"install|set.?up|getting started|quick.?start|develop|contribut|prerequisite|requirement|run|start|build|test|"
    r"environment|config|database|seed|migrat|docker|usage|local",
    re.IGNORECASE,
)
# What people write down beside the docs, if it is there.
_SAMPLES = (
    *(".env.example", ".env.sample", "example.env", "Procfile", "Procfile.dev", "Makefile", "justfile"),
    *("docker-compose.yml", "compose.yaml", "compose.yml", "Dockerfile", "package.json"),
)
_MOST_GUIDES = 8
_MOST_LINES = 120
_MOST_EVIDENCE = 80


def gather(so_far: Accepted, index: Retriever | None, read: Read, most: int) -> Material:
    """Return the plan first, then what an index finds, then guides by the words of their headings, then samples."""
    repo = so_far.known.repo
    told = [section for path in guides(repo)[:_MOST_GUIDES] for section in _sections(path, read(path))]
    told.sort(key=lambda section: not _SETUP.search(section.cited[0]))
    samples = [part for name in _SAMPLES if name in repo.files for part in _whole(name, read(name))]
    return Material((_plan(so_far), *_found(index, read, most), *told, *samples))


def _found(index: Retriever | None, read: Read, most: int) -> tuple[Passage, ...]:
    """Return what the index finds in the docs; nothing where it does not answer, for the guides can be read without it."""
    try:
        if index is None or not index.status().chunks:
            return ()
        return refresh(index.search(_QUERY, most, "docs"), read).passages
    except FieldguideError as error:
        log.info("the index was not asked: %s", error)
        return ()


def _sections(path: str, text: str | None) -> Iterator[Passage]:
    """Yield a document cut before each heading, and where a part gets long."""
    lines = split_lines(text or "")
    starts = [1, *(number for number, line in enumerate(lines, 1) if number > 1 and _HEADING.match(line))]
    for start, following in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        for first in range(start, following, _MOST_LINES):
            last = min(first + _MOST_LINES, following) - 1
            if any(line.strip() for line in lines[first - 1 : last]):
                yield Passage(path, first, last, lines)


def _whole(path: str, text: str | None) -> Iterator[Passage]:
    lines = split_lines(text or "")
    if text and len(lines) <= _MOST_LINES * 2:
        yield Passage(path, 1, len(lines), lines)


def _plan(so_far: Accepted) -> Passage:
    known = so_far.known
    lines = [
        line
        for config in so_far.configs
        for file in config.files
        for line in ("", file.path, *_text(file.content))
    ]
    lines += ["", "Evidence:"]
    lines += [
        f"{each.key}: {each.value} ({each.path}:{each.line})" for each in known.evidence[:_MOST_EVIDENCE]
    ]
    lines += ["", "Unknown:", *known.environment.unknown, "", "Said beside it:"]
    lines += dict.fromkeys(problem for config in so_far.configs for problem in config.problems)
    shown = split_lines(redact("\n".join(["The plan:", *lines]))[0])
    return Passage(PLAN, 1, len(shown), shown)


def _text(content: str) -> list[str]:
    return [f"    {line}" for line in content.splitlines()]
