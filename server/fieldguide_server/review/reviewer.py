"""The review of an answer: each block is checked by every check for its language."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fieldguide_indexer import FieldguideError
from fieldguide_server.review.blocks import blocks_of, outside
from fieldguide_server.review.node_names import check_node
from fieldguide_server.review.python_names import PythonNames
from fieldguide_server.review.python_source import PythonSource, read_python
from fieldguide_server.review.schemas import check_schema
from fieldguide_server.review.security import dangers_in, secrets_in
from fieldguide_server.review.syntax import check_syntax, is_not_code, without_ellipses
from fieldguide_server.review.types import Block, Check, LineProblem, Names, Problem, Review
from fieldguide_server.review.workspace import Workspace

_NODE = frozenset({"javascript", "jsx", "typescript", "tsx"})
_MAX_BLOCKS = 40
# Some grammars take minutes for long invalid input; code that people read is shorter.
_MAX_BLOCK_LENGTH = 20_000
_MAX_LINE_LENGTH = 2_000
_SECONDS = 10.0
_BANDIT_UNAVAILABLE = "The Python code was not checked for dangerous calls: bandit could not be run."
_TOO_LONG = "Some of the code was not checked because it is too long."
_WORKSPACE_UNREADABLE = "Names in the code were not checked: the workspace folder could not be read."


class Reviewer:
    """Reviews answers about one workspace folder. Blocking; callable from any thread, one call at a time.

    Args:
        folder: The workspace folder; it is only read.
        read: Returns the text of a path as the editor has it, or None.
        names: Names in the index.
    """

    def __init__(self, folder: Path, read: Callable[[str], str | None], names: Names) -> None:
        self._workspace = Workspace(folder, read, names)
        self._python = PythonNames(self._workspace)

    def review(self, text: str) -> Review:
        """Check the fenced blocks of a Markdown text. Blocks of unsupported languages are only searched for secrets."""
        all_blocks = blocks_of(text)
        blocks = [block for block in all_blocks[:_MAX_BLOCKS] if _is_readable(block)]
        problems: list[Problem] = []
        sources: dict[int, tuple[PythonSource, ...]] = {}
        unchecked = [_TOO_LONG] if len(blocks) < len(all_blocks) else []
        prose, parsed, deadline = outside(text), 0, time.monotonic() + _SECONDS
        for block in blocks:
            if time.monotonic() > deadline:
                unchecked.append(_TOO_LONG)
                break
            is_supported, errors = self._syntax(block, sources)
            parsed += is_supported
            problems += [_problem(block, Check.SYNTAX, each) for each in errors]
            problems += [_problem(block, Check.SECRET, each) for each in secrets_in(block.code)]
            try:
                if is_supported and not errors:
                    problems += self._names(block, sources.get(block.number, ()), prose)
            except FieldguideError:
                unchecked.append(_WORKSPACE_UNREADABLE)
        dangers = dangers_in(sources)
        if dangers is None:
            unchecked.append(_BANDIT_UNAVAILABLE)
        by_number = {block.number: block for block in blocks}
        for number, found in (dangers or {}).items():
            problems += [_problem(by_number[number], Check.SECURITY, each) for each in found]
        ordered = sorted(set(problems), key=lambda each: (each.block, each.line, each.check, each.message))
        return Review(len(blocks), parsed, tuple(ordered), tuple(dict.fromkeys(unchecked)))

    def _syntax(
        self, block: Block, sources: dict[int, tuple[PythonSource, ...]]
    ) -> tuple[bool, list[LineProblem]]:
        if block.language == "python" and not is_not_code(block.code):
            found, error = read_python(block.code)
            if found:
                sources[block.number] = found
            return True, [error] if error else []
        is_supported, error = check_syntax(block.code, block.language)
        return is_supported, [error] if error else []

    def _names(self, block: Block, sources: tuple[PythonSource, ...], prose: str) -> Iterator[Problem]:
        if sources:
            for check, found in self._python.check([source.tree for source in sources], block.path, prose):
                yield _problem(block, check, found)
        elif block.language in _NODE:
            for check, found in check_node(without_ellipses(block.code), block.path, prose, self._workspace):
                yield _problem(block, check, found)
        for found in check_schema(block, self._workspace.folder):
            yield _problem(block, Check.SCHEMA, found)


def _is_readable(block: Block) -> bool:
    return len(block.code) <= _MAX_BLOCK_LENGTH and all(
        len(line) <= _MAX_LINE_LENGTH for line in block.code.split("\n")
    )


def _problem(block: Block, check: Check, found: LineProblem) -> Problem:
    lines = block.code.count("\n") + 1
    return Problem(block.number, min(max(found.line, 1), lines), check, found.message)
