"""``.gitpod.yml`` (Gitpod Classic), with a ``.gitpod.Dockerfile`` where packages are needed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fieldguide_server.configgen.types import ConfigFile, DevEnvironment, Port, Task

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

FILE = ".gitpod.yml"
DOCKERFILE = ".gitpod.Dockerfile"
DEFAULT_IMAGE = "gitpod/workspace-full"
ON_OPEN = {"preview": "open-preview", "notify": "notify", "ignore": "ignore"}
# Readers of YAML 1.1 take these words for booleans.
BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})


def render(environment: DevEnvironment) -> tuple[ConfigFile, ...]:
    """The files for one environment: the YAML first."""
    files = [ConfigFile(FILE, _yaml(environment))]
    if environment.packages:
        base = environment.image or DEFAULT_IMAGE
        text = f"FROM {base}\n\nRUN sudo install-packages {' '.join(environment.packages)}\n"
        files.append(ConfigFile(DOCKERFILE, text))
    return tuple(files)


def _yaml(environment: DevEnvironment) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, and a server that makes no config needs none of it

    writer = YAML()
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    document = _document(environment)
    if document:
        writer.dump(document, out)
    return _head(environment) + (out.getvalue() or "{}\n")


def _head(environment: DevEnvironment) -> str:
    """What is unknown stays out of the file, save as a comment."""
    lines = [f"# Unknown: {_one_line(sentence)}\n" for sentence in environment.unknown]
    return "".join(lines) + ("\n" if lines else "")


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _document(environment: DevEnvironment) -> CommentedMap:
    sections: dict[str, object] = {}
    if environment.packages:
        sections["image"] = {"file": DOCKERFILE}
    elif environment.image:
        sections["image"] = environment.image
    if environment.tasks:
        sections["tasks"] = [_task(task) for task in environment.tasks]
    if environment.ports:
        sections["ports"] = [_port(port) for port in environment.ports]
    if environment.extensions:
        sections["vscode"] = {"extensions": [_text(item) for item in environment.extensions]}
    document = _commented(sections)
    for key in list(document)[1:]:
        document.yaml_set_comment_before_after_key(key, before="\n")
    return document


def _commented(values: dict[str, object]) -> CommentedMap:
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415 - as above

    return CommentedMap(values)


def _task(task: Task) -> dict[str, object]:
    phases = (("before", task.before), ("init", task.init), ("command", task.command))
    texts: dict[str, object] = {phase: _text("\n".join(lines)) for phase, lines in phases if lines}
    return {"name": _text(task.name), **texts}


def _port(port: Port) -> CommentedMap:
    shown = _commented({"port": port.number, "name": _text(port.name), "onOpen": ON_OPEN[port.opens]})
    shown.yaml_add_eol_comment(_one_line(port.source), "port")
    return shown


def _text(text: str) -> str:
    """A string that every YAML reader takes for this string: blocks for lines, quotes for look-alikes."""
    from ruamel.yaml import scalarstring  # noqa: PLC0415 - as above

    shown: str = text
    if "\n" in text:
        shown = scalarstring.LiteralScalarString(text + "\n")
    elif text.lower() in BOOLEANS:
        shown = scalarstring.DoubleQuotedScalarString(text)
    return shown
