"""Additions to a plan that a language model proposes, each with a quote from the repository.

::

    parser         text → additions, each with its kind, value and source
    quote_check    does the quoted text support the addition?
    safety         what is always refused
    command_kinds  what a command does, whatever kind was proposed for it
    plan_changes   the plan with one more addition, or a refusal where evidence exists already
    losses         what is missing in a new plan or file
    acceptance     all of these for one addition after the other, and every check of the resulting files

Knows no model. An addition is accepted only where nothing is known: what evidence proves is never removed or changed.
"""

from fieldguide_server.configgen.additions.acceptance import ExtendedStudy, accept, without_additions
from fieldguide_server.configgen.additions.parser import parse_additions
from fieldguide_server.configgen.additions.types import Addition, FindQuote, QuotedText, Refusal, RefusalKind

__all__ = [
    "Addition",
    "ExtendedStudy",
    "FindQuote",
    "QuotedText",
    "Refusal",
    "RefusalKind",
    "accept",
    "parse_additions",
    "without_additions",
]
