"""Conversion to and from the protocol: positions, texts, URIs, edits of files."""

import os
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.workspace import PositionCodec

from fieldguide_server.lsp.capabilities import EditSupport
from fieldguide_server.lsp.convert import (
    column_of,
    full_range,
    line_range,
    lines_of,
    offset_of,
    path_of,
    uri_of,
    without_surrogates,
)
from fieldguide_server.lsp.edits import EditError, FileEdit, workspace_edit

UTF8, UTF16, UTF32 = (PositionCodec(kind) for kind in types.PositionEncodingKind)


def test_only_the_line_endings_of_lsp_end_a_line() -> None:
    assert lines_of("a\x0cb\u2028c\r\nd\re\nf") == ("a\x0cb\u2028c\r\n", "d\r", "e\n", "f")
    assert lines_of("") == ()
    assert lines_of("\n\n") == ("\n", "\n")


@pytest.mark.parametrize(
    ("line", "character", "offset"),
    [(0, 0, 0), (0, 2, 1), (0, 3, 2), (0, 9, 2), (1, 1, 5), (2, 0, 6), (9, 9, 6)],
)
def test_a_position_past_the_end_of_its_line_is_the_end(line: int, character: int, offset: int) -> None:
    assert offset_of("😀a\r\nbc", types.Position(line, character), UTF16) == offset


@pytest.mark.parametrize(
    ("codec", "units", "column"), [(UTF16, 6, 5), (UTF32, 5, 5), (UTF8, 8, 5), (UTF16, 99, 10)]
)
def test_columns_are_counted_in_the_units_of_the_client(
    codec: PositionCodec, units: int, column: int
) -> None:
    assert column_of("x = 😀naïve", units, codec) == column


def test_lone_surrogates_are_replaced_and_no_position_changes() -> None:
    assert without_surrogates("a \ud83d b") == "a \ufffd b"
    assert without_surrogates("\ud83d\ude00") == "😀"
    assert without_surrogates("naïve 😀") == "naïve 😀"


def test_a_selection_that_ends_at_the_start_of_a_line_leaves_that_line_out() -> None:
    def chosen(*numbers: int) -> tuple[int, int]:
        start, end = types.Position(*numbers[:2]), types.Position(*numbers[2:])
        return line_range(types.Range(start, end), None)

    assert chosen(2, 4, 5, 0) == (3, 5)
    assert chosen(2, 0, 5, 1) == (3, 6)
    assert chosen(2, 0, 2, 0) == (3, 3)
    assert line_range(None, types.Position(6, 1)) == (7, 7)


@pytest.mark.parametrize(
    "uri",
    ["untitled:Untitled-1", "vscode-remote://host/a", "", "http://[bad", "file:///a%00b", "file:relative.py"],
)
def test_a_uri_that_is_not_local_has_no_path(uri: str) -> None:
    assert path_of(uri) is None


@pytest.mark.skipif(os.name == "nt", reason="there it is a place")
@pytest.mark.parametrize("uri", ["file:///c%3A/Users/me/a.py", "file:///C:/Users/me/a.py"])
def test_a_drive_of_windows_is_not_a_path_on_other_systems(uri: str) -> None:
    assert path_of(uri) is None


def test_a_uri_may_have_localhost_and_any_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a b (c) [d] é.py"
    assert path_of(uri_of(file)) == file
    assert path_of(file.as_uri()) == file
    assert path_of(file.as_uri().replace("file://", "file://localhost")) == file


def test_the_range_of_a_document_is_counted_in_the_units_of_the_client() -> None:
    assert full_range("a\n😀b", UTF16).end == types.Position(1, 3)
    assert full_range("a\n", UTF16).end == types.Position(1, 0)
    assert full_range("", UTF16).end == types.Position(0, 0)


NEW = FileEdit(".gitpod.yml", "file:///w/.gitpod.yml", None, "tasks: []\n")
CHANGED = FileEdit(".gitpod.yml", "file:///w/.gitpod.yml", "image: x\n", "tasks: []\n")
FULL = EditSupport(changes=True, creation=True, annotations=True)


def test_a_new_file_never_replaces_another() -> None:
    edit = workspace_edit([NEW], FULL, UTF16)
    assert edit.document_changes is not None
    created, filled = edit.document_changes
    assert isinstance(created, types.CreateFile)
    assert created.options is not None
    assert not created.options.overwrite
    assert isinstance(filled, types.TextDocumentEdit)
    annotations = list((edit.change_annotations or {}).values())
    assert [each.needs_confirmation for each in annotations] == [False]


def test_an_existing_file_is_replaced_only_if_the_editor_can_ask() -> None:
    edit = workspace_edit([CHANGED], FULL, UTF16)
    assert edit.document_changes is not None
    (replaced,) = edit.document_changes
    assert isinstance(replaced, types.TextDocumentEdit)
    assert replaced.edits[0].range.end == types.Position(1, 0)
    assert [each.needs_confirmation for each in (edit.change_annotations or {}).values()] == [True]
    for support in (EditSupport(), EditSupport(changes=True, creation=True)):
        with pytest.raises(EditError, match="exists already"):
            workspace_edit([CHANGED], support, UTF16)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_lines_of_an_existing_file_that_differ_are_replaced(newline: str) -> None:
    def text(*lines: str) -> str:
        return newline.join(lines)

    pairs = [
        (text("a", "b", "c", ""), text("a", "B", "c", ""), [((1, 0), (2, 0), f"B{newline}")]),
        (text("a", "c"), text("a", "b", "c"), [((1, 0), (1, 0), f"b{newline}")]),
        (text("a", "😀"), text("a", "😀", "z"), [((1, 0), (1, 2), text("😀", "z"))]),
        (text("a", "b", ""), text("a", ""), [((1, 0), (2, 0), "")]),
    ]
    for old, new, edits in pairs:
        edit = workspace_edit([FileEdit("x", "file:///x", old, new, 3)], FULL, UTF16)
        (changed,) = edit.document_changes or ()
        assert isinstance(changed, types.TextDocumentEdit)
        assert changed.text_document.version == 3
        assert [
            ((each.range.start.line, each.range.start.character), _end(each.range), each.new_text)
            for each in changed.edits
            if not isinstance(each, types.SnippetTextEdit)
        ] == edits


def _end(found: types.Range) -> tuple[int, int]:
    return found.end.line, found.end.character


def test_an_old_client_gets_a_plain_edit() -> None:
    edit = workspace_edit([NEW], EditSupport(), UTF16)
    assert edit.changes == {NEW.uri: [types.TextEdit(full_range("", UTF16), NEW.new)]}
    assert edit.document_changes is None
