"""The context of the model: the plan with its evidence, and what the docs say about setting up the project."""

import logging
import re
from collections.abc import Iterator

from fieldguide_indexer import FieldguideError, redact
from fieldguide_server.assistant.passages.passage import Passage, refresh
from fieldguide_server.assistant.prompts.builder import Material
from fieldguide_server.assistant.text.lines import split_lines
from fieldguide_server.assistant.types import Read, Retriever
from fieldguide_server.configgen.additions import ExtendedStudy
from fieldguide_server.configgen.detect.documents import guides

log = logging.getLogger(__name__)

# A path that no file has, so that the plan cannot be quoted as its own proof.
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
# Files beside the docs that often describe the set-up.
_SAMPLES = (
    *(".env.example", ".env.sample", "example.env", "Procfile", "Procfile.dev", "Makefile", "justfile"),
    *("docker-compose.yml", "compose.yaml", "compose.yml", "Dockerfile", "package.json"),
)
_MAX_GUIDES = 8
_MAX_LINES = 120
_MAX_EVIDENCE = 80


def gather(current: ExtendedStudy, index: Retriever | None, read: Read, most: int) -> Material:
    """Return the plan, then up to ``most`` hits of an index, then guides (those about set-up first), then samples."""
    repo = current.study.repo
    sections = [section for path in guides(repo)[:_MAX_GUIDES] for section in _sections(path, read(path))]
    sections.sort(key=lambda section: not _SETUP.search(section.cited[0]))
    samples = [part for name in _SAMPLES if name in repo.files for part in _file(name, read(name))]
    return Material((_plan(current), *_hits(index, read, most), *sections, *samples))


def _hits(index: Retriever | None, read: Read, most: int) -> tuple[Passage, ...]:
    """Return what the index finds in the docs; nothing if it fails, since the guides can be read without it."""
    try:
        if index is None or not index.status().chunks:
            return ()
        return refresh(index.search(_QUERY, most, "docs"), read).passages
    except FieldguideError as error:
        log.info("the index cannot be searched: %s", error)
        return ()


def _sections(path: str, text: str | None) -> Iterator[Passage]:
    """Yield the sections of a document, long ones in several parts."""
    lines = split_lines(text or "")
    starts = [1, *(number for number, line in enumerate(lines, 1) if number > 1 and _HEADING.match(line))]
    for start, following in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        for first in range(start, following, _MAX_LINES):
            last = min(first + _MAX_LINES, following) - 1
            if any(line.strip() for line in lines[first - 1 : last]):
                yield Passage(path, first, last, lines)


def _file(path: str, text: str | None) -> Iterator[Passage]:
    lines = split_lines(text or "")
    if text and len(lines) <= _MAX_LINES * 2:
        yield Passage(path, 1, len(lines), lines)


def _plan(current: ExtendedStudy) -> Passage:
    study = current.study
    lines = [
        line
        for config in current.configs
        for file in config.files
        for line in ("", file.path, *_indented(file.content))
    ]
    lines += ["", "Evidence:"]
    lines += [
        f"{each.key}: {each.value} ({each.path}:{each.line})" for each in study.evidence[:_MAX_EVIDENCE]
    ]
    lines += ["", "Unknown:", *study.environment.unknown, "", "Notes:"]
    lines += dict.fromkeys(problem for config in current.configs for problem in config.problems)
    shown = split_lines(redact("\n".join(["The plan:", *lines]))[0])
    return Passage(PLAN, 1, len(shown), shown)


def _indented(content: str) -> list[str]:
    return [f"    {line}" for line in content.splitlines()]
