"""What of a chunk is embedded: a text of mostly under 128 word pieces that says what the chunk is about.

The order matters, since models cut the end: name, place, signature, documentation, then every other word of the
code once, as it first appears. Functions are found better by it than by their raw code; most of that comes from the
name in front. Against name and raw code it is a matter of the language, but it is shorter.
"""

import re
from collections.abc import Iterator

from fieldguide_indexer.types import Chunk

# Goes into the index's fingerprint: raise it with every change of what condense() returns.
CONDENSE_VERSION = 1

PROSE = frozenset(
    {"", "asciidoc", "html", "latex", "markdown", "org", "plaintext", "restructuredtext", "rst", "text"}
)
# About what 128 word pieces hold; code of long names has more, and the embedder cuts it.
MAX_IDENTIFIERS, MAX_DOC_WORDS, MAX_PROSE_CHARACTERS, MAX_SIGNATURE_CHARACTERS = 60, 40, 1_000, 300
PATH_PARTS = 3

IDENTIFIER = re.compile(r"[^\W\d]\w+")
# Word pieces break at an underscore by themselves, but lower-case a hump away: getUserName reads getusername.
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SEPARATOR = re.compile(r"[\W_]+")


def condense(chunk: Chunk) -> str:
    """Return the text to embed for ``chunk``: never empty, deterministic, usually under 128 word pieces."""
    names = f"{_words(chunk.symbol)}. {_words(_place(chunk.path))}."
    if chunk.kind == "section" or (chunk.language in PROSE and not chunk.signature):
        return _lines(names, chunk.text[:MAX_PROSE_CHARACTERS])
    signature = chunk.signature[:MAX_SIGNATURE_CHARACTERS]
    doc = " ".join(chunk.doc.split()[:MAX_DOC_WORDS])
    # The documentation is not said twice, it would fill the room; the signature is, its words deserve the weight.
    said = {_key(name) for name in IDENTIFIER.findall(chunk.doc)}
    return _lines(names, signature, doc, " ".join(_identifiers(chunk.text, said)))


def _identifiers(code: str, said: set[str]) -> Iterator[str]:
    """Return the first identifiers of ``code`` that are not yet ``said``, humps split; comments and strings count too."""
    fresh: dict[str, str] = {}
    for match in IDENTIFIER.finditer(code):
        if len(fresh) == MAX_IDENTIFIERS:
            break
        if _key(match[0]) not in said:
            fresh.setdefault(_key(match[0]), match[0])
    return (HUMP.sub(" ", name) for name in fresh.values())


def _key(name: str) -> str:
    return name.strip("_").lower()


def _place(path: str) -> str:
    """Return the last parts of a path: its beginning says the same of every file."""
    parts = path.split("/")[-PATH_PARTS:]
    return "/".join([*parts[:-1], parts[-1].split(".")[0] or parts[-1]])


def _words(name: str) -> str:
    return SEPARATOR.sub(" ", HUMP.sub(" ", name)).strip().lower()


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, (" ".join(part.split()) for part in parts)))
