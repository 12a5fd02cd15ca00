"""What an owner leaves in the folder of its index for others to find it by: where it listens, its lock, its log."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

LOCK_FILE = "owner.lock"
LOG_FILE = "owner.log"
_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an owner listens on loopback, and the ``token`` that admits whoever can read it here."""

    port: int
    token: str
    pid: int
    version: str


def read_endpoint(home: Path) -> Endpoint | None:
    """Return the endpoint of the owner of the index in ``home``, which may have died; None when none can be read."""
    try:
        told = json.loads((home / _FILE).read_text(encoding="utf-8"))
        # Of another version there may be more to read; it shall be found all the same, to be asked to leave.
        return Endpoint(told["port"], told["token"], told["pid"], told["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_endpoint(home: Path) -> bool:
    """Return whether an owner listens there or died listening."""
    return (home / _FILE).exists()


def write_endpoint(home: Path, endpoint: Endpoint) -> None:
    """Tell where an owner listens, to this user alone."""
    temporary = home / f"{_FILE}.new"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(endpoint), file)
    temporary.replace(home / _FILE)


def remove_endpoint(home: Path, token: str) -> None:
    """Take the endpoint away if it is the one of this token."""
    endpoint = read_endpoint(home)
    if endpoint is not None and endpoint.token == token:
        (home / _FILE).unlink(missing_ok=True)
