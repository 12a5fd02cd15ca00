"""Names in the code of an answer: modules, members, packages, files, keys; dangers and secrets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldguide_server.review import Names, Reviewer
from tests.fakes.workspace import write_workspace

Say = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_workspace(tmp_path / "shop")
    files = {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["PyYAML>=6", "httpx[http2]", "google-cloud-storage"]\n',
        "uv.lock": '[[package]]\nname = "certifi"\nversion = "1"\n',
        "shop/__init__.py": "",
        "scripts/json.py": "",
        "shop/loose.py": "from shop.prices import *\n",
        "web/package.json": '{"name": "shop-web", "dependencies": {"react": "18"}, "devDependencies": {"@types/koa": "1"}}',
        "web/tsconfig.json": '{"compilerOptions": {"paths": {"@ui/*": ["./ui/*"]}}} // yes',
        "web/src/prices.ts": "export const VAT = 0.19;\nexport function gross(net: number) { return net; }\n",
        "web/src/app.ts": "import { gross } from './prices';\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def say(folder: Path) -> Say:
    def read(path: str) -> str | None:
        file = folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    reviewer = Reviewer(
        folder, read, Names(lambda name: name == "vendored", lambda name: name != "nowhere_at_all")
    )

    def problems(code: str, info: str = "python", before: str = "So:") -> list[str]:
        found = reviewer.review(f"{before}\n\n```{info}\n{code}\n```\n").problems
        return [f"{one.check} {one.line} {one.message}" for one in found]

    return problems


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import shop.price", "name 1 this workspace has no module `shop.price`; did you mean `shop.prices`?"),
        ("from shop.prices import gros_price", "name 1 `shop.prices` of this workspace has no `gros_price`; did you mean `gross_price`?"),
        ("from shop import prices\nprices.net_price(1)", "name 2 `shop.prices` of this workspace has no `net_price`"),
        ("import shop.prices as p\np.VATS", "name 2 `shop.prices` of this workspace has no `VATS`; did you mean `VAT`?"),
        (
            "from shop.sessions import SessionStore\nstore = SessionStore(b'')\nstore.sign_cookies('a')",
            "name 3 class `SessionStore` of this workspace has no `sign_cookies`; did you mean `sign_cookie`?",
        ),
        ("from shop.loose import nowhere_at_all", "name 1 `shop.loose` of this workspace has no `nowhere_at_all`"),
        ("import flask", "import 1 `flask` is not a module of this workspace or of Python, nor a declared dependency"),
        ("x = 1\nfrom numpy import array", "import 2 `numpy` is not a module of this workspace or of Python, nor a declared dependency"),
    ],
)  # fmt: skip
def test_an_unknown_python_name_is_reported(say: Say, code: str, message: str) -> None:
    assert [one[: len(message)] for one in say(code)] == [message]


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import os.path, tomllib\nfrom json import dumps\nfrom __future__ import annotations",
        "import yaml, httpx\nfrom google.cloud import storage\nimport certifi",
        "from shop.prices import VAT, format_price as shown\nfrom shop import sessions\nimport shop",
        "from shop.loose import anything\nfrom shop._version import version",
        "from . import sibling\nfrom .other import thing",
        "import vendored",
        "import your_package\nfrom example_app import main",
        "from shop.sessions import SessionStore\nstore = SessionStore(b'')\nstore.secret, store.rows, store.__class__",
        "from shop.sessions import SessionStore\nstore = SessionStore(b'')\nstore = other()\nstore.anything",
        "from shop import prices\ndef f(prices):\n    return prices.anything",
        "class Mine(SessionStore):\n    pass\nMine().anything",
        "def of(self):\n    from shop.prices import VAT",
    ],
)
def test_a_python_name_that_may_be_there_is_left_alone(say: Say, code: str) -> None:
    assert say(code) == []


def test_what_the_answer_says_to_install_is_no_fault(say: Say) -> None:
    assert say("import flask", before="First run `pip install flask`.") == []
    assert say("import koa from 'koa-router'", "js", before="Add the `koa-router` package.") == []


def test_a_name_is_looked_for_in_the_text_as_the_editor_has_it(folder: Path) -> None:
    typed = Reviewer(folder, lambda _path: "def typed_just_now(): ...\n", Names(lambda _name: False))
    assert typed.review("```py\nfrom shop.prices import typed_just_now\n```").problems == ()


def test_without_a_manifest_no_package_is_called_unknown(tmp_path: Path) -> None:
    bare = Reviewer(tmp_path, lambda _path: None, Names(lambda _name: False))
    assert bare.review("```py\nimport flask\n```\n```js\nimport x from 'y'\n```").problems == ()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import x from 'left-pad'", "import 1 `left-pad` is in no package.json of this workspace"),
        ("const x = require('@koa/cors/lib')", "import 1 `@koa/cors` is in no package.json of this workspace"),
        ("// web/src/app.ts\nimport { a } from './price'", "name 2 there is no file `./price` next to `web/src/app.ts`; did you mean `web/src/prices.ts`?"),
        ("// web/src/app.ts\nimport { VAT, nets } from './prices.js'", "name 2 `web/src/prices.ts` has no `nets`"),
    ],
)  # fmt: skip
def test_an_unknown_javascript_import_is_reported(say: Say, code: str, message: str) -> None:
    assert say(code, "ts") == [message]


@pytest.mark.parametrize(
    "code",
    [
        "import React, { useState } from 'react'\nimport 'react/jsx-runtime'\nimport Koa from 'koa'",
        "import fs from 'fs'\nimport { test } from 'node:test'\nimport x from '@/x'\nimport y from '@ui/y'",
        "import x from './anything'\nimport y from 'your-package'\nimport w from 'shop-web'",
        "// web/src/app.ts\nimport { VAT } from './prices'\nimport type { gross } from '../src/prices'",
    ],
)
def test_a_javascript_import_that_may_be_there_is_left_alone(say: Say, code: str) -> None:
    assert say(code, "ts") == []


@pytest.mark.parametrize(
    ("path", "info", "code", "message"),
    [
        (".gitpod.yml", "yaml", "taks:\n  - init: make", "schema 1"),
        (".devcontainer/devcontainer.json", "json", '{"image": "x", "forwardPort": [1]}', "schema 1"),
        ("package.json", "json", '{\n  "script": {"a": "b"}\n}', "schema 2 package.json has no key `script`; did you mean `scripts`?"),
        ("package.json", "json", '"scripts": {"a": 1}', "schema 1 `scripts` in package.json must map names to strings"),
        ("pyproject.toml", "toml", "[project]\nname = 'a'\nrequires = []", "schema 3 [project] has no key `requires`"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_reported(say: Say, path: str, info: str, code: str, message: str) -> None:
    (found,) = say(code, info, before=f"This is `{path}`:")
    assert found.startswith(message)


def test_a_part_of_a_config_need_not_be_a_whole(say: Say) -> None:
    assert say("ports:\n  - port: 8080", "yaml", before="`.gitpod.yml`:") == []
    assert say('"scripts": {"a": "b"}', "json", before="`package.json`:") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import subprocess\ndef f(x):\n    subprocess.run(f'ls {x}', shell=True)  # nosec", "security 3"),
        ("import yaml\nyaml.load(text)", "security 2"),
        ("eval(input())", "security 1"),
        ("import hashlib\nhashlib.md5(b'')", "security 2"),
        ("    return db.execute(f'SELECT * FROM prices WHERE id = {key}')", "security 1"),
        ("TOKEN = 'ghp_" + "Zq3mXw8RtK2vLp9NcB" * 2 + "'", "secret 1 this looks like a real secret"),
    ],
)
def test_dangerous_calls_and_secrets_are_reported(say: Say, code: str, message: str) -> None:
    (found,) = say(code)
    assert found.startswith(message)
    assert "ghp_" not in found


@pytest.mark.slow
def test_ordinary_code_is_not_called_dangerous(say: Say) -> None:
    code = "import subprocess, random\nassert random.random()\nsubprocess.run(['ls'], check=True)\nPASSWORD = 'changeme'"
    assert say(code) == []


def test_a_secret_is_found_in_any_block(say: Say) -> None:
    assert say("TOKEN=ghp_" + "Zq3mXw8RtK2vLp9NcB" * 2, "console")[0].startswith("secret 1")


@pytest.mark.slow
def test_bandit_that_cannot_be_run_is_said(say: Say, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(folder / "no python"))
    found = Reviewer(folder, lambda _path: None, Names(lambda _name: False)).review("```py\neval(x)\n```")
    assert found.problems == ()
    assert "not checked for dangerous calls" in found.unchecked[0]


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = Reviewer(tmp_path / "gone", lambda _path: None, Names(lambda _name: False))
    found = gone.review("```py\nimport flask\n```")
    assert (found.problems, len(found.unchecked)) == ((), 1)
