"""Build ``model/projection.npy``, which reduces the shipped model's vectors from 384 to 320 dimensions.

Run by hand: ``python -m fieldguide_indexer.embedding.make_projection FOLDER...`` with checkouts in many languages. The vectors of
their chunks lie almost in a subspace; its axes, from a singular value decomposition, are
stored. Distances are preserved, and disk and memory shrink by a sixth.
"""

import argparse
import hashlib
import io
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fieldguide_indexer.chunking import chunk
from fieldguide_indexer.embedding.condense import condense
from fieldguide_indexer.embedding.folder import PROJECTION, SHIPPED, revision, shipped_model
from fieldguide_indexer.embedding.sentence import SentenceEmbedder
from fieldguide_indexer.options import IndexOptions
from fieldguide_indexer.redaction import redact
from fieldguide_indexer.sources.workspace import read_document, scan
from fieldguide_indexer.types import Document

log = logging.getLogger(__name__)

DIMENSION = 320
CHUNKS_A_FOLDER = 600


def texts_of(folder: Path) -> Iterator[str]:
    """Yield the texts that are embedded for a checkout's chunks, some of each file in a fixed order."""
    options = IndexOptions()
    entries = sorted(
        scan(folder, options).entries, key=lambda entry: hashlib.sha256(entry.path.encode()).digest()
    )
    for entry in entries:
        document = read_document(folder, entry, options)
        if isinstance(document, Document):
            redacted, _ = redact(document.text)
            for each in chunk(replace(document, text=redacted)).chunks[:8]:
                yield condense(each)


def axes(vectors: NDArray[np.float32]) -> NDArray[np.float16]:
    """Return the axes, of shape (384, DIMENSION), with the largest share of vectors of shape (n, 384)."""
    _, sizes, rows = np.linalg.svd(vectors, full_matrices=False)
    kept = float((sizes[:DIMENSION] ** 2).sum() / (sizes**2).sum())
    log.info("%d vectors; %.2f %% of them lies along %d axes", len(vectors), kept * 100, DIMENSION)
    return rows[:DIMENSION].T.astype(np.float16)


def write(projection: NDArray[np.float16], made_from: Sequence[str]) -> None:
    """Write the projection and its entry in the manifest."""
    buffer = io.BytesIO()
    np.save(buffer, projection)
    (SHIPPED / PROJECTION).write_bytes(buffer.getvalue())
    path = SHIPPED / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][PROJECTION] = {
        "bytes": len(buffer.getvalue()),
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
    }
    manifest["dimension"] = projection.shape[1]
    manifest["revision"] = revision({name: facts["sha256"] for name, facts in manifest["files"].items()})
    manifest["made_from"]["projection"] = sorted(made_from)
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Embed chunks of all folders and write their axes."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    folders: list[Path] = parser.parse_args().folders
    embedder = SentenceEmbedder(replace(shipped_model(), projection=None))
    made = [embedder.embed_documents(list(islice(texts_of(folder), CHUNKS_A_FOLDER))) for folder in folders]
    write(axes(np.concatenate(made)), [folder.name for folder in folders])
    embedder.close()


if __name__ == "__main__":
    main()
