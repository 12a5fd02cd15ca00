"""The languages of a project, in a few words."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from fieldguide_indexer import detect_language

# The languages that are worth naming, by the names of the index.
_NAMES = {
    "bash": "shell", "c": "C", "clojure": "Clojure", "cpp": "C++", "csharp": "C#", "dart": "Dart", "elixir": "Elixir",
    "erlang": "Erlang", "go": "Go", "haskell": "Haskell", "hcl": "Terraform", "java": "Java", "javascript": "JavaScript", "jsx": "JavaScript",
    "julia": "Julia", "kotlin": "Kotlin", "lua": "Lua", "ocaml": "OCaml", "perl": "Perl", "php": "PHP",
    "python": "Python", "r": "R", "ruby": "Ruby", "rust": "Rust", "scala": "Scala", "sql": "SQL", "svelte": "Svelte",
    "swift": "Swift", "tsx": "TypeScript", "typescript": "TypeScript", "vue": "Vue", "zig": "Zig",
}  # fmt: skip
_BY_MANIFEST = {
    "pyproject.toml": "Python", "setup.py": "Python", "requirements.txt": "Python", "package.json": "JavaScript",
    "tsconfig.json": "TypeScript", "go.mod": "Go", "Cargo.toml": "Rust", "pom.xml": "Java", "build.gradle": "Java",
    "build.gradle.kts": "Kotlin", "Gemfile": "Ruby", "composer.json": "PHP", "mix.exs": "Elixir",
    "Package.swift": "Swift", "build.sbt": "Scala", "pubspec.yaml": "Dart", "CMakeLists.txt": "C++",
}  # fmt: skip
_MANIFEST_WEIGHT = 2
_MAX_LANGUAGES = 3


def name_stack(paths: Iterable[str], folder: Path) -> str:
    """Return the main languages of a project, by these paths and by the manifests in its folder."""
    # A header may be C as well as C++.
    counts = Counter(_NAMES.get(detect_language(path, ""), "") for path in paths if not path.endswith(".h"))
    counts.update(
        {name: _MANIFEST_WEIGHT for file, name in _BY_MANIFEST.items() if (folder / file).is_file()}
    )
    del counts[""]
    names = [name for name, _ in counts.most_common(_MAX_LANGUAGES)]
    if not names:
        return "the tools and file formats used here"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
