"""The review of code and config in an answer, before it is offered. Knows no editor, no model and no index.

``Reviewer(folder, read, names).review(text)`` gives the problems of each fenced block: syntax, imports and names
that are not there, dangerous calls, secrets, keys that no schema has. Code in an answer is rarely a whole file:
bodies, signatures, arguments, sessions, changes and things left out are no faults.
"""

from typing import TYPE_CHECKING

from fieldguide_server.review.blocks import blocks_of
from fieldguide_server.review.types import Block, Check, Names, Problem, Review

if TYPE_CHECKING:
    from fieldguide_server.review.reviewer import Reviewer
else:

    def __getattr__(name: str) -> object:
        # Brings grammars and schemas, which an answer without code never needs.
        if name != "Reviewer":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from fieldguide_server.review.reviewer import Reviewer  # noqa: PLC0415 - see above

        return Reviewer


__all__ = ["Block", "Check", "Names", "Problem", "Review", "Reviewer", "blocks_of"]
