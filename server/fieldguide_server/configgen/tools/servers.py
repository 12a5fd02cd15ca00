"""Development servers: how to recognise one by its command, and the port it takes by default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.configgen.reading.shell import SimpleCommand
from fieldguide_server.configgen.tools.interpreters import JAVASCRIPT
from fieldguide_server.configgen.tools.package_managers import GLOBAL_INSTALLERS, NODE_MANAGERS


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A program that serves when its subcommand is one of ``serving`` ("" for none, "*" for any).

    ``port`` is its default, None where its configuration or code decides. ``reloads``: it notices changes of sources.
    """

    serving: frozenset[str]
    port: int | None
    reloads: bool = True


def _tool(serving: str, port: int | None, *, reloads: bool = True) -> ServerTool:
    return ServerTool(frozenset(word if word != "-" else "" for word in serving.split()), port, reloads)


SERVER_TOOLS: Mapping[str, ServerTool] = {
    "next": _tool("- dev", 3000),
    "nuxt": _tool("- dev", 3000),
    "nuxi": _tool("dev", 3000),
    "vite": _tool("- dev serve", 5173),
    "vitepress": _tool("- dev", 5173),
    "vuepress": _tool("dev", 8080),
    "vue-cli-service": _tool("serve", 8080),
    "react-scripts": _tool("start", 3000),
    "react-app-rewired": _tool("start", 3000),
    "craco": _tool("start", 3000),
    "ng": _tool("serve s", 4200),
    "gatsby": _tool("develop", 8000),
    "astro": _tool("dev start", 4321),
    "svelte-kit": _tool("dev", 3000),
    "docusaurus": _tool("start", 3000),
    "remix": _tool("dev watch", 3000),
    "react-router": _tool("dev", 5173),
    "solid-start": _tool("dev", 3000),
    "vinxi": _tool("dev", 3000),
    "webpack": _tool("serve", 8080),
    "webpack-dev-server": _tool("*", 8080),
    "parcel": _tool("* - serve", 1234),
    "snowpack": _tool("dev", 8080),
    "sirv": _tool("*", 8080, reloads=False),
    "ember": _tool("serve server s", 4200),
    "roadhog": _tool("dev server", 8000),
    "ice": _tool("start", 3000),
    "icejs": _tool("start", 3333),
    "razzle": _tool("start", 3000),
    "blitz": _tool("dev start", 3000),
    "sapper": _tool("dev", 3000),
    "gridsome": _tool("develop", 8080),
    "preact": _tool("watch", 8080),
    "stencil": _tool("build", 3333),
    "rsbuild": _tool("dev", 3000),
    "rspack": _tool("serve dev", 8080),
    "farm": _tool("- start dev", 9000),
    "nuxt-ts": _tool("- dev", 3000),
    "qwik": _tool("dev", 5173),
    "docsify": _tool("serve", 3000),
    "gitbook": _tool("serve", 4000),
    "honkit": _tool("serve", 4000),
    "styleguidist": _tool("server", 6060),
    "docz": _tool("dev", 3000),
    "ladle": _tool("serve dev", 61000),
    "web-dev-server": _tool("*", 8000),
    "wds": _tool("*", 8000),
    "polymer": _tool("serve", 8081),
    "lite-server": _tool("*", 3000),
    "func": _tool("start", 7071),
    "medusa": _tool("develop", 9000),
    "sails": _tool("lift", 1337),
    "partykit": _tool("dev", 1999),
    "tinacms": _tool("dev", None),
    "electron-vite": _tool("- dev", 5173),
    "ionic-app-scripts": _tool("serve", 8100),
    "meteor": _tool("- run", 3000),
    "expo": _tool("start", None),
    "strapi": _tool("develop", 1337),
    "directus": _tool("start", 8055),
    "keystone": _tool("- dev", 3000),
    "rw": _tool("dev", 8910),
    "redwood": _tool("dev", 8910),
    "sanity": _tool("start dev", 3333),
    "wrangler": _tool("dev", 8787),
    "netlify": _tool("dev", 8888),
    "vercel": _tool("dev", 3000),
    "firebase": _tool("emulators:start serve", None),
    "hexo": _tool("server s", 4000),
    "eleventy": _tool("*", 8080),
    "@11ty/eleventy": _tool("*", 8080),
    "live-server": _tool("*", 8080),
    "http-server": _tool("*", 8080),
    "serve": _tool("*", 3000),
    "browser-sync": _tool("start", 3000),
    "json-server": _tool("*", 3000),
    "slidev": _tool("*", 3030),
    "reveal-md": _tool("*", 1948),
    "hardhat": _tool("node", 8545),
    "ganache": _tool("*", 8545),
    "ganache-cli": _tool("*", 8545),
    "nest": _tool("start", None),
    "nx": _tool("serve dev start", None),
    "theia": _tool("start", 3000),
    "gulp": _tool("- serve dev watch default start", None),
    "grunt": _tool("serve server dev", None),
    "max": _tool("dev", 8000),
    "umi": _tool("dev", 8000),
    "quasar": _tool("dev", None),
    "ionic": _tool("serve", 8100),
    "hugo": _tool("server serve", 1313),
    "storybook": _tool("dev", 6006),
    "start-storybook": _tool("*", 6006),
    "electron": _tool("*", None),
    "electron-forge": _tool("start", None),
    "encore": _tool("dev-server", 8080),
    "nodemon": _tool("*", None),
    "ts-node-dev": _tool("*", None),
    "tsnd": _tool("*", None),
    "node-dev": _tool("*", None),
    "serverless": _tool("offline", 3000),
    "sls": _tool("offline", 3000),
    # They serve what has been built: changes need another build.
    "next start": _tool("start", 3000, reloads=False),
    "vite preview": _tool("preview", 4173, reloads=False),
    "nuxt start": _tool("start", 3000, reloads=False),
    "gatsby serve": _tool("serve", 9000, reloads=False),
    "remix-serve": _tool("*", 3000, reloads=False),
}
FILE_RUNNERS = JAVASCRIPT | {"pm2-runtime"}
# They run workers and one-off scripts as well as servers.
RUN_ANYTHING = frozenset({"node", "bun", "deno", "firebase"})
CHORES = re.compile(
    r"(^|/)(scripts?|tools?|build|generators?|tasks)/|(build|clean|copy|generate|deploy|seed)[\w.-]*$"
)
SCRIPT_FILE = re.compile(r"\.[cm]?[jt]sx?$")
BUILT = re.compile(
    r"^(?:\./)?(?:dist|build|lib|out|prod|output|\.output|\.next|server-dist)(?:/|$)|^[\w./-]+/dist/"
)
# Plugins that serve what Rollup builds while it watches.
ROLLUP_SERVERS = {"sirv-cli": 8080, "rollup-plugin-serve": 10001, "rollup-plugin-dev": 8080}
SERVING_WORDS = frozenset({"dev", "serve", "start", "develop"})
ENDING_WORDS = frozenset({"build", "preview", "export", "lint", "optimize"})
NOT_SERVERS = frozenset(NODE_MANAGERS) | word_set(
    "docker docker-compose pm2 forever service echo turbo cd pushd mkdir cp mv rm rmdir ls cat touch "
    "test source export set git chmod ln"
)
KNOWN_SERVERS = re.compile(
    r"runserver|\bphp artisan serve|php -S|rails server|bin/dev|rackup|uvicorn|flask\b.* run|streamlit run|mkdocs serve"
    r"|jekyll serve|hugo serve|http\.server|spring-boot:run|quarkus:dev|quarkusDev|bootRun|go run|cargo run|cargo watch"
    r"|phx\.server|dotnet (?:run|watch)|sphinx-autobuild|gradlew? (?:\S+ )*:?(?:\w+:)*run\b|mvnw? .*\b(?:jetty:run|mn:run)"
    r"|middleman server|(?:deno|sbt|swift|stack|cabal|gleam|dart) run|mix run|docker compose .*\bup\b(?!.* (?:-d|--detach|--wait|--no-start|--exit-code-from|--abort-on-))|npm start|(?:npm run|yarn|pnpm) (?:dev|start|serve)"
)
OLD_VITE_PORT = 3000
OLD_ASTRO_PORT = 3000
OLD_SIRV_PORT, FIRST_SIRV_ON_8080 = 5000, 2


@dataclass(frozen=True, slots=True)
class Server:
    """A command that keeps running to listen or watch.

    ``entry`` is the file that it runs, "" when there is none. ``reloads``: it notices changes of sources; ``is_built``:
    it runs what a build has made.
    """

    tool: str
    port: int | None = None
    entry: str = ""
    reloads: bool = True
    is_built: bool = False


def server_of(command: SimpleCommand, versions: Mapping[str, str]) -> Server | None:
    """Return the server that a command starts, None if it ends by itself. ``versions``: package → version range."""
    if command.program in FILE_RUNNERS:
        return _run_file(command)
    words = command.positional()
    sub = words[0] if words else ""
    if command.program == "rollup" and {"-w", "--watch"} & set(command.words):
        return _watching_rollup(versions)
    name = f"{command.program} {sub}" if f"{command.program} {sub}" in SERVER_TOOLS else command.program
    tool = SERVER_TOOLS.get(name) or SERVER_TOOLS.get(command.words[0])
    if tool is None:
        # A tool of the project itself: its subcommand is enough.
        serves = sub in SERVING_WORDS and command.program not in NOT_SERVERS
        return Server(command.program, reloads=sub == "dev") if serves else None
    if not _serves(command, tool, words):
        return None
    entry = next((word for word in words if SCRIPT_FILE.search(word) or "/" in word), "")
    return Server(name, _default_port(name, tool, versions), entry, tool.reloads, not tool.reloads)


def _watching_rollup(versions: Mapping[str, str]) -> Server | None:
    """Return the server of a watching Rollup: a plugin, or the one that Svelte's template starts beside it."""
    plugin = next((name for name in ROLLUP_SERVERS if name in versions), None)
    if plugin is None:
        return None
    is_old = plugin == "sirv-cli" and (major(versions[plugin]) or 9) < FIRST_SIRV_ON_8080
    return Server("rollup", OLD_SIRV_PORT if is_old else ROLLUP_SERVERS[plugin])


def _serves(command: SimpleCommand, tool: ServerTool, words: list[str]) -> bool:
    sub = words[0] if words else ""
    if command.program in {"eleventy", "@11ty/eleventy", "stencil"}:
        return "--serve" in command.words
    if command.program == "nx" and sub in {"run", "run-many"}:
        target = command.option("--target", "--targets", "-t") or "".join(words[1:2]).partition(":")[2]
        return target in tool.serving
    if command.program == "webpack":
        return sub == "serve" or "--watch" in command.words
    if "*" in tool.serving:
        return sub not in {"build", "compile", "export"}
    if sub in tool.serving:
        return True
    is_bare = sub in {".", "src"} or "".join(command.words[1:2]).startswith("-")
    return "" in tool.serving and is_bare and not ENDING_WORDS & set(words)


def _run_file(command: SimpleCommand) -> Server | None:
    words = [word for word in command.positional() if word not in {"run", "watch", "start"}]
    entry = next((word for word in words if SCRIPT_FILE.search(word) or word == "." or BUILT.match(word)), "")
    file = entry or next(
        (word for word in words if "/" in word or word in {"index", "server", "app", "main"}), ""
    )
    if not file or CHORES.search(file):
        return None
    reloads = command.program in {"tsx", "node", "bun"} and bool(
        {"--watch", "watch", "--hot"} & set(command.words)
    )
    return Server(command.program, None, file, reloads, BUILT.match(file) is not None)


def major(version: str) -> int | None:
    """Return the first number of a version range, None if there is none."""
    found = re.search(r"\d+", version)
    return int(found.group()) if found else None


def _default_port(name: str, tool: ServerTool, versions: Mapping[str, str]) -> int | None:
    if name == "vite" and (major(versions.get("vite", "")) or 9) < 3:
        return OLD_VITE_PORT
    if name == "sirv" and (major(versions.get("sirv-cli", "")) or 9) < FIRST_SIRV_ON_8080:
        return OLD_SIRV_PORT
    if name == "astro" and (major(versions.get("astro", "")) or 9) < 3:
        return OLD_ASTRO_PORT
    return tool.port


def is_known_server(command: SimpleCommand) -> bool:
    """Return whether a command, by its words alone, starts a server or a watcher."""
    # Installing a server does not start it.
    if command.program in GLOBAL_INSTALLERS:
        return False
    return KNOWN_SERVERS.search(" ".join((command.program, *command.words[1:]))) is not None
