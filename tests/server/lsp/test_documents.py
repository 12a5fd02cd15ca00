"""Open documents, as the client edits them."""

from pathlib import Path

from tests.server.lsp_client import Client


async def test_a_thousand_edits_are_applied_correctly_after_a_form_feed(
    client: Client, tmp_path: Path
) -> None:
    await client.initialize(tmp_path)
    uri = client.opened(tmp_path / "a.py", "one\x0c\ntwo\n")
    start = {"line": 1, "character": 0}
    for version in range(1_000):
        change = {"range": {"start": start, "end": start}, "text": "x"}
        params = {"textDocument": {"uri": uri, "version": version + 2}, "contentChanges": [change]}
        client.notify("textDocument/didChange", params)
    await client.request("fieldguide/status")
    assert client.read("a.py") == "one\x0c\n" + "x" * 1_000 + "two\n"
