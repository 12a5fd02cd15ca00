"""The client's capabilities: which are read, and that unexpected values are ignored."""

from typing import Any

import pytest
from lsprotocol import types
from lsprotocol.converters import get_converter

from fieldguide_server.lsp.capabilities import Capabilities, ClientCommands, EditSupport

CONVERTER = get_converter()


def read(**capabilities: Any) -> Capabilities:
    return Capabilities.of(CONVERTER.structure(capabilities, types.ClientCapabilities))


def test_a_client_without_capabilities_can_do_nothing() -> None:
    assert read() == Capabilities()


@pytest.mark.parametrize(
    "experimental", [None, 5, "fieldguide", [], {"fieldguide": None}, {"fieldguide": "all"}, {"other": {}}]
)
def test_experimental_capabilities_of_any_other_shape_are_ignored(experimental: Any) -> None:
    assert read(experimental=experimental) == Capabilities()


def test_experimental_capabilities_are_read() -> None:
    fieldguide = {
        "model": True,
        "showsStatus": True,
        "commands": {"explain": "a.explain", "ask": "not a name"},
    }
    capabilities = read(experimental={"fieldguide": fieldguide})
    assert capabilities.has_models
    assert capabilities.shows_status
    assert capabilities.commands == ClientCommands(explain="a.explain")
    odd = read(experimental={"fieldguide": {"model": 1, "showsStatus": "yes", "commands": ["explain"]}})
    assert odd == Capabilities()


def test_edits_of_versioned_documents_are_the_base_of_all_others() -> None:
    edit: dict[str, Any] = {"changeAnnotationSupport": {}, "resourceOperations": ["create"]}
    assert read(workspace={"workspaceEdit": edit}).edits == EditSupport()
    edit["documentChanges"] = True
    assert read(workspace={"workspaceEdit": edit}).edits == EditSupport(
        changes=True, creation=True, annotations=True
    )


def test_standard_capabilities_are_read() -> None:
    capabilities = read(
        window={"workDoneProgress": True},
        workspace={
            "applyEdit": True,
            "configuration": True,
            "codeLens": {"refreshSupport": True},
            "diagnostics": {"refreshSupport": True},
            "didChangeConfiguration": {"dynamicRegistration": True},
            "didChangeWatchedFiles": {"dynamicRegistration": True},
        },
        textDocument={
            "codeAction": {"resolveSupport": {"properties": ["edit"]}},
            "completion": {"dynamicRegistration": True},
            "diagnostic": {},
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "publishDiagnostics": {"relatedInformation": True},
        },
    )
    assert capabilities == Capabilities(
        applies_edits=True,
        resolves_edits=True,
        pulls_diagnostics=True,
        refreshes_diagnostics=True,
        shows_related_information=True,
        refreshes_code_lenses=True,
        shows_markdown_hovers=True,
        watches_files=True,
        registers_completion=True,
        registers_configuration=True,
        sends_configuration=True,
        shows_progress=True,
    )
