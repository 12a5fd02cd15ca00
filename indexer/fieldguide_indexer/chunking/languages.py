"""Detection of a file's language by its name and first line."""

import re
from pathlib import PurePosixPath

_SUFFIXES = {
    "python": "py pyi pyw pyx bzl star",
    "typescript": "ts mts cts",
    "tsx": "tsx",
    "javascript": "js mjs cjs es6",
    "jsx": "jsx",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "c": "c",
    # A header is parsed as C++, which reads C headers as well.
    "cpp": "cpp cc cxx c++ cu cuh h hh hpp hxx h++ inl ipp tpp",
    "csharp": "cs csx",
    "ruby": "rb rake gemspec ru podspec",
    "php": "php phtml php5 php7",
    "kotlin": "kt kts",
    "swift": "swift",
    "scala": "scala sc sbt",
    "bash": "sh bash zsh ksh bats",
    "elixir": "ex exs",
    "lua": "lua",
    "haskell": "hs",
    "zig": "zig",
    "dart": "dart",
    "r": "r",
    "julia": "jl",
    "ocaml": "ml",
    "perl": "pl pm t",
    "solidity": "sol",
    "clojure": "clj cljs cljc",
    "erlang": "erl hrl",
    "objc": "m mm",
    "powershell": "ps1 psm1",
    "fsharp": "fs fsx",
    "sql": "sql",
    "proto": "proto",
    "graphql": "graphql gql graphqls",
    "hcl": "hcl tf tfvars",
    "nim": "nim",
    "gleam": "gleam",
    "elm": "elm",
    "fortran": "f90 f95 f03 f08",
    "d": "d",
    "pascal": "pas dpr",
    "vim": "vim",
    "groovy": "groovy gradle",
    "markdown": "md markdown mdx mkd mdown qmd rmd",
    "rst": "rst",
    "asciidoc": "adoc asciidoc",
    "json": "json jsonc json5 geojson webmanifest",
    "yaml": "yaml yml",
    "toml": "toml",
    "xml": "xml xsd xsl xslt svg csproj vbproj fsproj props targets plist",
    "html": "html htm xhtml",
    "css": "css",
    "scss": "scss sass less",
    "ini": "ini cfg properties",
    "make": "mk mak",
    "cmake": "cmake",
    "dockerfile": "dockerfile",
    "vue": "vue",
    "svelte": "svelte",
    "astro": "astro",
    "notebook": "ipynb",
    "csv": "csv",
    "batch": "bat cmd",
    "text": "txt text",
}
# Languages whose names people use in queries, as in "read a file in python".
PROGRAMMING_LANGUAGES = frozenset(
    [
        "python",
        "typescript",
        "javascript",
        "go",
        "rust",
        "java",
        "cpp",
        "csharp",
        "ruby",
        "php",
        "kotlin",
        "swift",
        "scala",
        "bash",
        "elixir",
        "lua",
        "haskell",
        "zig",
        "dart",
        "julia",
        "ocaml",
        "perl",
        "clojure",
        "erlang",
        "fsharp",
        "nim",
    ]
)
_BY_SUFFIX = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_BY_NAME = {
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "makefile": "make",
    "gnumakefile": "make",
    "cmakelists.txt": "cmake",
    "gemfile": "ruby",
    "rakefile": "ruby",
    "vagrantfile": "ruby",
    "podfile": "ruby",
    "fastfile": "ruby",
    "brewfile": "ruby",
    "jenkinsfile": "groovy",
    "build": "python",
    "build.bazel": "python",
    "workspace": "python",
    "sconstruct": "python",
    ".bashrc": "bash",
    ".bash_profile": "bash",
    ".profile": "bash",
    ".zshrc": "bash",
    ".vimrc": "vim",
    ".editorconfig": "ini",
    ".gitconfig": "ini",
    "readme": "text",
}
# Labels of code blocks that are neither a language's name here nor a suffix.
_ALIASES = {
    "c#": "csharp", "c++": "cpp", "f#": "fsharp", "golang": "go", "shell": "bash", "console": "", "py3": "python", "python3": "python",
    "ipython": "python", "ipython3": "python", "node": "javascript", "terraform": "hcl", "objective-c": "objc", "sql+jinja": "sql",
}  # fmt: skip
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S+\s+)*(?:\S*/)?)?([A-Za-z]+)")
_BY_INTERPRETER = {
    "python": "python",
    "pypy": "python",
    "node": "javascript",
    "deno": "typescript",
    "bun": "typescript",
    "sh": "bash",
    "bash": "bash",
    "zsh": "bash",
    "ksh": "bash",
    "dash": "bash",
    "ruby": "ruby",
    "perl": "perl",
    "php": "php",
    "lua": "lua",
    "elixir": "elixir",
    "escript": "erlang",
    "Rscript": "r",
    "julia": "julia",
    "scala": "scala",
    "pwsh": "powershell",
    "groovy": "groovy",
    "make": "make",
}
_OBJECTIVE_C = re.compile(r"\s*(?://|/\*|#\s*import|#\s*include|@)")


def detect_language(path: str, first_line: str) -> str:
    r"""Return the language of a file; "" if unknown.

    Args:
        path: The file's path, with ``/`` or ``\`` between its parts.
        first_line: The first line of its text, for scripts without a suffix.
    """
    name = PurePosixPath(path.replace("\\", "/")).name.lower()
    if language := _BY_NAME.get(name):
        return language
    language = _BY_SUFFIX.get(name.rpartition(".")[2], "") if "." in name else ""
    if language == "objc" and not _OBJECTIVE_C.match(first_line):
        return "matlab"
    return language or _by_first_line(name, first_line)


def language_named(name: str) -> str:
    """Return the language of a code block that is labelled with a name or a suffix, such as ``py``; "" if unknown."""
    lowered = name.lower()
    if lowered in _SUFFIXES:
        return lowered
    return _ALIASES.get(lowered) or _BY_SUFFIX.get(lowered, "")


def _by_first_line(name: str, first_line: str) -> str:
    if shebang := _SHEBANG.match(first_line.lstrip("\ufeff")):
        return _BY_INTERPRETER.get(shebang[1], "")
    if name.startswith(("dockerfile.", "containerfile.")):
        return "dockerfile"
    return "php" if first_line.startswith("<?php") else ""
