"""Code blocks of an answer: the reported syntax problems, and fragments that are not problems."""

from pathlib import Path

import pytest

from fieldguide_server.review import Names, Problem, Review, Reviewer, blocks_of


def review(text: str, folder: Path) -> Review:
    def read(path: str) -> str | None:
        file = folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return Reviewer(folder, read, Names(lambda _name: False)).review(text)


def problems(language: str, code: str, folder: Path) -> tuple[Problem, ...]:
    return review(f"Like this:\n\n```{language}\n{code}\n```\n", folder).problems


@pytest.mark.parametrize(
    ("language", "code", "line"),
    [
        ("python", "def total(prices)\n    return sum(prices)", 1),
        ("python", "x = total([1, 2)\ny = 2", 1),
        ("python", "def total(prices):\nreturn sum(prices)", 2),
        ("py", "for price in prices:\n    total += price\n  print(total)", 3),
        ("json", '{\n  "a": 1\n  "b": 2\n}', 3),
        ("json", '{"a": 1', 1),
        ("yaml", "tasks:\n  - init: a\n command: [b\n", 3),
        ("toml", "[project]\nname = shop\n", 2),
        ("javascript", "const total = prices.reduce((a, b) => a + b;\n", 1),
        ("ts", "interface Price {\n  net: number\n", 1),
        ("tsx", "const a = <Price net={1}>;\nexport default a;", 1),
        ("go", "func total() int {\n\treturn 1 +\n}", 2),
        ("rust", "fn total() -> u32 { let = 1; 1 }", 1),
        ("java", "class Price { int net( { return 1; } }", 1),
    ],
)
def test_a_wrong_syntax_is_told_with_its_line(language: str, code: str, line: int, tmp_path: Path) -> None:
    (found,) = problems(language, code, tmp_path)
    assert (found.block, found.check) == (1, "syntax")
    assert abs(found.line - line) <= 1
    assert "not valid" in found.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "    return value + 1"),
        ("python", "def price(net: float) -> float"),
        (
            "python",
            "class Price(Base):\n    ...\n\n    def net(self):\n        # as before\n\n    def gross(self):",
        ),
        ("python", "@app.get('/')"),
        ("python", "await client.get('/')\nasync with open_it() as it:\n    ..."),
        ("python", "... existing code ...\nx = 1\n…\ny = 2"),
        ("python", "elif net < 0:\n    raise ValueError(net)\nelse:\n    pass"),
        ("python", "except KeyError:\n    return None"),
        ("python", "case Price(net=0):\n    return 0"),
        ("python", "debug=True,\nport=8080,"),
        ("python", '"a": 1,\n"b": 2'),
        ("python", ">>> 1 + 1\n2\n>>> for x in []:\n...     x\n"),
        ("python", "%matplotlib inline\n!pip install shop\nx = 1"),
        ("python", "x = <your key>\ny = {{ cookiecutter.name }}"),
        ("python", "def first[T](of: list[T]) -> T: ...\ntype Pair = tuple[int, int]"),
        ("python", "- old = 1\n+ new = 2\n  same = 3"),
        ("json", '"scripts": {\n  "start": "vite"\n},'),
        ("json", '{\n  // why\n  "a": [1, ...],\n  ...\n}'),
        ("json", '{"a": 1}\n{"a": 2}'),
        ("jsonc", '{"a": [1, 2,],}'),
        ("yaml", "image: {{ .Values.image }}\nsteps:\n  ...\n  - run: make"),
        ("yaml", "a: !Ref b\n---\na: 2"),
        ("toml", "[tool.ruff]\n...\nline-length = 100"),
        ("js", "app.get('/', async (req, res) => { ... })\n...\nreturn 1"),
        ("js", "  method: 'POST',\n  body: data,"),
        ("ts", "@Input() name: string;\n\nconst a = await load()\n\nfoo?: string"),
        ("js", "const a = <Price net={1} />\n"),
        ("rust", "# use shop::Price;\nlet a = price.net()?;\nmatch a { ... }"),
        ("go", "a, err := price(1)\nif err != nil {\n\t...\n}"),
        ("java", "@Override\npublic int net() { return 1; }"),
        ("bash", "curl -X POST <url> | (unfinished"),
        ("console", "$ make 'unfinished"),
        ("", "anything ( at all"),
        ("brainfuck", "[[["),
    ],
)
def test_a_fragment_is_no_fault(language: str, code: str, tmp_path: Path) -> None:
    assert problems(language, code, tmp_path) == ()


def test_every_block_counts_and_only_known_languages_are_said_to_be_parsed(tmp_path: Path) -> None:
    text = "```python\nx = 1\n```\n\n- in a list:\n  ```js\n  a = (\n  ```\n\n~~~cobol\nMOVE\n~~~\n"
    found = review(text, tmp_path)
    assert (found.blocks, found.parsed) == (3, 2)
    assert [(one.block, one.line) for one in found.problems] == [(2, 1)]


def test_a_block_that_was_cut_off_is_not_judged(tmp_path: Path) -> None:
    assert review("```python\ndef f(", tmp_path) == Review()


@pytest.mark.parametrize("code", ["x = 1  # " + "long " * 1_000, "x = 1\n" * 5_000])
def test_what_is_too_long_to_be_read_is_said_to_be_unchecked(code: str, tmp_path: Path) -> None:
    found = review(f"```py\n{code}\n```\n```py\nx = (\n```\n", tmp_path)
    assert [one.block for one in found.problems] == [2]
    assert found.unchecked == ("Some of the code was not checked because it is too long.",)


@pytest.mark.parametrize(
    "language", ["python", "js", "ts", "tsx", "json", "yaml", "toml", "go", "rust", "java"]
)
@pytest.mark.parametrize(
    "code",
    ["(" * 1_900, "{[" * 900, "a<" * 900, "- " * 900, "...," * 450, " " * 1_900 + "x", "\0\u2028\ud800"],
)
def test_nonsense_is_answered_without_an_error(language: str, code: str, tmp_path: Path) -> None:
    assert review(f"```{language}\n{code}\n```\n", tmp_path).blocks == 1


@pytest.mark.parametrize(
    ("text", "path", "language"),
    [
        ('```yaml title=".gitpod.yml"\na: 1\n```', ".gitpod.yml", "yaml"),
        ("```shop/prices.py\na = 1\n```", "shop/prices.py", "python"),
        ("```ts\n// src/app.ts\na()\n```", "src/app.ts", "typescript"),
        ("Put this into `package.json`:\n\n```json\n{}\n```", "package.json", "json"),
        ("See `a.py` and `b.py`:\n```py\na()\n```", "", "python"),
        ("````md\n```py\nx\n```\n````", "", "markdown"),
        ("1. ```sh\n   make\n   ```", "", "bash"),
    ],
)
def test_a_block_knows_its_language_and_the_file_it_is_of(text: str, path: str, language: str) -> None:
    (block,) = blocks_of(text)
    assert (block.path, block.language) == (path, language)


def test_a_blocks_lines_lead_back_to_the_text() -> None:
    text = "One.\n\n```py\na = 1\nb = 2\n```\nTwo."
    (block,) = blocks_of(text)
    lines = text.split("\n")
    assert lines[block.line - 1] == "a = 1"
    assert lines[block.end - 1] == "```"
