"""Code inside of other files is parsed in place: definitions have the lines of the file."""

import json
from pathlib import Path

import pytest

from fieldguide_indexer import Document, IndexOptions, notebook_text
from fieldguide_indexer.chunking import chunk, detect_language
from fieldguide_indexer.sources.entries import FileEntry
from fieldguide_indexer.sources.reader import document_of_buffer, read_document

VUE = """<template>
  <p>{{ total }}</p>
</template>
<script setup lang="ts">
import { ref } from "vue"

/** Adds an item. */
export function addItem(count: number): number {
  return count + 1
}
const save = () => { send() }
</script>
"""
OPTIONS_VUE = (
    "<script>\nexport default {\n  methods: {\n    refresh() {\n      return 1\n    },\n  },\n}\n</script>\n"
)
SVELTE = """<script context="module">
  export async function load() {
    return 1
  }
</script>

<script lang="ts">
  class Cart { total = 0 }
</script>
<button>x</button>
"""
ASTRO = """---
import Page from "./Page.astro"
export async function getStaticPaths(): Promise<void> {
}
---
<Page />
<script>
function openMenu() {
}
</script>
"""
HTML = """<!doctype html>
<script type="application/json">{"function": "no"}</script>
<script src="x.js"></script>
<SCRIPT TYPE="text/javascript">
function showMap(place) {
  return place;
}
</SCRIPT>
"""
MARKDOWN = """# Guide

```python title="a.py"
class Client:
    def send(self):
        pass
```

- In a list:

  ~~~ts
  function connect(): void {}
  ~~~

```
def not_code(): pass
```
"""
REST = """Guide
=====

.. code-block:: python
   :linenos:

   def send():
       pass

Text.

.. code:: c

   int connect(void) {
   }
"""
ASCIIDOC = "= Guide\n\n[source,ruby]\n----\ndef send\nend\n----\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("Cart.vue", VUE, {"addItem": 8, "save": 11}),
        ("Old.vue", OPTIONS_VUE, {"refresh": 4}),
        ("Cart.svelte", SVELTE, {"load": 2, "Cart": 8}),
        ("index.astro", ASTRO, {"getStaticPaths": 3, "openMenu": 8}),
        ("map.html", HTML, {"showMap": 5}),
        ("guide.md", MARKDOWN, {"Client": 4, "send": 5, "connect": 12}),
        ("guide.rst", REST, {"send": 7, "connect": 14}),
        ("guide.adoc", ASCIIDOC, {"send": 5}),
    ],
)
def test_embedded_code_is_parsed_by_its_own_grammar(path: str, text: str, expected: dict[str, int]) -> None:
    chunked = chunk(Document(path, text, detect_language(path, "")))
    found = {each.name: each.start_line for each in chunked.definitions}
    assert {name: found.get(name) for name in expected} == expected
    assert "not_code" not in found
    rows = text.split("\n")
    for each in chunked.chunks:
        assert each.text == "\n".join(rows[each.start_line - 1 : each.end_line])


def cell(kind: str, source: list[str], **more: object) -> dict[str, object]:
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


PICTURE = {
    "output_type": "display_data",
    "data": {"image/png": "iVBORw0KGgo" * 200_000, "text/plain": ["source"]},
}
STOCK = [
    "%matplotlib inline\n",
    "def stock_left(item):\n",
    '    """Return the stock."""\n',
    "    return table[item]",
]
NOTEBOOK = {
    "cells": [
        cell("markdown", ["# Stock\n", "How much is left."]),
        cell("code", STOCK, execution_count=1, outputs=[PICTURE]),
        cell("code", ["class Store:\n", "    größe = 'ü'\n"], execution_count=2, outputs=[]),
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
}


def test_a_notebook_is_the_sources_of_its_cells_in_their_lines(tmp_path: Path) -> None:
    stored = json.dumps(NOTEBOOK, indent=1)
    (tmp_path / "a.ipynb").write_text(stored, encoding="utf-8")
    document = read_document(tmp_path, FileEntry("a.ipynb", len(stored), 0), IndexOptions())
    assert isinstance(document, Document)
    assert "iVBOR" not in document.text
    rows, stored_rows = document.text.split("\n"), stored.split("\n")
    assert len(rows) == len(stored_rows)
    for row in ("# Stock", "def stock_left(item):", "    größe = 'ü'"):
        assert json.dumps(row)[1:-1] in stored_rows[rows.index(row)]
    chunked = chunk(document)
    places = {each.symbol: stored_rows[each.start_line - 1].strip() for each in chunked.definitions}
    assert places["stock_left"] == json.dumps(STOCK[1]) + ","
    assert places["Store"].startswith('"class Store')
    assert any(each.symbol == "Stock" for each in chunked.chunks)


def test_the_buffer_of_a_notebook_is_read_like_its_file() -> None:
    stored = json.dumps(NOTEBOOK, indent=1)
    found = document_of_buffer("a.ipynb", stored, IndexOptions())
    assert isinstance(found, Document)
    assert found.text == notebook_text(stored)


@pytest.mark.parametrize(
    ("text", "row", "line"),
    [
        (
            json.dumps(
                {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]}, indent=2
            ),
            "y = 2",
            '"y = 2"',
        ),
        (
            json.dumps({"cells": [cell("code", ["a = '\\n'\n"], outputs=[{"source": ["no"]}])]}, indent=1),
            "a = '\\n'",
            "a = ",
        ),
        (
            json.dumps({"cells": [{"source": "x = 1\ny = 2", "cell_type": "code"}]}, indent=1),
            "x = 1 y = 2",
            '"source"',
        ),
    ],
)
def test_every_version_of_the_format_is_read(text: str, row: str, line: str) -> None:
    found = notebook_text(text)
    assert found is not None
    assert line in text.split("\n")[found.split("\n").index(row)]
    assert "no" not in found.split("\n")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"cells": [', '{"a": 1}', "# not a notebook", '{"cells": {"source": ["x"]}}']
)
def test_what_is_no_notebook_stays_as_it_is(text: str) -> None:
    assert notebook_text(text) is None
