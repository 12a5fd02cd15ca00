"""The pipeline of the tutorials: LangChain's recursive splitter, then Chroma with documents; our sentence model."""

from collections.abc import Iterator
from itertools import islice

import chromadb
import numpy as np
from chromadb.config import Settings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from fieldguide_indexer import EmbeddingOptions
from fieldguide_indexer.embedding import open_embedder
from tests.benchmarks.contestants.job import Hits, Job, tell

_BATCH = 256


def main() -> None:
    job = Job.read()
    tell("started")
    splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=200, add_start_index=True)
    embedder = open_embedder(EmbeddingOptions())
    assert embedder is not None
    client = chromadb.PersistentClient(str(job.home), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection("chunks", embedding_function=None)

    def chunks() -> Iterator[tuple[str, dict[str, str | int]]]:
        for path in job.files:
            text = (job.folder / path).read_text(encoding="utf-8", errors="replace")
            for document in splitter.create_documents([text]):
                first = text.count("\n", 0, document.metadata["start_index"]) + 1
                last = first + document.page_content.count("\n")
                yield document.page_content, {"path": path, "first": first, "last": last}

    rest, count = chunks(), 0
    while batch := list(islice(rest, _BATCH)):
        texts = [text for text, _ in batch]
        collection.add(
            ids=[str(count + number) for number in range(len(batch))],
            documents=texts,
            metadatas=[place for _, place in batch],
            embeddings=embedder.embed_documents(texts),
        )
        count += len(batch)
    tell("all", chunks=count)

    def search(question: str) -> Hits:
        vector = embedder.embed_query(question)[np.newaxis, :]
        found = collection.query(query_embeddings=vector, n_results=10, include=["documents", "metadatas"])
        places = (found["metadatas"] or [[]])[0]
        return [(str(place["path"]), int(place["first"]), int(place["last"])) for place in places]  # type: ignore[arg-type]

    job.answer(search)


if __name__ == "__main__":
    main()
