"""The ports that an app listens on, and the containers that run alongside it."""

import json
from pathlib import Path

import pytest

from tests.fakes.repository import Tree, config_of, lines, ports


def test_a_script_of_an_nx_workspace_has_the_ports_of_the_apps_it_serves(tmp_path: Path) -> None:
    target = {"executor": "@nx/vite:dev-server", "options": {"port": 4300}}
    tree: Tree = {
        "package.json": {"scripts": {"start": "nx run shop:serve"}, "devDependencies": {"nx": "19"}},
        "nx.json": "{}",
        "apps/shop/project.json": {"name": "shop", "targets": {"serve": target}},
        "apps/desk/project.json": {"name": "desk", "targets": {"serve": {"options": {"port": 4400}}}},
    }
    document, result = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm start"]
    assert ports(document) == [4300]
    assert "# apps/shop/project.json:4" in result.files[0].content


def test_a_variable_set_for_a_script_reaches_what_it_starts(tmp_path: Path) -> None:
    scripts = {"start": "react-scripts start", "start:dev": "cross-env PORT=4500 npm start"}
    document, _ = config_of(tmp_path, {"package.json": {"scripts": scripts}})
    assert lines(document, "command") == ["npm run start:dev"]
    assert ports(document) == [4500]


ANGULAR = {"projects": {"shop": {"architect": {"serve": {"options": {"port": 4333}}}}}}


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"package.json": {"scripts": {"start": "ng serve"}}, "angular.json": json.dumps(ANGULAR)}, 4333),
        (
            {
                "package.json": {"scripts": {"dev": "webpack serve --config config/hot.js"}},
                "config/hot.js": "module.exports = {\n  devServer: { port: 9100 },\n};\n",
                "webpack.config.js": "module.exports = { devServer: { port: 1111 } };\n",
            },
            9100,
        ),
        (
            {
                "package.json": {"scripts": {"dev": "node server"}, "devDependencies": {"browser-sync": "3"}},
                "server.js": "import { create } from 'browser-sync';\ncreate().init();\n",
            },
            3000,
        ),
        (
            {
                "package.json": {
                    "scripts": {"start:dev": "nest start"},
                    "dependencies": {"@nestjs/core": "10"},
                }
            },
            3000,
        ),
        ({"package.json": {"scripts": {"start": "theia start"}}}, 3000),
        (
            {"package.json": {"scripts": {"dev": "vite"}}, "README.md": "Open http://localhost:3456.\n"},
            3456,
        ),
        (
            {
                "requirements.txt": "flask\n",
                "shop/main.py": "from flask import Flask\napp = Flask(__name__)\n",
                ".flaskenv": "FLASK_APP=shop.main\nFLASK_RUN_PORT=8321\n",
            },
            8321,
        ),
        (
            {
                "package.json": {"scripts": {"dev": "next dev"}},
                "README.md": "Behind a proxy at http://localhost:7890, set PROXY.\n",
            },
            3000,
        ),
        (
            {
                "package.json": {"scripts": {"dev": "dotenv -c local vite"}},
                "vite.config.ts": "export default {};\n",
                "README.md": "Open http://localhost:3456.\n",
            },
            5173,
        ),
        (
            {"Cargo.toml": '[package]\nname = "page"\n', "Trunk.toml": "[serve]\nport = 8123\n"},
            8123,
        ),
        (
            {
                "Cargo.toml": '[package]\nname = "page"\n',
                "src/main.rs": "fn main() {}\n",
                "index.html": "<link data-trunk rel=css href=a.css>\n",
            },
            8080,
        ),
    ],
)
def test_each_source_of_a_port_is_read(tmp_path: Path, tree: Tree, expected: int) -> None:
    document, _ = config_of(tmp_path, tree)
    assert ports(document) == [expected]


def test_services_are_those_of_the_compose_file_that_a_script_starts(tmp_path: Path) -> None:
    compose = "services:\n  database:\n    image: postgres:16\n    ports:\n      - 54320:5432\n"
    tree: Tree = {
        "package.json": {
            "scripts": {"dev": "vite", "db": "docker compose -f ops/local/stack-compose.yml up -d"}
        },
        "ops/local/stack-compose.yml": compose,
    }
    document, _ = config_of(tmp_path, tree)
    assert "docker compose -f stack-compose.yml up -d database" in lines(document, "command")
    assert ports(document) == [5173, 54320]


def test_all_services_of_a_compose_file_without_builds_run_beside_the_app(tmp_path: Path) -> None:
    compose = """services:
  db:
    image: postgres:16
    ports: ["${DB_PORT}:5432"]
  graphql:
    image: hasura/graphql-engine:v2
    volumes: ["./hasura/migrations:/migrations"]
    ports: ["${GRAPHQL_PORT:-8080}:8080"]
  storage:
    image: localstack/localstack
    ports: ["${RANGE:-4566-4583}:4566-4583"]
"""
    tree: Tree = {
        "package.json": {"scripts": {"dev": "vite"}},
        "docker-compose.yml": compose,
        ".env.example": "DB_PORT=5434\n",
        "hasura/migrations/up.sql": "",
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm run dev", "docker compose up -d db graphql storage"]
    assert ports(document) == [5173, 5434, 8080, 4566]


def test_a_guide_that_starts_all_containers_is_preferred_to_a_customary_name(tmp_path: Path) -> None:
    tree: Tree = {
        "main.py": "print('x')\n",
        "requirements.txt": "httpx\n",
        "docker-compose.yml": 'services:\n  app:\n    build: .\n    ports: ["9090:90"]\n',
    }
    habit, _ = config_of(tmp_path / "plain", tree)
    assert lines(habit, "command") == ["python main.py"]
    documented, result = config_of(
        tmp_path / "documented", {**tree, "README.md": "```\ndocker-compose up --build\n```\n"}
    )
    assert lines(documented, "command") == ["docker compose up"]
    assert ports(documented) == [9090]
    assert any(item.note == "documented in README.md:2" for item in result.evidence)
