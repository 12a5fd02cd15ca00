"""VS Code's own exclude settings, as patterns of an ignore file."""

from pathlib import Path
from typing import Any

import pytest

from fieldguide_indexer import IndexOptions
from fieldguide_indexer.sources.workspace import scan
from fieldguide_server.settings import ignore_patterns

FILES = ("a.py", "out/b.py", "sub/out/c.py", "sub/d.js", "sub/e.map", "e.map", "x1/f.py", "sub/deep/g.ts")


@pytest.mark.parametrize(
    ("glob", "hidden"),
    [
        ("out", {"out/b.py"}),
        ("/out", {"out/b.py"}),
        ("out/**", {"out/b.py"}),
        ("**/out", {"out/b.py", "sub/out/c.py"}),
        ("**/*.map", {"sub/e.map", "e.map"}),
        ("*.map", {"e.map"}),
        ("**/*.{js,ts,m{ap,jr}}", {"sub/d.js", "sub/deep/g.ts", "sub/e.map", "e.map"}),
        ("x[0-9]", {"x1/f.py"}),
        ("sub/**/*.ts", {"sub/deep/g.ts"}),
        ("!a.py", set()),
        ("#", set()),
        ("", set()),
        ("/", set()),
        ("{" * 500, set()),
        ("{a,b}" * 200, set()),
        ("x" * 5_000, set()),
    ],
)
def test_a_glob_leaves_out_what_vs_code_hides_by_it(tmp_path: Path, glob: str, hidden: set[str]) -> None:
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x\n", encoding="utf-8")
    options = IndexOptions(editor_exclude=ignore_patterns({glob: True}))
    assert {entry.path for entry in scan(tmp_path, options).entries} == set(FILES) - hidden


@pytest.mark.parametrize(
    ("said", "patterns"),
    [
        (({"a": True, "b": False},), ("/a",)),
        (({"a": True, "b": True}, {"a": False}), ("/b",)),
        (({"**/*.js": {"when": "$(basename).ts"}},), ()),
        ((None, 5, ["a"], {"a": 1, "b": "true"}), ()),
    ],
)
def test_only_what_is_switched_on_counts_and_the_later_setting_decides(
    said: tuple[Any, ...], patterns: tuple[str, ...]
) -> None:
    assert ignore_patterns(*said) == patterns
