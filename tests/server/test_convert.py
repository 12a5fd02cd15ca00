"""What crosses the border to the protocol: positions, hover texts, edits of files."""

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.workspace import PositionCodec

from fieldguide_indexer import Definition, Lookup, Reference
from fieldguide_server.convert import (
    hover_text,
    line_range,
    lines_of,
    offset_of,
    path_of,
    whole_range,
    word_at,
)
from fieldguide_server.edits import EditError, EditSupport, FileEdit, workspace_edit

UTF8, UTF16, UTF32 = (PositionCodec(kind) for kind in types.PositionEncodingKind)
MARKDOWN, PLAIN = types.MarkupKind.Markdown, types.MarkupKind.PlainText
FOLDER = Path(Path.cwd().anchor) / "w"


def test_only_the_ends_of_lines_that_lsp_knows_end_a_line() -> None:
    assert lines_of("a\x0cb\u2028c\r\nd\re\nf") == ("a\x0cb\u2028c\r\n", "d\r", "e\n", "f")
    assert lines_of("") == ()
    assert lines_of("\n\n") == ("\n", "\n")


@pytest.mark.parametrize(
    ("codec", "character", "word"),
    [
        (UTF16, 6, "naïve"),
        (UTF16, 11, "naïve"),
        (UTF32, 5, "naïve"),
        (UTF8, 8, "naïve"),
        (UTF16, 12, "run"),
        (UTF16, 0, "x"),
        (UTF16, 2, ""),
        (UTF16, 4, ""),
        (UTF16, 99, "run"),
    ],
)
def test_the_word_under_the_cursor_is_found_in_the_units_of_the_client(
    codec: PositionCodec, character: int, word: str
) -> None:
    assert word_at("x = 😀naïve.run", types.Position(0, character), codec) == word


def test_no_word_is_found_in_numbers_past_the_end_or_in_lines_of_machines() -> None:
    assert word_at("42", types.Position(0, 1), UTF16) == ""
    assert word_at("x", types.Position(7, 0), UTF16) == ""
    assert word_at("x" * 20_000, types.Position(0, 5), UTF16) == ""


@pytest.mark.parametrize(
    ("line", "character", "offset"),
    [(0, 0, 0), (0, 2, 1), (0, 3, 2), (0, 9, 2), (1, 1, 5), (2, 0, 6), (9, 9, 6)],
)
def test_a_position_past_the_end_of_its_line_is_the_end(line: int, character: int, offset: int) -> None:
    assert offset_of("😀a\r\nbc", types.Position(line, character), UTF16) == offset


def test_a_selection_that_ends_at_the_start_of_a_line_leaves_that_line_out() -> None:
    def chosen(*numbers: int) -> tuple[int, int]:
        start, end = types.Position(*numbers[:2]), types.Position(*numbers[2:])
        return line_range(types.Range(start, end), None)

    assert chosen(2, 4, 5, 0) == (3, 5)
    assert chosen(2, 0, 5, 1) == (3, 6)
    assert chosen(2, 0, 2, 0) == (3, 3)
    assert line_range(None, types.Position(6, 1)) == (7, 7)


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "vscode-remote://host/a", "", "http://[bad", "file:///a%00b"]
)
def test_a_uri_that_names_no_local_file_has_no_path(uri: str) -> None:
    assert path_of(uri) is None


def define(path: str, **more: str) -> Definition:
    return Definition(path, 12, 20, "open", "Index.open", "method", **more)


def test_a_hover_has_at_most_twelve_lines_and_links_to_the_place() -> None:
    long = "\n".join(f"line {number}" for number in range(30))
    definitions = tuple(define(f"{name}.py", signature=long, doc=long) for name in "abcd")
    shown = hover_text(Lookup("open", definitions, (Reference("x.py", 1, "open"),)), "b.py", FOLDER, MARKDOWN)
    lines = shown.splitlines()
    assert len(lines) <= 12
    assert lines[0] == "```python"
    place = (FOLDER / "b.py").as_uri()
    assert f"[b.py:12]({place}#L12) · 1 reference" in lines
    assert lines[-1].startswith("Also [a.py:12](")
    assert lines[-1].endswith(" and 1 more")


def test_a_hover_prefers_the_same_file_then_the_same_language() -> None:
    found = Lookup("open", (define("z.go"), define("y.py"), define("here.py")))
    assert hover_text(found, "here.py", FOLDER, PLAIN).splitlines()[1].startswith("here.py:12")
    assert hover_text(found, "other.py", FOLDER, PLAIN).splitlines()[1].startswith("y.py:12")
    assert hover_text(Lookup("open"), "here.py", FOLDER, PLAIN) == ""


def test_a_hover_without_a_signature_names_the_kind_and_symbol() -> None:
    shown = hover_text(Lookup("open", (define("a.py"),)), "a.py", FOLDER, PLAIN)
    assert shown == "method Index.open\na.py:12 · 0 references"


def test_the_whole_of_a_text_is_measured_in_the_units_of_the_client() -> None:
    assert whole_range("a\n😀b", UTF16).end == types.Position(1, 3)
    assert whole_range("a\n", UTF16).end == types.Position(1, 0)
    assert whole_range("", UTF16).end == types.Position(0, 0)


NEW = FileEdit(".gitpod.yml", "file:///w/.gitpod.yml", None, "tasks: []\n")
CHANGED = FileEdit(".gitpod.yml", "file:///w/.gitpod.yml", "image: x\n", "tasks: []\n")
FULL = EditSupport(changes=True, creation=True, annotations=True)


def test_a_new_file_is_created_never_over_another_and_confirmed_first() -> None:
    edit = workspace_edit([NEW], FULL, UTF16)
    assert edit.document_changes is not None
    created, filled = edit.document_changes
    assert isinstance(created, types.CreateFile)
    assert created.options is not None
    assert not created.options.overwrite
    assert isinstance(filled, types.TextDocumentEdit)
    annotations = list((edit.change_annotations or {}).values())
    assert [each.needs_confirmation for each in annotations] == [True]


def test_a_file_that_exists_is_replaced_only_where_the_editor_can_ask() -> None:
    edit = workspace_edit([CHANGED], FULL, UTF16)
    assert edit.document_changes is not None
    (replaced,) = edit.document_changes
    assert isinstance(replaced, types.TextDocumentEdit)
    assert replaced.edits[0].range.end == types.Position(1, 0)
    for support in (EditSupport(), EditSupport(changes=True, creation=True)):
        with pytest.raises(EditError, match="exists already"):
            workspace_edit([CHANGED], support, UTF16)


def test_an_old_client_gets_a_plain_edit() -> None:
    edit = workspace_edit([NEW], EditSupport(), UTF16)
    assert edit.changes == {NEW.uri: [types.TextEdit(whole_range("", UTF16), NEW.new)]}
    assert edit.document_changes is None
