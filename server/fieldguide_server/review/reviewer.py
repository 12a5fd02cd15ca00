"""The review of an answer: every block by every check that knows its language."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fieldguide_indexer import FieldguideError
from fieldguide_server.review.blocks import blocks_of, outside
from fieldguide_server.review.node_names import check_node
from fieldguide_server.review.python_names import PythonNames
from fieldguide_server.review.python_source import Source, read_python
from fieldguide_server.review.schemas import check_schema
from fieldguide_server.review.security import dangers_in, secrets_in
from fieldguide_server.review.syntax import check_syntax, is_foreign, without_left_out
from fieldguide_server.review.types import Block, Check, Fault, Names, Problem, Review
from fieldguide_server.review.workspace import Workspace

_NODE = frozenset({"javascript", "jsx", "typescript", "tsx"})
_MOST_BLOCKS = 40
# Some grammars take minutes for nonsense that is long; what people read is shorter.
_LONGEST_BLOCK = 20_000
_LONGEST_LINE = 2_000
_SECONDS = 10.0
_NO_BANDIT = "The Python code was not checked for dangerous calls: bandit could not be run."
_TOO_MUCH = "Some of the code was not checked, for it is too long."
_NO_WORKSPACE = "Names in the code were not checked: the folder could not be read."


class Reviewer:
    """Reviews answers about one workspace folder. All of it blocks, and may be called from any thread, one at a time.

    Args:
        folder: The workspace folder; it is only read.
        read: Gives the text of a path as the editor has it, or None.
        names: What the index tells of names.
    """

    def __init__(self, folder: Path, read: Callable[[str], str | None], names: Names) -> None:
        self._workspace = Workspace(folder, read, names)
        self._python = PythonNames(self._workspace)

    def review(self, text: str) -> Review:
        """Check the fenced blocks of a Markdown text; those of a language without checks are looked at for secrets."""
        found = blocks_of(text)
        blocks = [block for block in found[:_MOST_BLOCKS] if _is_readable(block)]
        problems: list[Problem] = []
        sources: dict[int, tuple[Source, ...]] = {}
        unchecked = [_TOO_MUCH] if len(blocks) < len(found) else []
        prose, parsed, deadline = outside(text), 0, time.monotonic() + _SECONDS
        for block in blocks:
            if time.monotonic() > deadline:
                unchecked.append(_TOO_MUCH)
                break
            judged, faults = self._syntax(block, sources)
            parsed += judged
            problems += [_problem(block, Check.SYNTAX, fault) for fault in faults]
            problems += [_problem(block, Check.SECRET, fault) for fault in secrets_in(block.code)]
            try:
                if judged and not faults:
                    problems += self._names(block, sources.get(block.number, ()), prose)
            except FieldguideError:
                unchecked.append(_NO_WORKSPACE)
        dangers = dangers_in(sources)
        if dangers is None:
            unchecked.append(_NO_BANDIT)
        by_number = {block.number: block for block in blocks}
        for number, faults in (dangers or {}).items():
            problems += [_problem(by_number[number], Check.SECURITY, fault) for fault in faults]
        ordered = sorted(set(problems), key=lambda one: (one.block, one.line, one.check, one.message))
        return Review(len(blocks), parsed, tuple(ordered), tuple(dict.fromkeys(unchecked)))

    def _syntax(self, block: Block, sources: dict[int, tuple[Source, ...]]) -> tuple[bool, list[Fault]]:
        if block.language == "python" and not is_foreign(block.code):
            found, fault = read_python(block.code)
            if found:
                sources[block.number] = found
            return True, [fault] if fault else []
        judged, fault = check_syntax(block.code, block.language)
        return judged, [fault] if fault else []

    def _names(self, block: Block, sources: tuple[Source, ...], prose: str) -> Iterator[Problem]:
        if sources:
            for check, fault in self._python.check([source.tree for source in sources], block.path, prose):
                yield _problem(block, check, fault)
        elif block.language in _NODE:
            for check, fault in check_node(without_left_out(block.code), block.path, prose, self._workspace):
                yield _problem(block, check, fault)
        for fault in check_schema(block, self._workspace.folder):
            yield _problem(block, Check.SCHEMA, fault)


def _is_readable(block: Block) -> bool:
    return len(block.code) <= _LONGEST_BLOCK and all(
        len(line) <= _LONGEST_LINE for line in block.code.split("\n")
    )


def _problem(block: Block, check: Check, fault: Fault) -> Problem:
    lines = block.code.count("\n") + 1
    return Problem(block.number, min(max(fault.line, 1), lines), check, fault.message)
