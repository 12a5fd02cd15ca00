"""The checks of a model's text: its citations, the names in it, and its code."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fieldguide_indexer import Definition
from fieldguide_server.assistant.citations.checker import CheckedText, CitationChecker
from fieldguide_server.assistant.citations.unknown_names import MarkedText, mark_unknown
from fieldguide_server.assistant.prompts.builder import Prompt
from fieldguide_server.assistant.types import Read, Retriever
from fieldguide_server.review import Names, Review, blocks_of

if TYPE_CHECKING:
    from fieldguide_server.review import Reviewer

# A class with a base class may have members that no file of the workspace defines.
_INHERITS = re.compile(
    r"^\s*(?:export |abstract |public |final )*class\b.*?(?:\(\s*\w|[:<]\s*\w|\bextends\b)"
)


@dataclass(frozen=True, slots=True)
class AnswerChecks:
    """Checks the texts of one workspace folder; all methods block."""

    index: Retriever
    read: Read
    folder: Path

    def check(self, prompt: Prompt, text: str) -> tuple[CheckedText, MarkedText]:
        """Check the citations of a text that a model wrote for a prompt, and mark the unknown names in it."""
        passages = prompt.packed.passages

        def in_workspace(name: str) -> bool:
            if any(name in line for passage in passages for line in passage.cited):
                return True
            return self._is_indexed(name)

        shown_paths = tuple(dict.fromkeys(passage.path for passage in passages))
        checker = CitationChecker(self.folder, self.read, shown_paths, in_workspace)
        checked = checker.check(text)
        return checked, mark_unknown(checked.text, checker.is_known, self._is_defined, checker.is_file)

    def code_review(self) -> Callable[[CheckedText], Review]:
        """Return the review of the code in the drafts of one answer, which list the folder's files only once."""

        @cache
        def reviewer() -> "Reviewer":
            # Imports grammars and schemas, which an answer without code never needs.
            from fieldguide_server.review import Reviewer  # noqa: PLC0415

            return Reviewer(self.folder, self.read, Names(self._is_imported, self._is_indexed))

        def review(checked: CheckedText) -> Review:
            text = checked.text
            if not blocks_of(text):
                return Review()
            # Citations in a code block do not belong to its code.
            for citation in checked.citations:
                text = text.replace(f"[{citation}]", "")
            return reviewer().review(text)

        return review

    def _is_imported(self, name: str) -> bool:
        return any(reference.usage == "import" for reference in self.index.lookup(name).references)

    def _is_indexed(self, name: str) -> bool:
        found = self.index.lookup(name)
        return bool(found.definitions or found.references)

    def _is_defined(self, name: str) -> bool:
        """Return whether the workspace defines a name with all its members."""
        definitions = self.index.lookup(name).definitions
        return bool(definitions) and not any(map(_inherits, definitions))


def _inherits(definition: Definition) -> bool:
    return _INHERITS.match(definition.signature) is not None
