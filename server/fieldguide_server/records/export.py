"""Records for people and for spreadsheets: one row each."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from fieldguide_server.records.store import Record

_COLUMNS = (
    "id", "time", "kind", "folder", "question", "answer", "model", "persona", "outcome", "verified", "corrected",
    "removed", "problems", "rounds", "seconds", "tokens_read", "tokens_written", "cost",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula, and text of a repository may hold one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def summary(record: Record) -> dict[str, Any]:
    """Return a record in one row; None for what it does not tell."""
    drafts = record.get("drafts") or ()
    tokens = record.get("tokens") or {}
    found: dict[str, Any] = {name: record.get(name) for name in _COLUMNS}
    found["problems"] = len(record.get("problems") or ())
    found["rounds"] = max(0, len(drafts) - 1)
    found["seconds"] = (record.get("seconds") or {}).get("total")
    found["tokens_read"], found["tokens_written"] = tokens.get("read"), tokens.get("written")
    return found


def as_csv(records: Iterable[Record]) -> str:
    """Return a table with a heading."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({name: _cell(value) for name, value in summary(record).items()})
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
