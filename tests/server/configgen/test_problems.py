"""Problems planted in correct files: each is reported in one sentence at its place, and nothing else is."""

import random
import re
from pathlib import Path

import pytest

from fieldguide_server.configgen import generate_all, inspect
from fieldguide_server.configgen.formats import formats

TREE = {
    "package.json": '{"scripts": {"dev": "vite", "build": "vite build", "seed": "node seed.js"}, "devDependencies": {"vite": "5"}}',
    "package-lock.json": "{}",
    "web/package.json": '{"scripts": {"start": "vite --port 4000"}}',
    "web/package-lock.json": "{}",
    "Makefile": "check:\n\ttrue\n",
    "compose.yml": "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n    environment:\n      POSTGRES_PASSWORD: dev\n",
    ".gitpod.Dockerfile": "FROM gitpod/workspace-full\nCOPY requirements.txt /tmp/\n",
    "requirements.txt": "flask\n",
    "scripts/setup.sh": "true\n",
    ".nvmrc": "20\n",
    ".gitignore": "dist/\n",
}
GITPOD = """\
# ours
image:
  file: .gitpod.Dockerfile
tasks:
  - name: app
    init: |
      bash scripts/setup.sh
      npm install
      npm run seed
    command: npm run dev
  - name: web
    before: cd web
    init: npm install && make -C .. check
    command: npm start
  - init: docker compose up -d db
ports:
  - port: 5173
    onOpen: open-preview
  - port: 4000
vscode:
  extensions:
    - dbaeumer.vscode-eslint
"""
CONTAINER = """\
{
  // ours
  "dockerComposeFile": "../compose.yml",
  "service": "db",
  "workspaceFolder": "/workspace",
  "forwardPorts": [5173],
  "postCreateCommand": "npm install && npm run seed",
  "postAttachCommand": {"app": "npm run dev", "web": "cd web && npm start"},
  "customizations": {"vscode": {"extensions": ["dbaeumer.vscode-eslint"]}}
}
"""
AUTOMATIONS = """\
tasks:
  install:
    name: Install
    command: npm install
    triggeredBy: [postDevcontainerStart, prebuild]
  seed:
    name: Seed
    command: npm run seed
    dependsOn: [install]
services:
  app:
    name: App
    commands:
      start: npm run dev
"""
WORKFLOW = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version-file: .nvmrc
      - run: npm ci
      - run: npm run build
      - run: npm start
        working-directory: web
      - run: cd dist && ls
  check:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          # it's checked
          if [ -n "${{ github.ref }}" ]; then
            make check
          fi
"""
CORRECT = {
    ".gitpod.yml": GITPOD,
    ".devcontainer/api/devcontainer.json": CONTAINER.replace("../compose", "../../compose"),
    ".devcontainer/devcontainer.json": CONTAINER,
    ".gitpod/automations.yaml": AUTOMATIONS,
    ".github/workflows/nightly.yaml": WORKFLOW,
}
G, C, A, W = (
    ".gitpod.yml",
    ".devcontainer/devcontainer.json",
    ".gitpod/automations.yaml",
    ".github/workflows/nightly.yaml",
)
PROBLEMS = [
    (G, "tasks:", "task:", "Unknown key task.", "Rename to tasks"),
    (G, "  - port: 5173", '  - port: "5173"', 'ports.0.port does not have the required format: 5173.', "Remove the quotes around 5173"),
    (G, "open-preview", "open-previw", "ports.0.onOpen must be one of open-browser, open-preview, notify, ignore, ignore-completely, not open-previw.", "Use open-preview"),
    (G, "    onOpen: open-preview", "    onopen: open-preview", "Unknown key onopen in ports.0.", "Rename to onOpen"),
    (G, "  file: .gitpod.Dockerfile", "  file: .gitpod.Dockerfil", "The file .gitpod.Dockerfil does not exist.", "Use .gitpod.Dockerfile"),
    (G, "scripts/setup.sh", "scripts/setpu.sh", "scripts/setpu.sh does not exist.", "Use setup.sh"),
    (G, "npm run seed", "npm run sead", "There is no package script sead in the root folder.", "Use seed"),
    (G, "npm run seed", "npm run gone", "There is no package script gone in the root folder.", "Remove this line"),
    (G, "before: cd web", "before: cd wev", "The folder wev does not exist.", "Use web"),
    (G, "    before: cd web\n    init: npm install && make -C .. check", "    init: cd web && npm install", "After a restart, command does not start in the folder where init ends.", "Change to web first"),
    (G, "make -C .. check", "make -C .. chekc", "There is no make target chekc.", "Use check"),
    (G, "up -d db", "up -d dbs", "There is no service dbs in compose.yml.", "Use db"),
    (G, "      npm install\n", "      yarn install\n", "This command is out of date: the lock file is package-lock.json.", "Use npm install"),
    (G, "      npm install\n", "      npm run dev\n", "`npm run dev` does not exit, but init must.", "Remove this line"),
    (G, "npm install &&", 'echo "npm install &&', "The shell cannot parse this: a quote, bracket or block is not closed.", None),
    (G, "port: 5173", "port: 3999", "No file mentions port 3999; package.json:1 specifies 5173.", "Use 5173"),
    (G, "- dbaeumer.vscode-eslint", "- eslint", "eslint is not the ID of an extension, which has the form publisher.name.", None),
    (G, "ports:", "github:\n  prebuilds: true\nports:", "Deprecated: prebuilds are now configured in the project.", "Remove github"),
    (G, "tasks:", "tasks: [", "The file is not valid YAML: expected the node content, but found '-'.", None),
    (C, '"service": "db",', '"service": "dbs",', "There is no service dbs in compose.yml.", "Use db"),
    (C, "../compose.yml", "../compos.yml", "The file compos.yml does not exist.", "Use compose.yml"),
    (C, '  "service": "db",\n', "", "The file requires the key service.", None),
    (C, '"forwardPorts": [5173]', '"forwardPorts": [5173],', "The file is not valid JSON: Expecting property name enclosed in double quotes.", None),
    (C, '["dbaeumer.vscode-eslint"]}}', '["dbaeumer.vscode-eslint"]}},', "Strict parsers refuse a comma before a closing bracket.", "Remove the trailing comma"),
    (C, "cd web &&", "cd wbe &&", "The folder wbe does not exist.", "Use web"),
    (C, '"npm install && ', '"source scripts/setup.sh && ', "`source` works only in bash, but sh runs this line.", "Use ."),
    (C, '"npm install && ', '"sudo apt-get install jq && ', "`apt-get install` asks for confirmation, which is not possible here: add -y.", "Use install -y"),
    (C, '&& npm run seed"', '&& npm run dev"', "`npm run dev` does not exit, but postCreateCommand must.", None),
    (C, '"dockerComposeFile": "../compose.yml"', '"build": {"dockerfile": "../.gitpod.Dockerfile", "context": "../web"}', ".gitpod.Dockerfile:2 copies requirements.txt, which does not exist.", None),
    (A, "dependsOn: [install]", "dependsOn: [instal]", "There is no task instal.", "Use install"),
    (A, "npm run seed", "npm run sed", "There is no package script sed in the root folder.", "Use seed"),
    (A, "command: npm install", "command: npm run dev", "`npm run dev` does not exit, but command must.", None),
    (A, "postDevcontainerStart", "postDevContainerStart", "tasks.install.triggeredBy.0 must be one of manual, postEnvironmentStart, postDevcontainerStart, prebuild, not postDevContainerStart.", "Use postDevcontainerStart"),
    (W, "needs: build", "needs: biuld", "There is no job biuld.", "Use build"),
    (W, "npm run build", "npm run biuld", "There is no package script biuld in the root folder.", "Use build"),
    (W, "working-directory: web", "working-directory: wbe", "The folder wbe does not exist.", "Use web"),
    (W, "version-file: .nvmrc", "version-file: .nvmcr", "The file .nvmcr does not exist.", "Use .nvmrc"),
    (W, "make check", "make chekc", "There is no make target chekc.", "Use check"),
    (W, "      - run: npm ci", "      - run: yarn install", "This command is out of date: the lock file is package-lock.json.", "Use npm install"),
    (W, "          fi\n", "", "The shell cannot parse this: a quote, bracket or block is not closed.", None),
    (W, "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup", "    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup", "jobs.build requires one of: runs-on and steps, uses.", None),
    (W, "      - run: npm ci", "      - uses: ./.github/actions/gone\n      - run: npm ci", ".github/actions/gone does not exist.", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for name, content in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


@pytest.mark.parametrize("path", CORRECT)
def test_a_correct_file_has_no_problems(folder: Path, path: str) -> None:
    found = inspect(folder, path, CORRECT[path])
    assert found.target in formats()
    assert [item.message for item in found.diagnostics] == []


@pytest.mark.parametrize(("path", "old", "new", "sentence", "fix"), PROBLEMS)
def test_each_problem_is_reported_in_one_sentence(
    folder: Path, path: str, old: str, new: str, sentence: str, fix: str | None
) -> None:
    assert old in CORRECT[path]
    text = CORRECT[path].replace(old, new, 1)
    (found,) = inspect(folder, path, text).diagnostics
    assert found.message == sentence
    assert next((item.title for item in found.fixes), None) == fix
    if fix is not None:
        # A fix resolves the problem, and causes no other.
        assert inspect(folder, path, found.fixes[0].apply(text)).diagnostics == ()


def test_missing_files_that_a_dockerfile_copies_are_reported(folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitpod.Dockerfile").write_text(
        "FROM x\n# a\nRUN a \\\n  b\nCOPY --chown=a:b gone.txt ./here /x/\nCOPY --from=y z /\nCOPY $A *.c https://x /\n",
        encoding="utf-8",
    )
    (tmp_path / "here").mkdir()
    (found,) = inspect(tmp_path, ".gitpod.yml", "image:\n  file: .gitpod.Dockerfile\n").diagnostics
    assert found.message == ".gitpod.Dockerfile:5 copies gone.txt, which does not exist."
    assert found.span.line == 2


def test_every_unknown_key_is_reported_at_once(folder: Path) -> None:
    found = inspect(folder, G, "one: 1\ntasks: []\ntwo: 2\n").diagnostics
    assert [item.message for item in found] == ["Unknown key one.", "Unknown key two."]


@pytest.mark.parametrize("line", [
    "test -f gone.sh || ./gone.sh", "[ -d gone ] && cd gone", "git clone x gone; cd gone && npm install", "cd dist && ls",
    "mkdir -p made && cd made && npm init -y && npm install", "npm run", "npm audit", "yarn why x", "pnpm -r gone",
    "npm run gone --if-present", "npm run $SCRIPT", "make CC=gcc", "make -j 4 check", "php -r \"x('y');\"", "./built --help",
    "while [[ \"$(curl -s x)\" != '200' ]]; do sleep 1; done", "cat <<EOF > x\nit's 'open\nEOF", "echo a # it's fine",
    "npm run dev &", "docker compose up --wait", "yarn --network-timeout 100000 && npm run build", "node --inspect",
])  # fmt: skip
def test_what_may_be_intended_is_not_reported(folder: Path, line: str) -> None:
    block = "".join(f"      {each}\n" for each in line.split("\n"))
    assert inspect(folder, G, f"tasks:\n  - command: |\n{block}").diagnostics == ()


@pytest.mark.slow
def test_any_mutation_of_a_file_can_be_inspected(folder: Path) -> None:
    chance = random.Random(5)
    texts = {**CORRECT, **{file.path: file.content for made in generate_all(folder) for file in made.files}}
    for path, text in texts.items():
        for _ in range(25):
            lines = text.split("\n")
            for _ in range(chance.randint(1, 4)):
                start = chance.randrange(len(lines))
                match chance.randrange(3):
                    case 0:
                        del lines[start : start + chance.randint(1, 3)]
                    case 1:
                        lines[start] = lines[start][: chance.randrange(len(lines[start]) + 1)]
                    case _:
                        lines.insert(
                            start, chance.choice(['"', "  - a: [", "\t", "{", "'", "x: &a *a", "\0", "é: 1"])
                        )
                lines = lines or [""]
            found = inspect(folder, path, "\n".join(lines))
            found.completions_at(len(lines), 0)
            assert all(1 <= item.span.line <= len(lines) + 1 for item in found.diagnostics)


def test_every_changed_name_is_reported(folder: Path) -> None:
    names = r"(?<=npm run )(?:seed|build)|(?<=make )check|(?<=cd )web|(?<=scripts/)setup(?=\.sh)|(?<=needs: )build|(?<=-d )db|\.nvmrc"
    count = 0
    for path, text in CORRECT.items():
        for found in re.finditer(names, text):
            changed = f"{text[: found.start()]}q{found.group()}zz{text[found.end() :]}"
            (problem,) = inspect(folder, path, changed).diagnostics
            assert f"q{found.group().rpartition('/')[2]}zz" in problem.message
            count += 1
    assert count > 12
