"""The errors of language models: each is one sentence that can be shown to the user, and none holds a key.

::

    ModelError
    ├── ModelOffError           the settings switch the model off
    ├── MissingKeyError         no key, where one is required
    ├── WrongKeyError           the server refused the key
    ├── UnknownModelError       no such model, or a wrong address
    ├── RateLimitedError        too many requests, or no credit left
    ├── ContextTooLongError     the prompt does not fit the model
    ├── ModelTimeoutError       no answer in time
    ├── UnreachableError        no connection
    ├── LocalModelError         a model file cannot be run on this machine
    ├── ContentFilterError      a content filter refused the question
    ├── ModelResponseError      any other error, or an invalid response
    └── IncompleteAnswerError   the answer was cut off; the text before is kept
        └── OutputLimitError    the limit of output tokens was reached
"""

from fieldguide_indexer import FieldguideError

CONNECTION_LOST = "The connection to the language model broke off before the answer was complete."


class ModelError(FieldguideError):
    """The model did not answer; the text is one sentence for the user."""


class ModelOffError(ModelError):
    """The settings do not say where the model is, or say so in a way that cannot be used."""


class MissingKeyError(ModelError):
    """There is no key, and the server requires one."""


class WrongKeyError(ModelError):
    """The server refused the key."""


class UnknownModelError(ModelError):
    """The server has no such model, or its address is wrong."""


class RateLimitedError(ModelError):
    """The server accepts no more requests for now, even after the retries."""


class ContextTooLongError(ModelError):
    """The prompt does not fit into the model's context window."""


class ModelTimeoutError(ModelError):
    """The server did not answer in time."""


class UnreachableError(ModelError):
    """There is no connection to the server."""


class LocalModelError(ModelError):
    """A model cannot be run on this machine: the extra or the file is missing, or the file is not a model."""


class ContentFilterError(ModelError):
    """The server's content filter refused the question."""


class ModelResponseError(ModelError):
    """The server answered with another error, or with an invalid response."""


class IncompleteAnswerError(ModelError):
    """The answer ended before it was complete."""


class OutputLimitError(IncompleteAnswerError):
    """The answer, with the model's thinking, reached the limit of output tokens."""
