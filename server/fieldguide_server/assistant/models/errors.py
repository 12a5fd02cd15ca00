"""What can go wrong with a language model: each kind has one calm sentence, and none holds the key.

::

    ModelError
    ├── MissingKeyError       no key, where one is asked for
    ├── WrongKeyError         the server refused the key
    ├── UnknownModelError     no such model, or no such address
    ├── RateLimitedError      too many requests, or no credit left
    ├── ContextTooLongError   the prompt does not fit the model
    ├── ModelTimeoutError     no answer in time
    ├── UnreachableError      no connection
    ├── LocalModelError       a model of this machine cannot be run
    ├── ContentFilterError    the question was refused by a filter
    ├── RefusedError          any other refusal
    └── CutStreamError        the answer broke off; what came before is kept
"""

from fieldguide_indexer import FieldguideError

BROKE_OFF = "The connection to the language model broke off before the answer was complete."


class ModelError(FieldguideError):
    """The model did not answer; the text is one sentence that can be shown."""


class MissingKeyError(ModelError):
    """There is no key, and the server asks for one."""


class WrongKeyError(ModelError):
    """The server refused the key."""


class UnknownModelError(ModelError):
    """The server knows no such model, or the address is wrong."""


class RateLimitedError(ModelError):
    """The server asked to wait longer than is sensible."""


class ContextTooLongError(ModelError):
    """The prompt does not fit into the model's context window."""


class ModelTimeoutError(ModelError):
    """The server did not answer in time."""


class UnreachableError(ModelError):
    """No connection to the server."""


class LocalModelError(ModelError):
    """A model of this machine cannot be run: the extra or the file is missing, or the file is none."""


class ContentFilterError(ModelError):
    """The server's content filter refused the question."""


class RefusedError(ModelError):
    """The server answered with another error, or with something that is no answer."""


class CutStreamError(ModelError):
    """The answer ended before it was complete."""
