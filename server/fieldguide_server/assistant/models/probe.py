"""Which servers of models run on this machine. They are looked for when the user wants to know, and never used unasked."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.settings import PRESETS

_PATIENCE_SECONDS = 1.0
_LARGEST_ANSWER = 1_000_000
_MOST_MODELS = 200
_LONGEST_NAME = 200
_WELL_KNOWN = {
    name: str(preset["base_url"])
    for name, preset in PRESETS.items()
    if str(preset.get("base_url")).startswith("http://127.0.0.1:")
}


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered on a well-known port of loopback; ``profile`` is that of the port."""

    profile: str
    base_url: str
    models: tuple[str, ...]


async def local_servers(addresses: Mapping[str, str] = _WELL_KNOWN) -> tuple[LocalServer, ...]:
    """Return the servers that answer within a second, with the models they offer.

    Args:
        addresses: The base URL to try for each profile.
    """
    found = await asyncio.gather(*map(_models_at, addresses.values()))
    return tuple(
        LocalServer(profile, base_url, models)
        for (profile, base_url), models in zip(addresses.items(), found, strict=True)
        if models is not None
    )


async def _models_at(base_url: str) -> tuple[str, ...] | None:
    """Return the names of the models there; None when nobody answers, or somebody else does."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            head, _, body = (await _get(f"{base_url}/models")).partition(b"\r\n\r\n")
        is_found = b" 200 " in head.partition(b"\r\n")[0]
        names = [clean(str(one["id"]))[:_LONGEST_NAME] for one in json.loads(body)["data"]]
    except (OSError, TimeoutError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return tuple(names[:_MOST_MODELS]) if is_found else None


async def _get(url: str) -> bytes:
    """Return the whole answer. The old version of HTTP: the server closes the connection, and sends no chunks."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        return await reader.readexactly(_LARGEST_ANSWER)
    except asyncio.IncompleteReadError as end:
        return end.partial
    finally:
        writer.close()
