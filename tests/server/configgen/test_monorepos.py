"""Which of several scripts and apps is started, and the ports it listens on."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.repository import Tree, config_of, lines, ports

ROOT: dict[str, Any] = {"private": True, "workspaces": ["apps/*"]}


def app(name: str, **scripts: str) -> dict[str, Any]:
    return {"name": name, "scripts": scripts, "dependencies": {"next": "14", "vite": "5"}}


@pytest.mark.parametrize(
    "script",
    [
        "lerna run dev --scope=@x/{web,api}",
        "turbo run dev --filter=web --filter=api",
        "pnpm --filter ./apps/web --filter '@x/a*' dev",
        "turbo run dev --filter=!@x/docs",
        "nx run-many --target=dev --projects=@x/web,@x/api",
        "concurrently 'nx run @x/web:dev' 'nx dev @x/api'",
    ],
)
def test_a_root_script_is_followed_to_the_members_that_its_filter_matches(
    tmp_path: Path, script: str
) -> None:
    tree: Tree = {
        "package.json": {**ROOT, "scripts": {"dev": script}},
        "apps/web/package.json": app("@x/web", dev="next dev -p 3100"),
        "apps/api/package.json": app("@x/api", dev="nodemon --port 4100 main.js"),
        "apps/docs/package.json": app("@x/docs", dev="next dev -p 3200"),
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") in (["npm run dev"], ["pnpm dev"])
    assert sorted(ports(document)) == [3100, 4100]


def test_members_are_started_where_the_member_of_a_root_script_is_missing(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {**ROOT, "scripts": {"start": "yarn workspace old start", "node": "hardhat node"}},
        "yarn.lock": "",
        "README.md": "```\nyarn node\nyarn start\n```\n",
        "apps/web/package.json": app("web", dev="next dev"),
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["yarn workspace web dev", "yarn node"]
    assert sorted(ports(document)) == [3000, 8545]


def test_a_tool_without_its_serving_subcommand_is_no_server(tmp_path: Path) -> None:
    document, _ = config_of(
        tmp_path, {"package.json": {"scripts": {"dev:x": "gatsby", "serve": "vite --mode x build"}}}
    )
    assert lines(document, "command") == []


def test_a_watching_script_comes_before_one_that_runs_the_build_deep_inside(tmp_path: Path) -> None:
    scripts = {
        "start": "cd packages/api && node ./server/dist/main.js",
        "watch": "concurrently 'npm:watch:*'",
        "watch:web": "vite serve ./web --port 3001",
        "watch:api": "nodemon -- --port 3002 api.js",
        "build": "tsc",
    }
    document, _ = config_of(tmp_path, {"package.json": {"scripts": scripts}, "packages/api/a.ts": ""})
    assert lines(document, "command") == ["npm run watch"]
    assert sorted(ports(document)) == [3001, 3002]


def test_the_documented_script_that_starts_every_part_is_chosen(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {
            "workspaces": ["apps/*"],
            "scripts": {
                "dev:api": "npm -w=@x/api run dev",
                "both": "concurrently 'npm run dev:api' 'npm -w=@x/web run dev'",
                "both:coverage": "concurrently 'npm run dev:api' 'npm -w=@x/web run dev'",
            },
        },
        "CONTRIBUTING.md": "Run `npm run both`, or `npm run both:coverage` for the figures.\n",
        "apps/web/package.json": app("@x/web", dev="next dev"),
        "apps/api/package.json": app("@x/api", dev="nodemon --port 5000 main.js"),
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm run both"]
    assert sorted(ports(document)) == [3000, 5000]


def test_a_script_in_a_shell_file_is_followed(tmp_path: Path) -> None:
    shell = "#!/bin/bash\nset -e\ncase $1 in\n-p) PORT=$2;;\nesac\nBROWSER=none ./node_modules/.bin/craco start &\n"
    tree: Tree = {"package.json": {"scripts": {"start": "./tools/serve.sh"}}, "tools/serve.sh": shell}
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm start"]
    assert ports(document) == [3000]


def test_a_documentation_site_of_the_project_is_not_started(tmp_path: Path) -> None:
    site = {"scripts": {"start": "docusaurus start"}, "dependencies": {"@docusaurus/core": "3"}}
    tree: Tree = {
        "package.json": {"scripts": {"start": "react-scripts start"}, "dependencies": {"react": "18"}},
        "site/package.json": site,
        "client/package.json": {"scripts": {"start": "styleguidist server"}},
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm start"]
    alone, _ = config_of(tmp_path / "alone", {"site/package.json": site})
    assert lines(alone, "before") == ["cd site"]


def test_a_documented_one_off_script_is_not_started_beside_the_app(tmp_path: Path) -> None:
    scripts = {"start": "vite", "avatars": "node avatars.js", "chain": "hardhat node"}
    tree: Tree = {
        "package.json": {"scripts": scripts},
        "avatars.js": "fetch('https://x.example')\n",
        "README.md": "```\nnpm start\nnpm run avatars\nnpm run chain\n```\n",
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == ["npm start", "npm run chain"]


def test_a_script_that_runs_containers_is_not_chosen(tmp_path: Path) -> None:
    scripts = {"start:docker:web": "http-server -p 4701", "web:dev": "vite --port 4200"}
    document, _ = config_of(tmp_path, {"package.json": {"scripts": scripts}})
    assert lines(document, "command") == ["npm run web:dev"]
    assert ports(document) == [4200]


def test_tools_beside_an_app_in_the_root_are_not_started(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": app("shop", dev="next dev"),
        "server/package.json": app("api", start="nodemon index.js"),
        "sync-client/package.json": app("sync", start="nodemon index.js"),
    }
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "before") == ["cd server"]
    assert lines(document, "command") == ["npm run dev", "npm start"]


def test_many_packages_without_an_app_are_set_up_by_the_task_runner_of_the_root(tmp_path: Path) -> None:
    manifest = '[package]\nname = "x"\n[lib]\n'
    tree = {f"{name}/Cargo.toml": manifest for name in ("escrow", "swap", "token", "vault")}
    document, _ = config_of(tmp_path, {**tree, "Makefile": "build:\n\tfor x in */; do make -C $$x; done\n"})
    assert lines(document, "init") == ["make build"]
    assert len(document["tasks"]) == 1


def test_the_next_start_command_is_chosen_where_one_is_refused(tmp_path: Path) -> None:
    tree: Tree = {
        "package.json": {"workspaces": ["libs/*"], "dependencies": {"koa": "2"}},
        "README.md": "```\nflask --app absent run\n```\n",
        "Procfile": "web: python -m http.server 8123\n",
    }
    document, result = config_of(tmp_path, tree)
    assert lines(document, "command") == ["python -m http.server 8123"]
    assert not any("absent" in line for line in lines(document, "command"))
    assert (
        all("absent" not in item.value or item.key != "start" for item in result.evidence) or result.problems
    )


@pytest.mark.parametrize(
    ("manifest", "manager"),
    [
        ({"resolutions": {"x": "1"}}, "yarn"),
        ({"pnpm": {"overrides": {}}}, "pnpm"),
        ({"scripts": {"dev": "vite", "ci": "yarn lint && yarn test"}}, "yarn"),
    ],
)
def test_without_a_lock_file_the_manifest_names_its_manager(
    tmp_path: Path, manifest: dict[str, Any], manager: str
) -> None:
    document, _ = config_of(tmp_path, {"package.json": {"scripts": {"dev": "vite"}, **manifest}})
    assert lines(document, "init") == [f"{manager} install"]


def test_a_target_that_a_guide_names_starts_the_program_and_keeps_its_port(tmp_path: Path) -> None:
    tree: Tree = {
        "go.mod": "module x\n\ngo 1.22\n",
        "main.go": 'package main\n\nfunc main() { http.ListenAndServe(":8085", nil) }\n',
        "Makefile": "run: build\n\t./x\nbuild:\n\tgo build -o x .\n",
    }
    inferred, _ = config_of(tmp_path / "plain", tree)
    assert lines(inferred, "command") == ["go run ."]
    documented, result = config_of(tmp_path / "documented", {**tree, "README.md": "```\nmake run\n```\n"})
    assert lines(documented, "command") == ["make run"]
    assert ports(documented) == [8085]
    assert any(item.value == "make run" and "README.md:2" in item.note for item in result.evidence)


@pytest.mark.parametrize(
    ("entry", "started"),
    [
        ("module.exports = (config) => config;\n", []),
        ("export const run = () => 1;\n", []),
        ("client.login(token);\n", ["node index.js"]),
        ("app.listen(3000);\nmodule.exports = app;\n", ["node index.js"]),
    ],
)
def test_an_entry_file_that_only_exports_is_no_program(
    tmp_path: Path, entry: str, started: list[str]
) -> None:
    tree: Tree = {"package.json": {"main": "index.js", "dependencies": {"x": "1"}}, "index.js": entry}
    document, _ = config_of(tmp_path, tree)
    assert lines(document, "command") == started


def test_the_only_package_is_installed_however_deep_it_is(tmp_path: Path) -> None:
    package = {"dependencies": {"x": "1"}}
    document, _ = config_of(tmp_path, {"lambda/hello/package.json": package, "README.md": "Hello.\n"})
    assert lines(document, "before") == ["cd lambda/hello"]
    assert lines(document, "init") == ["npm install"]
