"""Chroma's own environment variables and files decide nothing here."""

from pathlib import Path

import pytest

from fieldguide_indexer.store.vectors.chroma_settings import ChromaSettings


def test_nothing_but_the_arguments_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMA_CLIENT_AUTH_CREDENTIALS", "secret")
    monkeypatch.setenv("CHROMA_OTEL_COLLECTION_ENDPOINT", "https://elsewhere.example")
    (tmp_path / ".env").write_text("CHROMA_CLIENT_AUTH_PROVIDER=theirs.Provider\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = ChromaSettings(anonymized_telemetry=False)
    assert settings.anonymized_telemetry is False
    assert settings.chroma_client_auth_credentials is None
    assert settings.chroma_client_auth_provider is None
    assert settings.chroma_otel_collection_endpoint == ""
