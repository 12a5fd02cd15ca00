"""Where requests go, and with which key: decided in one place for language models, embeddings and the vector server.

A refused or unknown address is never replaced by another one. A key is only sent to the server that its variable was
named for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from urllib.parse import urlsplit

OPENAI_URL = "https://api.openai.com/v1"
THIS_MACHINE = "file:"
"""The address of a model that needs none, because no request leaves this machine or its editor."""
AZURE = "https://*.openai.azure.com"
"""The servers of Azure OpenAI, for a key that is for each of them."""
_AZURE_HOSTS = (
    ".openai.azure.com",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
    ".openai.azure.us",
)
_PORTS = {"http": 80, "https": 443}
_ADDRESS_WORDS = ("url", "uri", "address", "endpoint", "host", "api_base")


@dataclass(frozen=True, slots=True)
class Service:
    """A service that settings may have requests sent to.

    Attributes:
        section: Its section of the settings.
        setting: The setting of its address.
        off: What a problem of its address means, to complete a sentence.
        url: Its address where none is set; "" for none.
        key_variable: The variable of its key where none is set.
        key_url: The server that this key is for.
    """

    section: str
    setting: str
    off: str
    url: str
    key_variable: str
    key_url: str

    @property
    def off_sentence(self) -> str:
        """The start of a sentence about why it is off."""
        return self.off[0].upper() + self.off[1:]


MODEL = Service("model", "base_url", "the language model is off", OPENAI_URL, "OPENAI_API_KEY", OPENAI_URL)
EMBEDDING = Service(
    "embedding", "base_url", "the embedding endpoint is off", OPENAI_URL, "OPENAI_API_KEY", OPENAI_URL
)
STORE = Service(
    "store", "url", "vectors stay on this machine", "", "CHROMA_API_KEY", "https://api.trychroma.com"
)
SERVICES = (MODEL, EMBEDDING, STORE)


@dataclass(frozen=True, slots=True)
class Part:
    """What one source says about a service; each source overrides those before it.

    Attributes:
        url: The address; "" if the source sets none.
        key_variable: The variable of the key; None if the source sets none.
        key_url: The server that the key is for; "" for the one in effect where the key is set.
        refused: Why the address of this source cannot be used; "" if it can, or if there is none.
        missing: Why a missing address must not be the default one; "" if it may.
    """

    url: str = ""
    key_variable: str | None = None
    key_url: str = ""
    refused: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests are sent.

    Attributes:
        url: The address; "" if nothing is sent.
        key_variable: The variable of the key; "" for no key.
        off: Why nothing may be sent, in one sentence; "" if there is no reason.
    """

    url: str = ""
    key_variable: str = ""
    off: str = ""


def decide(service: Service, parts: Iterable[Part]) -> Endpoint:
    """Return where the requests of a service go.

    Args:
        service: The service.
        parts: What the sources of settings say, those that win last.
    """
    merged = Part(key_variable=service.key_variable, key_url=service.key_url)
    for part in parts:
        merged = _with(merged, part, service.url)
    problem = merged.refused or (merged.missing if service.url and not merged.url else "")
    if problem:
        return Endpoint(off=f"{service.off_sentence}: {problem}.")
    url = merged.url or service.url
    if url in ("", THIS_MACHINE):
        return Endpoint()
    return Endpoint(url, (merged.key_variable or "") if _is_for(merged.key_url, url) else "")


def _with(below: Part, part: Part, default_url: str) -> Part:
    url = part.url or below.url
    merged = Part(
        url,
        below.key_variable,
        below.key_url,
        part.refused or ("" if part.url else below.refused),
        part.missing or below.missing,
    )
    if part.key_variable is None:
        return merged
    # A key beside a refused address was meant for that server, which is unknown.
    key_url = "" if merged.refused else part.key_url or url or ("" if merged.missing else default_url)
    return replace(merged, key_variable=part.key_variable, key_url=key_url)


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL, by which servers are told apart.

    Raises:
        ValueError: The port or the host is not valid.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(scheme)


def is_openai(url: str) -> bool:
    """Return whether an address is on OpenAI's own server."""
    return origin(url) == origin(OPENAI_URL)


def _is_for(key_url: str, url: str) -> bool:
    scheme, host, _ = server = origin(url)
    if key_url == AZURE:
        return scheme == "https" and host.endswith(_AZURE_HOSTS)
    return key_url not in ("", THIS_MACHINE) and origin(key_url) == server


def doubt(service: Service, key: str, raw: object) -> tuple[bool, bool]:
    """Return whether an unknown setting was meant as the address of a service, and whether it may have been."""
    section, _, name = key.rpartition(".")
    if section in (each.section for each in SERVICES):
        is_own = section == service.section
        return is_own and is_like_address(name, raw), is_own
    return False, is_like_address(name, raw)


def is_like_address(name: str, raw: object) -> bool:
    """Return whether an unknown setting looks like a misspelt address, by its name or its value."""
    if any(word in name for word in _ADDRESS_WORDS) or get_close_matches(name, ["base_url"], 1, 0.75):
        return True
    return isinstance(raw, str) and "://" in raw
