"""PROTOCOL.md agrees with protocol.py and json_rpc.py: methods, commands, params, limits, codes, notifications."""

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from pygls.exceptions import JsonRpcInvalidParams

from fieldguide_indexer import State
from fieldguide_server import protocol
from fieldguide_server.lsp import json_rpc
from fieldguide_server.params import structure, wire_name
from fieldguide_server.protocol import METHODS, Method

DOCUMENT = Path(__file__).parents[2] / "server" / "PROTOCOL.md"
PARAMS: dict[str, Any] = {
    "question": "why?",
    "query": "why",
    "variable": "MY_KEY",
    "path": "/docs",
    "textDocument": {"uri": "file:///a.py"},
    "position": {"line": 0, "character": 0},
    "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}},
    "message": "bad",
}


def sections() -> dict[str, str]:
    """What stands below each heading."""
    parts = re.split(r"^## (.+)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def section_of(method: Method[Any]) -> str:
    (found,) = [text for heading, text in sections().items() if f"`{method.name}`" in heading]
    return found


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table that begins with a heading."""
    table = re.search(rf"^\| {heading} .*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def test_every_request_is_documented_with_its_command_and_its_shorthand() -> None:
    documented = rows(sections()["Two ways to call"], "request")
    expected = [
        [f"`{each.name}`", f"`{each.command}`", f"`{each.shorthand}`" if each.shorthand else "–"]
        for each in METHODS
    ]
    assert sorted(documented) == sorted(expected)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: str(method.name))
def test_every_param_is_documented_and_whether_it_is_required(method: Method[Any]) -> None:
    documented = {cells[0].strip("`"): cells for cells in rows(section_of(method), "param")}
    expected = {wire_name(each.name): each for each in fields(method.params)}
    assert documented.keys() == expected.keys()
    required = {name for name, cells in documented.items() if cells[2].startswith("required")}
    assert required == {name for name, each in expected.items() if each.default is MISSING}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: str(method.name))
def test_the_documented_limits_and_choices_are_those_in_force(method: Method[Any]) -> None:
    documented = {cells[0].strip("`"): cells for cells in rows(section_of(method), "param")}
    needed = {name: value for name, value in PARAMS.items() if name in documented}
    for name, (_, kind, meaning) in documented.items():
        for value in accepted(kind, meaning):
            structure({**needed, name: value}, method.params)
        for value in refused(kind, meaning):
            with pytest.raises(JsonRpcInvalidParams, match=f"`{name}`"):
                structure({**needed, name: value}, method.params)


def accepted(kind: str, meaning: str) -> list[Any]:
    if limits := re.search(r"(string|integer), (\d+)–(\d+)", kind):
        ends = (int(limits[2]), int(limits[3]))
        return ["x" * end for end in ends] if limits[1] == "string" else list(ends)
    return choices(meaning)


def refused(kind: str, meaning: str) -> list[Any]:
    if limits := re.search(r"(string|integer), (\d+)–(\d+)", kind):
        beyond = (int(limits[2]) - 1, int(limits[3]) + 1)
        return ["x" * end for end in beyond] if limits[1] == "string" else list(beyond)
    wrong = {"string": 5, "boolean": "true", "integer": "5", "string or integer": [], "`{uri}`": "a.py"}
    return ["none of them"] if choices(meaning) else [wrong.get(kind, 5)]


def choices(meaning: str) -> list[Any]:
    found = re.search(r"^one of ((?:`\w+`[^`]*)+)$", meaning)
    return re.findall(r"`(\w+)`", found[1]) if found else []


def test_every_error_code_is_documented() -> None:
    codes = {
        getattr(json_rpc, name)
        for name in vars(json_rpc)
        if name.isupper() and isinstance(getattr(json_rpc, name), int)
    }
    documented = {int(code) for code, _ in rows(sections()["Errors"], "code")}
    assert documented == codes


def test_every_notification_and_state_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert set(re.findall(r"notifications? \*\*`(fieldguide/\w+)`\*\*", text)) == {
        protocol.ANSWER_DELTA,
        protocol.ANSWER_RESET,
        protocol.INDEX_STATUS,
    }
    named = set(re.findall(r"`(fieldguide/\w+)`", text)) - {each.name for each in METHODS}
    requests = set(re.findall(r"^\*\*`(fieldguide/\w+)`\*\*", text, re.MULTILINE))
    assert requests == {protocol.MODEL, protocol.MODEL_LIMITS}
    assert named == requests | {protocol.ANSWER_DELTA, protocol.ANSWER_RESET, protocol.INDEX_STATUS}
    states = re.search(r"^`state` is (.+?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert states
    assert all(f"`{state}`" in states[1] for state in State)
