"""Additions to a plan that somebody else than the rules proposes: a language model, with a quote for each.

::

    parser         text → additions, each with its kind, value and source
    quote_check    does the quoted place say it?
    safety         what is never taken, whoever says it
    command_kinds  what kind of work a command does, whatever it was called
    growth         a plan that may grow, and the words in which it refuses to
    plan_changes   the plan with a command more; a refusal where evidence speaks already
    filling        the same for ports, versions and names
    losses         nothing that stood in the plan or in a file is gone
    acceptance     all of that, one addition after the other, and every check of the files that come of it

Knows no model. An addition is taken only where nothing is known: what evidence proves is never removed or changed.
"""

from fieldguide_server.configgen.additions.acceptance import Accepted, accept, begin
from fieldguide_server.configgen.additions.parser import read_additions
from fieldguide_server.configgen.additions.types import Addition, Proof, Prove, Refusal, Why

__all__ = ["Accepted", "Addition", "Proof", "Prove", "Refusal", "Why", "accept", "begin", "read_additions"]
