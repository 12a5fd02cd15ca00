"""Small repositories without the usual manifests: single programs, sites and functions."""

from pathlib import Path

import pytest

from tests.fakes.repository import Tree, config_of, lines

WEB_SDK = '<Project Sdk="Microsoft.NET.Sdk.Web">'


@pytest.mark.parametrize(
    ("tree", "init", "command"),
    [
        ({"project.clj": "(defproject x\n  :dependencies []\n  :main x.core)"}, ["lein deps"], ["lein run"]),
        (
            {"shard.yml": "targets:\n  x:\n    main: src/x.cr\n", "src/x.cr": ""},
            ["shards install"],
            ["crystal run src/x.cr"],
        ),
        ({"build.zig": 'const run = b.step("run", "Run");'}, ["zig build"], ["zig build run"]),
        ({"main.go": 'package main\nimport "net/http"\n'}, [], ["go run main.go"]),
        (
            {"src/index.ts": 'import * as o from "https://deno.land/x/a/mod.ts";\n'},
            ["deno cache src/index.ts"],
            ["deno run --allow-all src/index.ts"],
        ),
        ({"hello.go": "package main\n\nfunc main() {}\n"}, [], ["go run hello.go"]),
        (
            {"go.mod": "module x\n", "hello.go": "package main\n\nfunc main() {}\n"},
            ["go mod download"],
            ["go run ."],
        ),
        (
            {"go.mod": "module x\n", "server/x.go": "package main\n\nfunc main() {}\n", "lib/y.go": "package lib\n"},
            ["go mod download"],
            ["go run ./server"],
        ),
        (
            {"go.mod": "module example.org/tool/v2\n", "cmd/tool/main.go": "package main\n", "cmd/aid/main.go": "package main\n"},
            ["go mod download"],
            ["go run ./cmd/tool"],
        ),
        (
            {"manage.py": "def main():\n    from django.core.management import execute_from_command_line\n"},
            ["pip install django", "python manage.py migrate"],
            ["python manage.py runserver"],
        ),
        ({"Gemfile": "", "README.md": "`gem install rackup puma`"}, ["bundle install"], []),
        (
            {"src/Web/Web.csproj": WEB_SDK, "src/PublicApi/PublicApi.csproj": WEB_SDK, "README.md": "`dotnet run`"},
            ["dotnet restore src/PublicApi/PublicApi.csproj"],
            ["dotnet run --project src/Web/Web.csproj"],
        ),
        ({"Makefile": "default: all\n\ninstall:\n\tcp x /usr/bin\n"}, ["make"], []),
        ({"Makefile": "install:\n\tnpm ci\n"}, ["make install"], []),
        (
            {"Dockerfile": 'FROM python:3.12\nCMD ["python", "-m", "http.server", "--cgi"]\n'},
            [],
            ["python -m http.server --cgi"],
        ),
        ({"server.js": "const http = require('http');\n"}, [], ["node server.js"]),
        ({"serve.py": "from http.server import HTTPServer\n"}, [], ["python serve.py"]),
        ({"Hello.java": "class Hello {\n  public static void main(String[] a) {}\n}"}, [], ["java Hello.java"]),
        ({"hi.cs": "#:sdk Microsoft.NET.Sdk.Web\n"}, ["dotnet restore hi.cs"], ["dotnet run hi.cs"]),
        (
            {"ui/ui.csproj": '<Project Sdk="Microsoft.NET.Sdk.BlazorWebAssembly">'},
            ["dotnet restore ui/ui.csproj"],
            ["dotnet run --project ui/ui.csproj"],
        ),
        (
            {"gems.rb": "gem 'sinatra'\n", "my.rb": "require 'sinatra'\n"},
            ["bundle install"],
            ["bundle exec ruby my.rb"],
        ),
        (
            {"build.gradle": "apply plugin: 'java'\njar { manifest { attributes 'Main-Class': 'a.B' } }\n"},
            ["gradle assemble"],
            ["java -jar build/libs/*.jar"],
        ),
        (
            {"pom.xml": "<project><mainClass>a.B</mainClass></project>"},
            ["mvn install -DskipTests"],
            ["mvn compile exec:java -Dexec.mainClass=a.B"],
        ),
        ({"htdocs/index.php": "<?php"}, [], ["php -S 0.0.0.0:8000 -t htdocs"]),
        (
            {"composer.json": "{}", "web/app.php": "<?php"},
            ["composer install"],
            ["php -S 0.0.0.0:8000 -t web web/app.php"],
        ),
        ({"config.json": "{}", "content/a.md": ""}, [], ["hugo server"]),
        ({"public/index.html": "<html>"}, [], ["python3 -m http.server 8080 --directory public"]),
        (
            {"deps.edn": "{:deps {}}", "src/a/core.clj": "(ns a.core)\n(defn -main [] 1)\n", "src/a/b.clj": "(ns a.b)"},
            ["clojure -P"],
            ["clojure -M -m a.core"],
        ),
        ({"index.cbl": "", "other.cbl": ""}, ["mkdir -p build && cobc -x -o build/index index.cbl"], ["./build/index"]),
        ({"x.csproj": "<Project/>", "host.json": {"version": "2.0"}}, ["dotnet restore x.csproj"], ["func start"]),
        (
            {"requirements.txt": "functions-framework\n", "main.py": "@functions_framework.http\ndef hi(request):\n    return 1\n"},
            ["pip install -r requirements.txt"],
            ["functions-framework --target hi --debug"],
        ),
    ],
)  # fmt: skip
def test_small_projects_without_the_usual_manifests_are_detected(
    tmp_path: Path, tree: Tree, init: list[str], command: list[str]
) -> None:
    document, result = config_of(tmp_path, tree)
    assert lines(document, "init") == init
    assert lines(document, "command") == command
    assert result.problems == ()


@pytest.mark.parametrize(
    "tree",
    [
        {"index.html": "<script src=app.js>", "app.js": "document.title = 1;\n"},
        {"a.py": "from http.server import X\n", "b.py": "from http.server import X\n", "index.html": ""},
        {"Makefile": "all:\n\tgcc x.c\n", "tool.py": "from http.server import X\n"},
    ],
)
def test_a_file_that_may_be_a_module_is_not_taken_for_a_program(tmp_path: Path, tree: Tree) -> None:
    _, result = config_of(tmp_path, tree)
    assert not [item for item in result.evidence if item.key == "start" and item.stack in {"node", "python"}]


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ({"pom.xml": "<project><packaging>war</packaging></project>"}, "servlet container"),
        ({"build.gradle": "plugins {\n    id 'war'\n}\n"}, "servlet container"),
        ({"pixi.toml": "[dependencies]\nx = '*'\n"}, "Pixi"),
    ],
)
def test_what_is_missing_for_a_start_is_named(tmp_path: Path, tree: Tree, sentence: str) -> None:
    _, result = config_of(tmp_path, tree)
    assert any(sentence in unknown for unknown in result.unknown)


def test_the_tools_of_azure_functions_are_installed(tmp_path: Path) -> None:
    document, _ = config_of(tmp_path, {"requirements.txt": "", "host.json": {"version": "2.0"}})
    assert lines(document, "before") == ["npm install --global azure-functions-core-tools@4"]
    assert document["ports"][0]["port"] == 7071


def test_services_that_only_tests_need_are_left_out(tmp_path: Path) -> None:
    compose = "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n"
    document, _ = config_of(tmp_path, {"mix.exs": "", "integration_test/compose.yml": compose})
    assert [task["name"] for task in document["tasks"]] == ["Setup"]
