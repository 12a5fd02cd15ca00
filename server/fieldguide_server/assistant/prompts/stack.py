"""The languages of a project, in a few words."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_LANGUAGES = {
    ".py": "Python", ".pyi": "Python", ".ts": "TypeScript", ".tsx": "TypeScript", ".js": "JavaScript",
    ".jsx": "JavaScript", ".mjs": "JavaScript", ".vue": "Vue", ".svelte": "Svelte", ".go": "Go", ".rs": "Rust",
    ".java": "Java", ".kt": "Kotlin", ".kts": "Kotlin", ".scala": "Scala", ".swift": "Swift", ".c": "C", ".h": "C",
    ".cc": "C++", ".cpp": "C++", ".hpp": "C++", ".cs": "C#", ".rb": "Ruby", ".php": "PHP", ".sh": "shell",
    ".ex": "Elixir", ".exs": "Elixir", ".erl": "Erlang", ".hs": "Haskell", ".ml": "OCaml", ".clj": "Clojure",
    ".dart": "Dart", ".lua": "Lua", ".pl": "Perl", ".r": "R", ".jl": "Julia", ".zig": "Zig", ".sql": "SQL",
    ".tf": "Terraform",
}  # fmt: skip
_MANIFESTS = {
    "pyproject.toml": "Python", "setup.py": "Python", "requirements.txt": "Python", "package.json": "JavaScript",
    "tsconfig.json": "TypeScript", "go.mod": "Go", "Cargo.toml": "Rust", "pom.xml": "Java", "build.gradle": "Java",
    "build.gradle.kts": "Kotlin", "Gemfile": "Ruby", "composer.json": "PHP", "mix.exs": "Elixir",
    "Package.swift": "Swift", "build.sbt": "Scala", "pubspec.yaml": "Dart", "CMakeLists.txt": "C++",
}  # fmt: skip


def name_stack(paths: Iterable[str], folder: Path) -> str:
    """Return the stack in a few words, by the languages of these paths and the manifests of the folder."""
    counts = Counter(_LANGUAGES.get(PurePosixPath(path).suffix.lower(), "") for path in paths)
    counts.update({language: 2 for name, language in _MANIFESTS.items() if (folder / name).is_file()})
    del counts[""]
    names = [language for language, _ in counts.most_common(3)]
    if not names:
        return "the tools and file formats used here"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
