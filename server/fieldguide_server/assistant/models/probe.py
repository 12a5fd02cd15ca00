"""The model servers that run on this machine: looked for on request only, and never used unless chosen."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fieldguide_server.assistant.text.sanitizer import clean
from fieldguide_server.settings import PRESETS

_TIMEOUT_SECONDS = 1.0
_MAX_RESPONSE_BYTES = 1_000_000
_MAX_MODELS = 200
_MAX_NAME_LENGTH = 200
_WELL_KNOWN = {
    name: str(preset["base_url"])
    for name, preset in PRESETS.items()
    if str(preset.get("base_url")).startswith("http://127.0.0.1:")
}


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered on a well-known port of loopback; ``profile`` is the profile of that port."""

    profile: str
    base_url: str
    models: tuple[str, ...]


async def local_servers(
    addresses: Mapping[str, str] = _WELL_KNOWN, timeout_seconds: float = _TIMEOUT_SECONDS
) -> tuple[LocalServer, ...]:
    """Return the model servers that answer in time, with the names of their models.

    Args:
        addresses: The base URL to try for each profile.
        timeout_seconds: How long to wait for each server; all are asked at the same time.
    """
    found = await asyncio.gather(*(_models_at(url, timeout_seconds) for url in addresses.values()))
    return tuple(
        LocalServer(profile, base_url, models)
        for (profile, base_url), models in zip(addresses.items(), found, strict=True)
        if models is not None
    )


async def _models_at(base_url: str, timeout_seconds: float) -> tuple[str, ...] | None:
    """Return the names of the models there; None if nothing answers, or something that is no model server."""
    try:
        async with asyncio.timeout(timeout_seconds):
            head, _, body = (await _get(f"{base_url}/models")).partition(b"\r\n\r\n")
        is_found = b" 200 " in head.partition(b"\r\n")[0]
        names = [clean(str(model["id"]))[:_MAX_NAME_LENGTH] for model in json.loads(body)["data"]]
    except (OSError, TimeoutError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return tuple(names[:_MAX_MODELS]) if is_found else None


async def _get(url: str) -> bytes:
    """Return the response with its head. HTTP/1.0: the server closes the connection and sends no chunks."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        return await reader.readexactly(_MAX_RESPONSE_BYTES)
    except asyncio.IncompleteReadError as end:
        return end.partial
    finally:
        writer.close()
