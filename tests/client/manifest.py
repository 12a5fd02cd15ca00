"""The settings as the VS Code extension's manifest declares them, made from the server's schema.

python -m tests.client.manifest        writes them into vscode-client/package.json
"""

import json
from pathlib import Path
from typing import Any

from fieldguide_server.params import wire_name
from fieldguide_server.settings.schema import Spec, schema

MANIFEST = Path(__file__).resolve().parents[2] / "vscode-client" / "package.json"

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", tuple: "array"}
# Settings of the client itself, which the server does not know.
_OWN: dict[str, dict[str, Any]] = {
    "fieldguide.server.path": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The `fieldguide` program to start; empty: found on PATH, in the selected Python, or installed.",
    },
    "fieldguide.server.package": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "What pip installs when the extension installs the server; empty: the extension's own version.",
    },
    "fieldguide.profiles": {
        "type": "object",
        "default": {},
        "scope": "machine",
        "additionalProperties": {"type": "object"},
        "markdownDescription": "Named sets of `fieldguide.model.*` settings to switch between.",
    },
    "fieldguide.trace.server": {
        "type": "string",
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "scope": "window",
        "description": "Log the messages between the editor and the server.",
    },
}


def properties() -> dict[str, dict[str, Any]]:
    """Every setting by the name that VS Code shows, with what VS Code is told of it."""
    return {f"fieldguide.{wire_name(key)}": _property(spec) for key, spec in schema().items()} | _OWN


def restricted() -> list[str]:
    """The settings that a workspace which is not trusted cannot set."""
    return [name for name, each in properties().items() if each["scope"] == "machine"]


def _property(spec: Spec) -> dict[str, Any]:
    default = list(spec.default) if isinstance(spec.default, tuple) else spec.default
    told: dict[str, Any] = {
        "type": _TYPES[spec.kind],
        "default": default,
        # What only the user may choose is a matter of the machine that the server runs on.
        "scope": "machine" if spec.scope == "user" else "resource",
        "description": spec.doc,
    }
    if spec.kind is tuple:
        told["items"] = {"type": "string"}
    if spec.choices:
        told["enum"] = list(spec.choices)
    bounds = {"minimum": spec.minimum, "maximum": spec.maximum}
    return told | {name: bound for name, bound in bounds.items() if bound is not None}


def main() -> None:
    """Writes the settings into the manifest."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    manifest["contributes"]["configuration"]["properties"] = properties()
    manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted()
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
