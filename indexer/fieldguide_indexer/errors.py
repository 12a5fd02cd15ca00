"""The errors of the indexer.

::

    FieldguideError                 one sentence for the user; details go to the log
    ├── WorkspaceError              the workspace folder cannot be read
    ├── StorageError                the index cannot be read or written
    ├── CertificateError            a file of certificates cannot be read
    └── EmbeddingError              vectors cannot be made (no model, bad endpoint); lexical search still works

A file that cannot be indexed raises no error: it is listed in the ``UpdateReport``.
"""


class FieldguideError(Exception):
    """The base class; its message is one sentence that can be shown to the user."""


class WorkspaceError(FieldguideError):
    """The workspace folder does not exist or cannot be read."""


class StorageError(FieldguideError):
    """The index folder cannot be read or written."""


class CertificateError(FieldguideError):
    """A file of trusted certificates does not exist or cannot be read."""


class EmbeddingError(FieldguideError):
    """Vectors cannot be made: the model is missing, or its endpoint does not answer."""
