"""What can go wrong in the indexer.

::

    FieldguideError                 one calm sentence for the user; details go to the log
    ├── WorkspaceError              the workspace folder cannot be read
    ├── StorageError                the index cannot be read or written
    └── EmbeddingError              vectors cannot be made (no model, bad endpoint); lexical search goes on

Problems of single files are no errors: they are values in an ``UpdateReport``.
"""


class FieldguideError(Exception):
    """The root; its text is one sentence that can be shown to the user as it is."""


class WorkspaceError(FieldguideError):
    """The workspace folder does not exist or cannot be read."""


class StorageError(FieldguideError):
    """The index folder cannot be read or written."""


class EmbeddingError(FieldguideError):
    """No vectors can be made: the model is missing, or its endpoint refuses."""
