"""``semble`` with a static model that needs no network (its own is downloaded), saved to disk as its shell tool does."""

from semble.index.index import SembleIndex
from semble.types import ContentType

from tests.benchmarks.contestants import static_model
from tests.benchmarks.contestants.job import Hits, Job, tell


def main() -> None:
    job = Job.read()
    static_model.make(job.model)
    tell("started")
    index = SembleIndex.from_path(job.folder, content=list(ContentType), model_path=str(job.model))
    index.save(job.home / "index")
    tell("all", chunks=index.stats.total_chunks)

    def search(question: str) -> Hits:
        found = index.search(question, top_k=10)
        return [(hit.chunk.file_path, hit.chunk.start_line, hit.chunk.end_line) for hit in found]

    job.answer(search)


if __name__ == "__main__":
    main()
