"""Restrictions on the ``openai`` client: it contacts only the configured host, and sends only what the settings say."""

from urllib.parse import urlsplit

import httpx2
import openai

_OPENAI_HOST = "api.openai.com"


def check_host(request: httpx2.Request, base_url: str) -> None:
    """Refuse to follow a redirect to another host.

    Raises:
        RequestError: The request is not for the host of ``base_url``.
    """
    if request.url.host != httpx2.URL(base_url).host:
        message = f"{urlsplit(base_url).hostname} redirects to another host"
        raise httpx2.RequestError(message, request=request)


def remove_ambient_headers(client: openai.OpenAI | openai.AsyncOpenAI) -> None:
    """Drop the headers from OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS, except for OpenAI's own host."""
    if client.base_url.host != _OPENAI_HOST:
        client.organization = client.project = client.admin_api_key = None
        client._custom_headers = {}
