"""The programs that ``bench_peers`` compares: each runs in its own process and Python, indexes a folder and answers questions."""
