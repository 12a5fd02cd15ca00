"""Fieldguide as every client uses it: through its owner process."""

from fieldguide_indexer import Index, IndexOptions
from tests.benchmarks.contestants.job import Hits, Job, tell


def main() -> None:
    job = Job.read()
    tell("started")
    # As the others do: by default the work would stand behind whatever else the machine does.
    with Index.open(job.folder, IndexOptions(home=job.home, nice=0)) as index:
        report = index.update()
        tell("words")
        status = index.wait_until_ready()
        tell("all", chunks=report.chunks, state=status.state)

        def search(question: str) -> Hits:
            return [(hit.path, hit.start_line, hit.end_line) for hit in index.search(question)]

        job.answer(search)
        index.stop_owner()


if __name__ == "__main__":
    main()
