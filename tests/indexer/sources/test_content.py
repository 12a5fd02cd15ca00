"""Files are judged by their content; a name is only a hint."""

from pathlib import Path

import pytest

from fieldguide_indexer import Document, IndexOptions
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.reader import read_document

WRITTEN = "".join(
    f"function read{n}(stream) {{\n  return stream.next({n});\n}}\n\n" for n in range(60)
).encode()
BUNDLE = b"/*! lib 1.0 | MIT */\n" + b"function a(b){return b+1}var c=a(2);" * 400
TABLE = b"const icon = 'data:image/png;base64," + b"iVBORw0KGgo" * 8_000 + b"';\n" + WRITTEN
SOURCE_MAP = b'{"version":3,"sources":["a.ts"],"mappings":"' + b"AAAA,CAAC;" * 50 + b'"}'


def read(root: Path, path: str, blob: bytes) -> str:
    """Return "read", or the reason why a file is skipped."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(blob)
    found = read_document(root, FileEntry(path, len(blob), 0), IndexOptions())
    return "read" if isinstance(found, Document) else found.reason


@pytest.mark.parametrize(
    ("path", "blob", "expected"),
    [
        ("lib/read-chunk.js", WRITTEN, "read"),
        ("lib/read.chunk.js", WRITTEN, "read"),
        ("src/code-bundle.mjs", WRITTEN, "read"),
        ("assets/theme-min.css", b".a {\n  color: red;\n}\n", "read"),
        ("maps/town.js.map", b"town = load('town')\n", "read"),
        ("lib/icons.js", TABLE, "read"),
        ("lib/app.chunk.js", BUNDLE, "minified"),
        ("lib/app.js", BUNDLE, "minified"),
        ("jquery.min.js", BUNDLE[:2_000], "minified"),
        ("dist/app.js.map", SOURCE_MAP, "minified"),
        ("dist/style.css.map", SOURCE_MAP, "minified"),
    ],
)
def test_a_file_is_minified_by_its_lines(tmp_path: Path, path: str, blob: bytes, expected: str) -> None:
    assert read(tmp_path, path, blob) == expected


@pytest.mark.parametrize(
    ("path", "blob", "expected"),
    [
        ("lib/riff.py", b'RIFF_MAGIC = b"RIFF"\n', "read"),
        ("RIFF.txt", b"RIFF is a container format.\n", "read"),
        ("gif.md", b"GIF89a has a header of six bytes.\n", "read"),
        ("id3.c", b"ID3\x03_TAG = 1;\n".replace(b"\x03", b""), "read"),
        ("bz.rb", b"BZhuffman = 1\n", "read"),
        ("ogg.js", b"OggS.parse = () => 1;\n", "read"),
        ("pk.py", "PK = 'größe'\n".encode(), "read"),
        ("ar.txt", b"!<arch>\nis how an archive starts\n", "read"),
        ("sound.py", b"RIFF\x24\x08\x00\x00WAVEfmt ", "binary"),
        ("photo.txt", b"\xff\xd8\xff\xe0\x10JFIF", "binary"),
        ("data.js", b"BZh91AY&SY\xe9\xff\x01\x02\x03", "binary"),
        ("paper.txt", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\n", "binary"),
        ("zeros.py", b"x = 1\n" + b"\0" * 40, "binary"),
    ],
)
def test_a_file_is_binary_by_its_bytes(tmp_path: Path, path: str, blob: bytes, expected: str) -> None:
    assert read(tmp_path, path, blob) == expected
