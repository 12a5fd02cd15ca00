"""What is remembered of a workspace folder beside its index: buffers on their way to it, and its config files."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldguide_server.configgen.inspection.inspector import Inspection
    from fieldguide_server.configgen.plan.study import Study


@dataclass(eq=False, slots=True)
class Buffers:
    """Buffers that differ from what the index holds; ``drafts.py`` sends them.

    ``typed`` collects the paths of documents that changed in the editor, last at ``typed_at``, until the task ``layer``
    has laid them over the index; ``laid`` is what lies there.
    """

    typed: set[str] = field(default_factory=set)
    typed_at: float = 0.0
    laid: dict[str, str] = field(default_factory=dict)
    laying: asyncio.Lock = field(default_factory=asyncio.Lock)
    layer: asyncio.Task[None] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Inspected:
    """What is said of a config file's text, as soon as it is known, on the ground of a study."""

    text: str
    known: "Study"
    said: "asyncio.Future[Inspection]"


@dataclass(eq=False, slots=True)
class ConfigFiles:
    """The config files of a folder; ``inspections.py`` reads them, and ``findings.py`` tells the client.

    ``study`` is what is known of the repository for them, and ``moved_on`` that files changed since; ``inspected``
    holds the last reading of each. ``untold`` are those of which the client is to be told, last asked for at
    ``untold_at``, by the task ``teller``.
    """

    study: "asyncio.Future[Study] | None" = None
    moved_on: bool = False
    inspected: dict[str, Inspected] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    untold_at: float = 0.0
    teller: asyncio.Task[None] | None = None
