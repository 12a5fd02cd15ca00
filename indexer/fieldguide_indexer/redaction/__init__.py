"""Redaction of secrets: values are replaced; names and line numbers stay.

A value is a secret if it has a provider's form (``tokens.py``), if its name or the command that it is passed to says so
and it is not a word, placeholder or expression (``names.py``, ``commands.py``, ``values.py``), if its document says so
(``documents.py``: Kubernetes, SQL, CSV), or inside a private key. Repetitions in the patterns are bounded, or match a text in one way only, so that every
text takes linear time.
"""

from fieldguide_indexer.redaction.commands import in_commands
from fieldguide_indexer.redaction.documents import in_documents
from fieldguide_indexer.redaction.names import named
from fieldguide_indexer.redaction.private_keys import without_private_keys
from fieldguide_indexer.redaction.tokens import tokens
from fieldguide_indexer.redaction.values import PLACEHOLDER

__all__ = ["PLACEHOLDER", "REDACTION_VERSION", "redact"]

REDACTION_VERSION = 2

_Span = tuple[int, int]


def redact(text: str) -> tuple[str, int]:
    """Replace the values of secrets in a text.

    Returns:
        The text, with the same number of lines, and the number of redacted secrets.
    """
    keys = 0
    if "PRIVATE KEY" in text:
        text, keys = without_private_keys(text)
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters become longer in lower case, which would shift the offsets
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    spans = _apart(
        sorted(
            [
                *tokens(text, lowered),
                *named(text, lowered),
                *in_commands(text, lowered),
                *in_documents(text, lowered),
            ]
        )
    )
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts += (text[done:start], PLACEHOLDER)
        done = end
    return ("".join((*parts, text[done:])) if spans else text), keys + len(spans)


def _apart(spans: list[_Span]) -> list[_Span]:
    """Join the spans that overlap."""
    kept: list[_Span] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept
