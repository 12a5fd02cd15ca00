"""Shared fixtures of the server tests: a client connected to a server in this process."""

from collections.abc import AsyncIterator

import pytest

from tests.server.lsp_client import Client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client()
    yield made
    await made.stop()
