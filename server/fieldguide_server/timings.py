"""How long the server waits for things. Tests pass timings of their own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """Periods in seconds."""

    index_quiet: float = 0.2
    """Without a change, before changed files are indexed."""

    index_longest_wait: float = 0.5
    """A build that writes files all the time must not keep the index waiting for a quiet moment."""

    index_retry: float = 30.0
    """After an update that failed, before all files are looked at again."""

    unsaved_quiet: float = 0.2
    """Without a key, before the unsaved text is sent to the index."""

    unsaved_request: float = 2.0
    """A request waits for unsaved text. A document takes a tenth of a second, the first one half a second more."""

    unsaved_hover: float = 0.1
    """The same for a hover, which must not be felt."""

    first_scan: float = 10.0
    """A question waits for the first scan: an answer from half an index misleads, and may cost money."""

    first_search: float = 2.0
    """A search waits less: the user sees what it finds and can search again."""

    slow_folder: float = 3.0
    """A search over several folders waits for one that is being indexed, while others can answer."""

    diagnostics_quiet: float = 0.3
    """Without a change, before the diagnostics of config files are published."""

    client_response: float = 5.0
    """The client has to answer a request of the server."""
