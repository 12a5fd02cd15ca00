"""Checks of JavaScript and TypeScript imports: each must be a declared package, a built-in module, or a file."""

import difflib
import posixpath
import re
from collections.abc import Iterator

from fieldguide_server.configgen.reading.repository import word_set
from fieldguide_server.review.types import Check, LineProblem
from fieldguide_server.review.workspace import Workspace

_IMPORT = re.compile(
    r"""(?mx) ^[ \t]*(?:import|export)\s+(?:type\s+)?(?P<what>[\w*$\s{},]{0,2000}?)\bfrom\s*["'](?P<from>[^"'\n]+)["']
    | ^[ \t]*import\s*["'](?P<bare>[^"'\n]+)["']
    | \b(?:require|import)\(\s*["'](?P<call>[^"'\n]+)["']\s*\)"""
)
_BUILT_IN = word_set(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events "
    "fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream "
    "string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib"
)
_SCHEMES = (
    "node:",
    "bun:",
    "npm:",
    "jsr:",
    "http:",
    "https:",
    "data:",
    "virtual:",
    "astro:",
    "cloudflare:",
    "deno:",
)
_ENDINGS = (
    "", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts", ".vue", ".svelte", ".json",
    "/index.ts", "/index.tsx", "/index.js", "/index.jsx", "/index.mjs",
)  # fmt: skip
_PLACEHOLDER = re.compile(r"(?:your|my|some|example|foo|bar|baz|path)\b|[<{*…]|\.\.\.", re.IGNORECASE)


def check_node(code: str, path: str, prose: str, workspace: Workspace) -> Iterator[tuple[Check, LineProblem]]:
    """Yield the imports that do not exist. Packages are only checked if the workspace declares some."""
    for found in _IMPORT.finditer(code):
        target = found["from"] or found["bare"] or found["call"]
        line = code.count("\n", 0, found.start("from") if found["from"] else found.start()) + 1
        if _PLACEHOLDER.search(target) or target.startswith((*_SCHEMES, *workspace.aliases)):
            continue
        if target.startswith("."):
            yield from _relative(target, found["what"] or "", line, path, workspace)
        elif message := _missing_package(target, prose, workspace):
            yield Check.IMPORT, LineProblem(line, message)


def _missing_package(target: str, prose: str, workspace: Workspace) -> str:
    name = "/".join(target.split("/")[: 2 if target.startswith("@") else 1])
    declared, bare = workspace.node_packages, name.removeprefix("@").replace("/", "__")
    if not declared or name in _BUILT_IN or target.startswith("/"):
        return ""
    if {name, target, f"@types/{bare}"} & declared or any(each.startswith(f"{name}/") for each in declared):
        return ""
    # Bundlers and test runners provide modules of their own; the workspace's code shows which.
    if (
        workspace.names.is_imported(name)
        or workspace.is_folder(f"node_modules/{name}")
        or workspace.is_folder(name)
    ):
        return ""
    is_introduced = any(
        name in line and re.search(r"install|add|package|librar|depend", line, re.I)
        for line in prose.split("\n")
    )
    return "" if is_introduced else f"`{name}` is in no package.json of this workspace"


def _relative(
    target: str, what: str, line: int, path: str, workspace: Workspace
) -> Iterator[tuple[Check, LineProblem]]:
    """Yield problems of a relative import. It can only be checked if the text names an existing file for the code."""
    folder = posixpath.dirname(path)
    if not path or not workspace.is_file(path):
        return
    place = _file(posixpath.normpath(posixpath.join(folder, target)), workspace)
    if place is None:
        near = difflib.get_close_matches(
            posixpath.join(folder, target), list(workspace.repo.in_folder(folder)), 1, 0.6
        )
        yield (
            Check.NAME,
            LineProblem(
                line,
                f"there is no file `{target}` next to `{path}`"
                + (f"; did you mean `{near[0]}`?" if near else ""),
            ),
        )
        return
    text = workspace.read(place) or ""
    inside = re.search(r"\{([^}]*)\}", what)
    for name in (
        re.findall(r"(?:^|,)\s*(?:type\s+)?(\w+)", inside[1]) if inside and "export *" not in text else ()
    ):
        if not re.search(rf"\b{re.escape(name)}\b", text):
            yield Check.NAME, LineProblem(line, f"`{place}` has no `{name}`")


def _file(path: str, workspace: Workspace) -> str | None:
    # TypeScript files are imported by the name of their compiled file.
    bases = (path, re.sub(r"\.[cm]?jsx?$", "", path))
    return next((base + end for base in bases for end in _ENDINGS if workspace.is_file(base + end)), None)
