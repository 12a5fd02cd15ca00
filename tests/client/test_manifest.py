"""The manifest, README and protocol of the extension agree with each other and with the server."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from fieldguide_server import protocol
from fieldguide_server.configgen.formats import formats
from fieldguide_server.params import structure, wire_name
from fieldguide_server.protocol import METHODS, Method
from tests.client.manifest import MANIFEST, README, commands_table, properties, restricted

MIRROR = (MANIFEST.parent / "src" / "protocol.ts").read_text(encoding="utf-8")
SOURCES = "\n".join(file.read_text(encoding="utf-8") for file in (MANIFEST.parent / "src").rglob("*.ts"))


def mirrored(interface: str) -> set[str]:
    """Return the fields of an interface in protocol.ts, inherited ones included."""
    found = re.search(rf"interface {interface}(?: extends (\w+))? {{(.*?)\n}}", MIRROR, re.DOTALL)
    assert found, f"{interface} is missing in protocol.ts"
    own = set(re.findall(r"^  (\w+)\??:", found[2], re.MULTILINE))
    return own | (mirrored(found[1]) if found[1] else set())


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(json.loads(MANIFEST.read_text(encoding="utf-8")))


def test_the_extension_has_the_version_of_the_server(manifest: dict[str, Any]) -> None:
    project = tomllib.loads((MANIFEST.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    lock = json.loads((MANIFEST.parent / "package-lock.json").read_text(encoding="utf-8"))
    versions = {manifest["version"], lock["version"], lock["packages"][""]["version"]}
    assert versions == {project["project"]["version"]}


def test_the_manifest_declares_the_settings_of_the_server(manifest: dict[str, Any]) -> None:
    declared = manifest["contributes"]["configuration"]["properties"]
    assert declared == properties(), "run: python -m tests.client.manifest"


def test_the_readme_lists_the_commands_of_the_manifest(manifest: dict[str, Any]) -> None:
    assert commands_table(manifest) in README.read_text(encoding="utf-8"), (
        "run: python -m tests.client.manifest"
    )


def test_settings_that_a_workspace_must_not_set_are_restricted_in_untrusted_workspaces(
    manifest: dict[str, Any],
) -> None:
    assert manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == restricted()
    assert "fieldguide.model.baseUrl" in restricted()


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_client_mirrors_every_request(method: Method[Any]) -> None:
    assert f'"{method.name}"' in MIRROR
    assert mirrored(method.params.__name__) == {wire_name(each.name) for each in fields(method.params)}


def test_the_client_mirrors_every_notification() -> None:
    names = {value for name, value in vars(protocol).items() if name.isupper() and isinstance(value, str)}
    assert {name for name in names if name.startswith("fieldguide/")} <= set(
        re.findall(r'"(fieldguide/\w+)"', MIRROR)
    )


def test_the_registered_commands_are_those_of_the_manifest(manifest: dict[str, Any]) -> None:
    declared = {each["command"].removeprefix("fieldguide.") for each in manifest["contributes"]["commands"]}
    body = SOURCES.split("const commands: Record<string, Run> = {")[1].split("\n  };")[0]
    assert declared == set(re.findall(r'^    "?([\w.]+)"?: ', body, re.MULTILINE))


def test_the_client_offers_the_config_formats_of_the_server_in_their_order_and_by_their_titles(
    manifest: dict[str, Any],
) -> None:
    offered = re.findall(r'\{ target: "([^"]+)", label: "([^"]+)"', SOURCES)
    assert offered == [(each.name, each.title.removeprefix("a ")) for each in formats().values()]
    (participant,) = manifest["contributes"]["chatParticipants"]
    (config,) = [each for each in participant["commands"] if each["name"] == "config"]
    assert all(name in config["description"] for name in formats())


def test_the_tool_for_models_accepts_the_params_of_a_search(manifest: dict[str, Any]) -> None:
    (tool,) = manifest["contributes"]["languageModelTools"]
    picked = re.search(r"type SearchInput = Pick<SearchParams, (.+?)>", SOURCES)
    assert picked
    assert tool["inputSchema"]["properties"].keys() == set(re.findall(r'"(\w+)"', picked[1]))
    values = {
        name: each.get("enum", [each.get("maximum", "x")])
        for name, each in tool["inputSchema"]["properties"].items()
    }
    for name, allowed in values.items():
        for value in allowed:
            structure({"query": "x", name: value}, protocol.SearchParams)


def test_no_command_of_the_extension_has_the_name_of_a_server_command(manifest: dict[str, Any]) -> None:
    declared = {each["command"] for each in manifest["contributes"]["commands"]}
    assert declared.isdisjoint(method.command for method in METHODS)


def test_every_file_in_the_manifest_exists(manifest: dict[str, Any]) -> None:
    named = re.findall(r'"(media/[^"]+)"', json.dumps(manifest))
    assert named
    assert [name for name in named if not (MANIFEST.parent / Path(name)).exists()] == []
