"""The settings in the manifest of the VS Code extension, generated from the server's schema.

``python -m tests.client.manifest`` writes them to ``vscode-client/package.json``, and the commands and keybindings to its
README.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fieldguide_server.params import wire_name
from fieldguide_server.settings.schema import Spec
from fieldguide_server.settings.schema import schema as server_schema

MANIFEST = Path(__file__).resolve().parents[2] / "vscode-client" / "package.json"
README = MANIFEST.with_name("README.md")

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", tuple: "array"}
# Settings of the client, which the server does not know.
_CLIENT_SETTINGS: dict[str, dict[str, Any]] = {
    "fieldguide.server.path": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "Path of the `fieldguide` program. If empty, it is found on `PATH`, in the selected Python environment, or installed.",
    },
    "fieldguide.server.package": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The package that is installed as the server, such as a wheel. If empty, the version that matches the extension.",
    },
    "fieldguide.profiles": {
        "type": "object",
        "default": {},
        "scope": "machine",
        "additionalProperties": {"type": "object"},
        "markdownDescription": "Named sets of `fieldguide.model.*` settings to select from.",
    },
    "fieldguide.trace.server": {
        "type": "string",
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "scope": "window",
        "description": "Log the messages between VS Code and the language server.",
    },
}


def properties() -> dict[str, dict[str, Any]]:
    """Return every setting by its name in VS Code, with its JSON schema."""
    return {
        f"fieldguide.{wire_name(key)}": _property(spec) for key, spec in server_schema().items()
    } | _CLIENT_SETTINGS


def restricted() -> list[str]:
    """Return the settings that an untrusted workspace cannot set."""
    return [name for name, each in properties().items() if each["scope"] == "machine"]


def _property(spec: Spec) -> dict[str, Any]:
    default = list(spec.default) if isinstance(spec.default, tuple) else spec.default
    schema: dict[str, Any] = {
        "type": _TYPES[spec.kind],
        "default": default,
        # A workspace cannot set what only the user may choose.
        "scope": "machine" if spec.scope == "user" else "resource",
        "description": spec.doc,
    }
    if spec.kind is tuple:
        schema["items"] = {"type": "string"}
    if spec.choices:
        schema["enum"] = list(spec.choices)
    bounds = {"minimum": spec.minimum, "maximum": spec.maximum}
    return schema | {name: bound for name, bound in bounds.items() if bound is not None}


def commands_table(manifest: Mapping[str, Any]) -> str:
    """Return the commands of the palette with their keybindings, as a Markdown table."""
    contributes = manifest["contributes"]
    hidden = {each["command"] for each in contributes["menus"]["commandPalette"] if each["when"] == "false"}
    keys = {each["command"]: each["key"] for each in contributes["keybindings"]}
    rows = [
        f"| {each['title']} | `{each['command']}` | {_key(keys.get(each['command'], ''))} |"
        for each in contributes["commands"]
        if each["command"] not in hidden
    ]
    return "\n".join(["| Command | ID | Keybinding |", "| --- | --- | --- |", *rows])


def _key(keys: str) -> str:
    return " ".join(f"`{'+'.join(map(str.capitalize, key.split('+')))}`" for key in keys.split())


def with_table(readme: str, table: str) -> str:
    """Return the README with the table between its markers replaced."""
    start, end = "<!-- commands -->\n", "<!-- /commands -->"
    before, _, rest = readme.partition(start)
    return f"{before}{start}{table}\n{end}{rest.partition(end)[2]}"


def main() -> None:
    """Write the settings to the manifest, and the commands to the README."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    manifest["contributes"]["configuration"]["properties"] = properties()
    manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted()
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    README.write_text(
        with_table(README.read_text(encoding="utf-8"), commands_table(manifest)), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
