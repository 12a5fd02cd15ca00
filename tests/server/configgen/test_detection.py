"""Generated configs of small repositories of each ecosystem."""

from pathlib import Path

import pytest

from fieldguide_server.configgen import generate
from tests.fakes.repository import Tree, config_of, lines, ports

VITE = {"scripts": {"dev": "vite", "build": "vite build"}, "devDependencies": {"vite": "^5.0.0"}}


@pytest.mark.parametrize(
    ("lock", "install", "start"),
    [
        ("package-lock.json", "npm install", "npm run dev"),
        ("yarn.lock", "yarn install", "yarn dev"),
        ("pnpm-lock.yaml", "pnpm install", "pnpm dev"),
        ("bun.lock", "npm install --global bun && bun install", "bun run dev"),
    ],
)
def test_the_lock_file_chooses_the_package_manager(
    tmp_path: Path, lock: str, install: str, start: str
) -> None:
    document, _ = config_of(tmp_path, {"package.json": VITE, lock: ""})
    assert lines(document, "init") == [install]
    assert lines(document, "command") == [start]
    assert ports(document) == [5173]


def test_the_package_manager_field_is_evidence_with_its_line(tmp_path: Path) -> None:
    _, result = config_of(tmp_path, {"package.json": {**VITE, "packageManager": "pnpm@9.1.0"}})
    install = next(item for item in result.evidence if item.key == "install")
    text = (tmp_path / "package.json").read_text(encoding="utf-8").splitlines()
    assert install.value == "pnpm install"
    assert "packageManager" in text[install.line - 1]


def test_a_port_in_the_configuration_beats_the_default(tmp_path: Path) -> None:
    config = "export default {\n  server: {\n    port: 4000,\n  },\n}\n"
    document, result = config_of(tmp_path, {"package.json": VITE, "vite.config.ts": config})
    assert ports(document) == [4000]
    assert "# vite.config.ts:3" in result.files[0].content


def test_a_start_script_that_runs_a_build_is_built_first(tmp_path: Path) -> None:
    package = {"scripts": {"start": "node dist/main.js", "build": "tsc"}, "dependencies": {"express": "4"}}
    document, result = config_of(tmp_path, {"package.json": package})
    assert lines(document, "init") == ["npm install", "npm run build"]
    assert ports(document) == []
    assert any("npm start" in sentence for sentence in result.unknown)


def test_a_library_is_started_by_its_watching_compiler_without_a_port(tmp_path: Path) -> None:
    document, result = config_of(
        tmp_path, {"package.json": {"scripts": {"dev": "tsc -w", "start": "exit 1"}}}
    )
    assert lines(document, "command") == ["npm run dev"]
    assert ports(document) == []
    assert any("port" in sentence for sentence in result.unknown)


def test_scripts_are_followed_through_workspaces_to_their_ports(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {"workspaces": ["packages/*"], "scripts": {"start": "yarn workspace web dev"}},
        "yarn.lock": "",
        "packages/web/package.json": {"name": "web", "scripts": {"dev": "next dev -p 3100"}},
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "init") == ["yarn install"]
    assert lines(document, "command") == ["yarn start"]
    assert ports(document) == [3100]


def test_a_workspace_whose_root_starts_nothing_starts_its_members(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {"private": True},
        "pnpm-workspace.yaml": "packages:\n  - apps/*\n",
        "apps/web/package.json": {"name": "@x/web", "scripts": {"dev": "vite"}},
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["pnpm --filter @x/web dev"]


def test_each_of_several_apps_gets_a_task(tmp_path: Path) -> None:
    tree: Tree = {
        "client/package.json": {
            "scripts": {"start": "react-scripts start"},
            "dependencies": {"react-scripts": "5"},
        },
        "server/package.json": {"scripts": {"dev": "nodemon index.js"}, "dependencies": {"express": "4"}},
        "server/index.js": "app.listen(process.env.PORT || 5050)\n",
        "examples/demo/package.json": {"scripts": {"dev": "vite"}},
    }
    document, _ = config_of(tmp_path, tree)
    assert [task["before"] for task in document["tasks"]] == ["cd client", "cd server"]
    assert sorted(ports(document)) == [3000, 5050]


def test_a_second_documented_server_waits_for_the_installation(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {"scripts": {"start": "react-scripts start", "chain": "hardhat node"}},
        "README.md": "# Run\n```bash\nnpm start\nnpm run chain\n```\n",
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm start", "npm run chain"]
    assert "gp sync-done install" in document["tasks"][0]["init"]
    assert document["tasks"][1]["init"] == "gp sync-await install"
    assert ports(document) == [3000, 8545]


@pytest.mark.parametrize(
    ("tree", "init", "command", "port"),
    [
        (
            {"requirements.txt": "django\n", "manage.py": ""},
            ["pip install -r requirements.txt", "python manage.py migrate"],
            ["python manage.py runserver"],
            [8000],
        ),
        (
            {
                "pyproject.toml": "[tool.poetry]\n[tool.poetry.dependencies]\nfastapi='*'\n",
                "api/main.py": "app = FastAPI()\n",
            },
            ["poetry install"],
            ["poetry run uvicorn api.main:app --reload"],
            [8000],
        ),
        (
            {
                "requirements.txt": "flask\n",
                "app.py": "app = Flask(__name__)\nif __name__ == '__main__':\n    app.run(port=5001)\n",
            },
            ["pip install -r requirements.txt"],
            ["python app.py"],
            [5001],
        ),
        (
            {"pyproject.toml": "[project]\nname='x'\n[project.optional-dependencies]\ndev=[]\n"},
            ["pip install -e '.[dev]'"],
            [],
            [],
        ),
        ({"Pipfile": "[packages]\n"}, ["pipenv install --dev"], [], []),
        ({"uv.lock": "", "pyproject.toml": "[project]\nname='x'\n"}, ["pip install uv && uv sync"], [], []),
        (
            {
                "go.mod": "module x\n\ngo 1.22\n",
                "main.go": 'package main\nfunc main() { http.ListenAndServe(":8090", nil) }\n',
            },
            ["go mod download"],
            ["go run ."],
            [8090],
        ),
        ({"go.mod": "module x\n", "main.go": "package main\n"}, ["go mod download"], ["go run ."], []),
        (
            {
                "Cargo.toml": '[package]\nname="x"\n[dependencies]\nrocket="0.5"\n',
                "Rocket.toml": "[default]\nport = 8123\n",
            },
            ["cargo build"],
            ["cargo run"],
            [8123],
        ),
        (
            {
                "pom.xml": "<project><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>",
                "mvnw": "",
            },
            ["./mvnw install -DskipTests"],
            ["./mvnw spring-boot:run"],
            [8080],
        ),
        (
            {
                "build.gradle": "plugins {\n id 'org.springframework.boot' version '3.2.0'\n}\n",
                "src/main/resources/application.yml": "server:\n  port: 8181\n",
            },
            ["gradle assemble"],
            ["gradle bootRun"],
            [8181],
        ),
        (
            {"Gemfile": "gem 'rails'\n", "bin/rails": "", "config/database.yml": "adapter: sqlite3\n"},
            ["bundle install", "bin/rails db:prepare"],
            ["bin/rails server -b 0.0.0.0"],
            [3000],
        ),
        (
            {"composer.json": {"require": {"laravel/framework": "^11"}}, "artisan": ""},
            ["composer install"],
            ["php artisan serve"],
            [8000],
        ),
        (
            {
                "composer.json": {
                    "require": {"laravel/framework": "^12"},
                    "scripts": {"dev": ["X::y", 'npx concurrently "php artisan serve" "npm run dev"']},
                },
                "artisan": "",
            },
            ["composer install"],
            ["composer run dev"],
            [8000],
        ),
        (
            {"mix.exs": '{:phoenix, "~> 1.7"}'},
            ["mix local.hex --force --if-missing && mix deps.get"],
            ["mix phx.server"],
            [4000],
        ),
        (
            {"mkdocs.yml": "site_name: x\n", "requirements.txt": "mkdocs\n"},
            ["pip install -r requirements.txt"],
            ["mkdocs serve"],
            [8000],
        ),
        (
            {"_config.yml": "port: 4001\n", "Gemfile": "gem 'jekyll'\n"},
            ["bundle install"],
            ["bundle exec jekyll serve"],
            [4001],
        ),
    ],
)
def test_each_ecosystem_has_its_own_install_and_start_commands(
    tmp_path: Path, tree: Tree, init: list[str], command: list[str], port: list[int]
) -> None:
    document, result = config_of(tmp_path, tree)
    assert lines(document, "init") == init
    assert lines(document, "command") == command
    assert ports(document) == port
    assert result.problems == ()


def test_a_service_with_published_ports_is_started_beside_the_app(tmp_path: Path) -> None:
    compose = "services:\n  db:\n    image: postgres:16\n    ports:\n      - '5432:5432'\n  cache:\n    image: redis\n"
    document, _ = config_of(tmp_path, {"package.json": VITE, "compose.yml": compose})
    assert lines(document, "command")[-1] == "docker compose up -d db"
    assert ports(document) == [5173, 5432]
    assert document["ports"][1]["onOpen"] == "ignore"


def test_a_project_of_containers_alone_is_run_by_compose(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    build: .\n    ports: ['8085:80']\n"
    document, _ = config_of(tmp_path, {"docker-compose.yml": compose})
    assert lines(document, "command") == ["docker compose up"]
    assert ports(document) == [8085]


def test_a_database_without_a_service_comes_with_the_image(tmp_path: Path) -> None:
    tree: Tree = {"Gemfile": "gem 'rails'\n", "config/database.yml": "development:\n  adapter: postgresql\n"}
    document, _ = config_of(tmp_path, tree)
    assert document["image"] == "gitpod/workspace-postgres"
    assert ports(document) == [3000, 5432]


def test_packages_that_the_image_lacks_are_installed_in_a_dockerfile(tmp_path: Path) -> None:
    _, result = config_of(tmp_path, {"hugo.toml": "title = 'x'\n"})
    assert [file.path for file in result.files] == [".gitpod.yml", ".gitpod.Dockerfile"]
    assert "install-packages hugo" in result.files[1].content


def test_every_piece_of_evidence_names_an_existing_line(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": VITE,
        ".env.example": "PORT=3000\n",
        "compose.yml": "services:\n  db:\n    image: redis\n    ports: ['6379:6379']\n",
        "api/requirements.txt": "flask\n",
        "api/app.py": "app = Flask(__name__)\n",
    }
    _, result = config_of(tmp_path, tree)
    assert result.evidence
    for item in result.evidence:
        count = len((tmp_path / item.path).read_text(encoding="utf-8").split("\n"))
        assert 1 <= item.line <= count
        assert 0 < item.confidence <= 1


@pytest.mark.parametrize(("dependency", "starts"), [("rich", False), ("fastapi", True)])
def test_an_installed_command_is_a_start_only_where_the_package_is_an_application(
    tmp_path: Path, dependency: str, starts: bool
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "tool"\ndependencies = ["{dependency}"]\n[project.scripts]\ntool = "tool:main"\n',
        encoding="utf-8",
    )
    keys = {evidence.key for evidence in generate(tmp_path).evidence}
    assert ("start" in keys) is starts
