"""The files by which an owner is found in the folder of its index: its endpoint, its lock and its log."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

LOCK_FILE = "owner.lock"
LOG_FILE = "owner.log"
_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an owner listens on loopback, and the ``token`` that a client has to send first."""

    port: int
    token: str
    pid: int
    version: str


def read_endpoint(home: Path) -> Endpoint | None:
    """Return the endpoint of the owner of the index in ``home``; None when there is none. The owner may be dead."""
    try:
        data = json.loads((home / _FILE).read_text(encoding="utf-8"))
        # Another version may have written more fields; it has to be found all the same, to be asked to end.
        return Endpoint(data["port"], data["token"], data["pid"], data["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_endpoint(home: Path) -> bool:
    """Return whether an owner listens there, or died while it did."""
    return (home / _FILE).exists()


def write_endpoint(home: Path, endpoint: Endpoint) -> None:
    """Write the endpoint to a file that only this user can read."""
    temporary = home / f"{_FILE}.new"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(endpoint), file)
    temporary.replace(home / _FILE)


def remove_endpoint(home: Path, token: str) -> None:
    """Remove the endpoint if it has this token."""
    endpoint = read_endpoint(home)
    if endpoint is not None and endpoint.token == token:
        (home / _FILE).unlink(missing_ok=True)
