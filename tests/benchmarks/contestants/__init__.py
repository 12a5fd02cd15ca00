"""What ``bench_peers`` starts: each in a process and a Python of its own, indexing one folder and answering questions."""
