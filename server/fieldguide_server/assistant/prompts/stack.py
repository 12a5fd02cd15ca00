"""The languages of a project, in a few words."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from fieldguide_indexer import detect_language
from fieldguide_server.configgen.tools import manifests

# The languages that are worth naming, by the names of the index.
_NAMES = {
    "bash": "shell", "c": "C", "clojure": "Clojure", "cpp": "C++", "csharp": "C#", "dart": "Dart", "elixir": "Elixir",
    "erlang": "Erlang", "go": "Go", "haskell": "Haskell", "hcl": "Terraform", "java": "Java", "javascript": "JavaScript", "jsx": "JavaScript",
    "julia": "Julia", "kotlin": "Kotlin", "lua": "Lua", "ocaml": "OCaml", "perl": "Perl", "php": "PHP",
    "python": "Python", "r": "R", "ruby": "Ruby", "rust": "Rust", "scala": "Scala", "sql": "SQL", "svelte": "Svelte",
    "swift": "Swift", "tsx": "TypeScript", "typescript": "TypeScript", "vue": "Vue", "zig": "Zig",
}  # fmt: skip
_MANIFESTS = {
    "Python": manifests.PYTHON,
    "JavaScript": manifests.NODE,
    "TypeScript": ("tsconfig.json",),
    "Go": manifests.GO,
    "Rust": manifests.RUST,
    "Java": (*manifests.MAVEN, "build.gradle"),
    "Kotlin": ("build.gradle.kts",),
    "Ruby": manifests.RUBY,
    "PHP": manifests.PHP,
    "Elixir": manifests.ELIXIR,
    "Swift": manifests.SWIFT,
    "Scala": manifests.SCALA,
    "Dart": manifests.DART,
    "C++": manifests.CMAKE,
}
_MANIFEST_WEIGHT = 2
_MAX_LANGUAGES = 3


def name_stack(paths: Iterable[str], folder: Path) -> str:
    """Return the main languages of a project, by these paths and by the manifests in its folder."""
    # A header may be C as well as C++.
    counts = Counter(_NAMES.get(detect_language(path, ""), "") for path in paths if not path.endswith(".h"))
    for name, files in _MANIFESTS.items():
        counts[name] += _MANIFEST_WEIGHT * sum((folder / file).is_file() for file in files)
    del counts[""]
    names = [name for name, count in counts.most_common(_MAX_LANGUAGES) if count]
    if not names:
        return "the tools and file formats used here"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
