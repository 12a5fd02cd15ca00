"""Records of questions and answers, as JSON lines on this machine. They are never sent anywhere.

``Records(folder_of(os.environ), Bounds(...))`` appends, reads and deletes. Secrets are redacted before writing.
A record is plain JSON with ``id``, ``time`` and ``folder``; this package knows no model and no editor.
"""

from fieldguide_server.records.export import as_csv, summary
from fieldguide_server.records.redaction import redacted
from fieldguide_server.records.store import Bounds, Record, Records, folder_of, new_id

__all__ = ["Bounds", "Record", "Records", "as_csv", "folder_of", "new_id", "redacted", "summary"]
