"""The text that is embedded for a chunk: usually under 128 word pieces that describe the chunk.

The order matters, since models truncate the end: name, path, signature, documentation, then all other words of the
code once, in order of appearance. Functions are found better by it than by their raw code, mostly because of the
name in front. Compared with name and raw code it depends on the language, but this text is shorter.
"""

import re
from collections.abc import Iterator

from fieldguide_indexer.types import Chunk

# Part of the index's fingerprint: increase it with any change of the result of condense().
CONDENSE_VERSION = 1

PROSE = frozenset(
    {"", "asciidoc", "html", "latex", "markdown", "org", "plaintext", "restructuredtext", "rst", "text"}
)
# About 128 word pieces; code with long names has more, and the embedder truncates it.
MAX_IDENTIFIERS, MAX_DOC_WORDS, MAX_PROSE_CHARACTERS, MAX_SIGNATURE_CHARACTERS = 60, 40, 1_000, 300
PATH_PARTS = 3

IDENTIFIER = re.compile(r"[^\W\d]\w+")
# The tokenizer splits at underscores, but lower-cases camel case without splitting: getUserName becomes getusername.
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SEPARATOR = re.compile(r"[\W_]+")


def condense(chunk: Chunk) -> str:
    """Return the text to embed for a chunk: never empty, deterministic, usually under 128 word pieces."""
    names = f"{_words(chunk.symbol)}. {_words(_place(chunk.path))}."
    if chunk.kind == "section" or (chunk.language in PROSE and not chunk.signature):
        return _lines(names, chunk.text[:MAX_PROSE_CHARACTERS])
    signature = chunk.signature[:MAX_SIGNATURE_CHARACTERS]
    doc = " ".join(chunk.doc.split()[:MAX_DOC_WORDS])
    # Documentation is not repeated, since it would take up the space; the signature is, for the weight of its words.
    seen = {_key(name) for name in IDENTIFIER.findall(chunk.doc)}
    return _lines(names, signature, doc, " ".join(_identifiers(chunk.text, seen)))


def _identifiers(code: str, seen: set[str]) -> Iterator[str]:
    """Return the first identifiers of ``code`` that are not in ``seen``, camel case split, including those in comments and strings."""
    fresh: dict[str, str] = {}
    for match in IDENTIFIER.finditer(code):
        if len(fresh) == MAX_IDENTIFIERS:
            break
        if _key(match[0]) not in seen:
            fresh.setdefault(_key(match[0]), match[0])
    return (HUMP.sub(" ", name) for name in fresh.values())


def _key(name: str) -> str:
    return name.strip("_").lower()


def _place(path: str) -> str:
    """Return the last parts of a path; its beginning is the same for all files."""
    parts = path.split("/")[-PATH_PARTS:]
    return "/".join([*parts[:-1], parts[-1].split(".")[0] or parts[-1]])


def _words(name: str) -> str:
    return SEPARATOR.sub(" ", HUMP.sub(" ", name)).strip().lower()


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, (" ".join(part.split()) for part in parts)))
