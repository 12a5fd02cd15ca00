"""An in-memory index of a few real files, with the methods that the assistant uses."""

import ast
import re
from pathlib import Path

from fieldguide_indexer import Definition, FileStatus, Hit, IndexStatus, Lookup, Reference, State
from fieldguide_server.assistant.text.terms import stems


class MemoryIndex:
    """Python files chunked by function, other files by blank line, ranked by the number of common stems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self.definitions = [one for path in self.texts for one in self._define(path)]
        self.hits = [hit for path in self.texts for hit in self._chunk(path)]

    def read(self, path: str) -> str | None:
        file = self.folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def search(self, query: str, limit: int = 10, within: str = "all") -> list[Hit]:
        query_stems = stems(query)

        def score(hit: Hit) -> int:
            return len(query_stems & stems(f"{hit.path} {hit.symbol} {hit.text}"))

        return sorted((hit for hit in self.hits if score(hit)), key=score, reverse=True)[:limit]

    def lookup(self, name: str) -> Lookup:
        definitions = [one for one in self.definitions if one.name == name]
        begun = {(one.path, one.start_line) for one in definitions}
        references = [
            Reference(path, number, line.strip())
            for path, text in self.texts.items()
            for number, line in enumerate(text.splitlines(), start=1)
            if re.search(rf"\b{re.escape(name)}\b", line) and (path, number) not in begun
        ]
        return Lookup(name, tuple(definitions), tuple(references))

    def definitions_in(self, path: str) -> list[Definition]:
        return [one for one in self.definitions if one.path == path]

    def status(self) -> IndexStatus:
        return IndexStatus(State.READY, files=len(self.texts), chunks=len(self.hits), embedded=len(self.hits))

    def file_status(self, path: str) -> FileStatus:
        if path not in self.texts:
            return FileStatus(path, "unknown")
        return FileStatus(path, "indexed" if self.read(path) == self.texts[path] else "stale")

    def _define(self, path: str) -> list[Definition]:
        if not path.endswith(".py"):
            return []
        found: list[Definition] = []

        def visit(node: ast.AST, prefix: str) -> None:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    symbol = f"{prefix}{child.name}"
                    kind = "class" if isinstance(child, ast.ClassDef) else "function"
                    line = self.texts[path].splitlines()[child.lineno - 1].strip()
                    doc = ast.get_docstring(child) or ""
                    end = child.end_lineno or child.lineno
                    found.append(Definition(path, child.lineno, end, child.name, symbol, kind, line, doc))
                    visit(child, f"{symbol}.")

        visit(ast.parse(self.texts[path]), "")
        return found

    def _chunk(self, path: str) -> list[Hit]:
        lines = self.texts[path].splitlines()
        functions = [one for one in self.definitions_in(path) if one.kind == "function"]
        if functions:
            return [
                Hit(
                    path,
                    d.start_line,
                    d.end_line,
                    1.0,
                    d.symbol,
                    d.kind,
                    "\n".join(lines[d.start_line - 1 : d.end_line]),
                )
                for d in functions
            ]
        hits, start = [], 1
        for number, line in enumerate([*lines, ""], start=1):
            if not line.strip():
                if number > start:
                    text = "\n".join(lines[start - 1 : number - 1])
                    hits.append(Hit(path, start, number - 1, 1.0, "", "text", text))
                start = number + 1
        return hits
