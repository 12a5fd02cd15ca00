"""What was asked and answered, as lines of JSON on this machine; nothing of it is ever sent anywhere.

``Records(folder_of(os.environ), Bounds(...))`` appends, reads and deletes. Secrets are withheld from what is written.
Knows no model and no editor: a record is plain JSON with ``id``, ``time`` and ``folder``.
"""

from fieldguide_server.records.export import as_csv, summary
from fieldguide_server.records.redaction import withheld
from fieldguide_server.records.store import Bounds, Record, Records, folder_of, new_id

__all__ = ["Bounds", "Record", "Records", "as_csv", "folder_of", "new_id", "summary", "withheld"]
