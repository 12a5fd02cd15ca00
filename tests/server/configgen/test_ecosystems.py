"""Less common ecosystems and sources: their install and start commands, or the sentence for what is unknown."""

from pathlib import Path

import pytest

from tests.fakes.repository import Tree, config_of, lines, ports

LAUNCH = '{// comments are usual here\n"configurations": [{"name": "Run", "request": "launch", "program": "${workspaceFolder}/tool.py"},]}'


@pytest.mark.parametrize(
    ("tree", "init", "command", "port"),
    [
        (
            {"build.sbt": "", "project/plugins.sbt": 'addSbtPlugin("org.playframework" % "play.sbt" % "3")'},
            ["sbt compile"],
            ["sbt run"],
            [9000],
        ),
        (
            {"build.sbt": "", "src/main/scala/a/Hi.scala": "object Hi extends Greeting with App {\n}\n"},
            ["sbt compile"],
            ["sbt run"],
            [],
        ),
        (
            {"stack.yaml": "resolver: lts-22.1\n", "app.cabal": "executable hello\n"},
            ["stack build --only-dependencies"],
            ["stack run hello"],
            [],
        ),
        ({"app.cabal": "executable hello\n"}, ["cabal update && cabal build all"], ["cabal run hello"], []),
        (
            {"Package.swift": '// swift-tools-version: 5.9\nPackage(targets: [.executableTarget(name: "App")])'},
            ["swift build"],
            ["swift run App"],
            [],
        ),
        ({"pubspec.yaml": "name: hi\n", "bin/hi.dart": ""}, ["dart pub get"], ["dart run bin/hi.dart"], []),
        (
            {"pubspec.yaml": "dependencies:\n  flutter:\n    sdk: flutter\n", "web/index.html": ""},
            ["flutter pub get"],
            ["flutter run -d web-server --web-hostname 0.0.0.0 --web-port 8080"],
            [8080],
        ),
        ({"renv.lock": "{}"}, ['R -e "renv::restore(prompt = FALSE)"'], [], []),
        ({"Project.toml": '[deps]\nA = "1"\n'}, ["julia --project=. -e 'using Pkg; Pkg.instantiate()'"], [], []),
        (
            {"meson.build": "project('x')\nexecutable('tool', 'main.c')\n"},
            ["meson setup build && meson compile -C build"],
            ["./build/tool"],
            [],
        ),
        (
            {"CMakeLists.txt": "project(tool)\nadd_executable(${PROJECT_NAME} main.c)\n"},
            ["cmake -S . -B build && cmake --build build"],
            ["./build/tool"],
            [],
        ),
        ({"pixi.toml": "[project]\n", "main.py": ""}, ["pixi install"], ["pixi run python main.py"], []),
        (
            {"docs/conf.py": "project = 'x'\n", "docs/requirements.txt": "sphinx\n"},
            ["pip install -r docs/requirements.txt"],
            ["pip install sphinx-autobuild && sphinx-autobuild docs docs/_build/html --port 8000"],
            [8000],
        ),
        ({"gleam.toml": 'name = "hi"\n', "src/hi.gleam": ""}, ["gleam deps download"], ["gleam run"], []),
        (
            {"mix.exs": "def application do\n  [\n  mod: {Hi.Application, []}]\n"},
            ["mix local.hex --force --if-missing && mix deps.get"],
            ["mix run --no-halt"],
            [],
        ),
        (
            {"mix.exs": "apps_path: 'apps'\n", "apps/web/mix.exs": '{:phoenix, "~> 1.7"}\n'},
            ["mix local.hex --force --if-missing && mix deps.get"],
            ["mix phx.server"],
            [4000],
        ),
        (
            {"deno.jsonc": "{}", "main.ts": "Deno.serve(() => new Response())\n"},
            ["deno install"],
            ["deno run --allow-all main.ts"],
            [8000],
        ),
        (
            {"go.work": "go 1.22\nuse (\n\t./api\n\t./lib\n)\n", "api/go.mod": "", "lib/go.mod": "", "api/main.go": ""},
            ["go mod download"],
            ["go run ./api"],
            [],
        ),
        (
            {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n', "crates/a/Cargo.toml": '[package]\nname = "a"\n', "crates/a/src/main.rs": ""},
            ["cargo build"],
            ["cargo run -p a"],
            [],
        ),
        ({"Procfile": "web: python tool.py --port $PORT\n", "tool.py": ""}, [], ["python tool.py --port 8000"], [8000]),
        ({".vscode/launch.json": LAUNCH, "tool.py": ""}, [], ["python tool.py"], []),
        ({"Dockerfile": 'FROM python:3.12\nCMD ["python", "tool.py"]\nEXPOSE 9100\n', "tool.py": ""}, [], ["python tool.py"], [9100]),
        ({"README.md": "```sh\n$ php -S 0.0.0.0:8123 -t site\n```\n", "site/index.php": ""}, [], ["php -S 0.0.0.0:8123 -t site"], []),
        ({"mise.toml": '[tasks.dev]\nrun = "x"\n'}, [], ["mise run dev"], []),
        ({"start.sh": ""}, [], ["bash start.sh"], []),
        ({"package.json": {"main": "bot.js", "dependencies": {"x": "1"}}, "bot.js": ""}, ["npm install"], ["node bot.js"], []),
        ({"Gemfile": "gem 'sinatra'\n", "app.rb": "require 'sinatra'\n"}, ["bundle install"], ["bundle exec ruby app.rb"], [4567]),
    ],
)  # fmt: skip
def test_each_source_gives_its_evidence(
    tmp_path: Path, tree: Tree, init: list[str], command: list[str], port: list[int]
) -> None:
    document, result = config_of(tmp_path, tree)
    assert lines(document, "init") == init
    assert lines(document, "command") == command
    assert [number for number in ports(document) if number != 8123] == port
    assert result.problems == ()


def test_an_nx_workspace_without_root_scripts_serves_its_apps(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {"name": "all", "devDependencies": {"nx": "20"}},
        "pnpm-lock.yaml": "",
        "nx.json": {"plugins": [{"plugin": "@nx/next/plugin", "options": {"devTargetName": "dev"}}]},
        "apps/shop/project.json": {"name": "shop", "targets": {"serve": {"options": {"port": 4300}}}},
        "apps/site/package.json": {"name": "site"},
        "apps/site/next.config.js": "",
        "libs/ui/project.json": {"name": "ui", "projectType": "library", "targets": {"serve": {}}},
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["pnpm nx serve shop", "pnpm nx dev site"]
    assert ports(document) == [4300, 3000]


def test_a_turborepo_task_starts_the_members_that_have_it(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {"name": "all", "workspaces": ["apps/*"]},
        "turbo.json": '{"tasks": {"dev": {"cache": false}}} // done',
        "apps/web/package.json": {"name": "web", "scripts": {"dev": "vite"}},
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npx turbo run dev"]


def test_a_script_that_passes_on_its_arguments_is_followed(tmp_path: Path) -> None:
    scripts = {"with:env": "dotenv -e dev.env --", "dev": "npm run with:env -- nodemon server.js"}
    tree: Tree = {"package.json": {"scripts": scripts}, "dev.env": "APP_PORT=3456\n", "server.js": ""}
    document, _ = config_of(tmp_path, tree)
    assert ports(document) == [3456]


def test_a_documented_target_is_preferred_to_a_customary_name(tmp_path: Path) -> None:
    tree: Tree = {
        "requirements.txt": "",
        "main.py": "",
        "Makefile": "run:\n\tpython -m server\n",
        "README.md": "Run it:\n\n```\nmake run\n```\n",
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["make run"]


@pytest.mark.parametrize("ending", ["example", "sample", "dist"])
def test_rails_samples_are_copied_first_and_the_database_is_set_up_from_them(
    tmp_path: Path, ending: str
) -> None:
    tree: Tree = {"Gemfile": "gem 'rails'\n", f"config/database.yml.{ending}": "adapter: sqlite3\n"}
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "init") == [
        f"cp -n config/database.yml.{ending} config/database.yml",
        "bundle install",
        "bundle exec rails db:prepare",
    ]


def test_a_test_command_of_ci_is_evidence_with_its_line(tmp_path: Path) -> None:
    workflow = "jobs:\n  a:\n    steps:\n      - run: |\n          npm ci\n          npm test\n"
    _, result = config_of(tmp_path, {".github/workflows/t.yml": workflow, "start.sh": ""})
    found = next(item for item in result.evidence if item.key == "test")
    assert (found.value, found.line) == ("npm test", 6)


def test_a_gem_is_tested_by_the_test_task_of_rake(tmp_path: Path) -> None:
    tree: Tree = {"Gemfile": "gem 'rake'\n", "Rakefile": "require 'rake'\nRake::TestTask.new\n"}
    _, result = config_of(tmp_path, tree)
    found = next(item for item in result.evidence if item.key == "test")
    assert (found.value, found.path, found.line) == ("bundle exec rake test", "Rakefile", 2)


@pytest.mark.parametrize(
    ("plugin", "is_named"), [("com.android.application", True), ("com.android.library", False)]
)
def test_an_android_app_is_unknown_but_an_android_library_is_not_mentioned(
    tmp_path: Path, plugin: str, is_named: bool
) -> None:
    _, result = config_of(tmp_path, {"support/build.gradle": f"id '{plugin}'\n", "start.sh": ""})
    assert any("Android" in sentence for sentence in result.unknown) == is_named


def test_an_incomplete_command_of_a_guide_is_not_started(tmp_path: Path) -> None:
    tree: Tree = {
        "go.mod": "module x\n",
        "cmd/x/main.go": "package main\n\nfunc main() {}\n",
        "README.md": "Use `go run` or `go run -exec ./x main.go`.\n",
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["go run ./cmd/x"]


def test_an_xcode_project_is_named_as_unknown(tmp_path: Path) -> None:
    _, result = config_of(tmp_path, {"App.xcodeproj/project.pbxproj": "", "start.sh": ""})
    assert any("macOS" in sentence for sentence in result.unknown)


def test_a_procfile_is_preferred_to_a_customary_name(tmp_path: Path) -> None:
    tree: Tree = {"requirements.txt": "", "main.py": "", "tool.py": "", "Procfile": "web: python tool.py\n"}
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["python tool.py"]


def test_the_port_of_a_production_image_is_not_that_of_the_development_server(tmp_path: Path) -> None:
    package = {"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}
    document, _ = config_of(tmp_path, {"package.json": package, "Dockerfile": "FROM nginx\nEXPOSE 3000\n"})
    assert ports(document) == [5173]
