"""Review of code and config in an answer before it is shown. Knows no editor, no model and no index.

``Reviewer(folder, read, names).review(text)`` returns the problems of each fenced block: syntax errors, imports and names
that do not exist, dangerous calls, secrets, and keys that a schema does not have. Code in an answer is rarely a complete
file: function bodies, signatures, arguments, sessions, diffs and elided parts are not problems.
"""

from typing import TYPE_CHECKING

from fieldguide_server.review.blocks import blocks_of
from fieldguide_server.review.types import Block, Check, Names, Problem, Review

if TYPE_CHECKING:
    from fieldguide_server.review.reviewer import Reviewer
else:

    def __getattr__(name: str) -> object:
        # Imports grammars and schemas, which an answer without code does not need.
        if name != "Reviewer":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from fieldguide_server.review.reviewer import Reviewer  # noqa: PLC0415 - see above

        return Reviewer


__all__ = ["Block", "Check", "Names", "Problem", "Review", "Reviewer", "blocks_of"]
