"""Export of records: one row each, as a summary or as CSV."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from fieldguide_server.records.store import Record

_COLUMNS = (
    "id", "time", "kind", "folder", "question", "answer", "model", "persona", "outcome", "verified", "corrected",
    "removed", "problems", "rounds", "seconds", "tokens_read", "tokens_written", "cost",
)  # fmt: skip
# Spreadsheets evaluate cells with these prefixes as formulas, and text from a repository is untrusted.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def summary(record: Record) -> dict[str, Any]:
    """Return the columns of one record; None for values that it does not have."""
    drafts = record.get("drafts") or ()
    tokens = record.get("tokens") or {}
    row: dict[str, Any] = {name: record.get(name) for name in _COLUMNS}
    row["problems"] = len(record.get("problems") or ())
    row["rounds"] = max(0, len(drafts) - 1)
    row["seconds"] = (record.get("seconds") or {}).get("total")
    row["tokens_read"], row["tokens_written"] = tokens.get("read"), tokens.get("written")
    return row


def as_csv(records: Iterable[Record]) -> str:
    """Return the records as CSV with a header row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({name: _cell(value) for name, value in summary(record).items()})
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
