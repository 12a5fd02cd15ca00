"""How long until ``initialize`` is answered: Fieldguide's server and an empty pygls server, started in turns.

    python tests/benchmarks/bench_initialize.py [ROUNDS]

Prints the medians and their difference in milliseconds; the goal is a difference below 150.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

EMPTY = "from pygls.lsp.server import LanguageServer; LanguageServer('empty', '1').start_io()"
SERVERS = {
    "empty pygls": [sys.executable, "-P", "-c", EMPTY],
    "fieldguide": [sys.executable, "-P", "-m", "fieldguide_server", "serve"],
}


def milliseconds_to_initialize(command: list[str], home: str) -> float:
    """The time from starting a process to the first byte of its answer."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{}}}'
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "FIELDGUIDE_HOME": home},
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        assert server.stdout.read(1)
        passed = time.perf_counter() - started
        server.stdin.close()
    return passed * 1000


def main() -> None:
    """Measure in turns, so that a busy moment of the machine meets both."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    times: dict[str, list[float]] = {name: [] for name in SERVERS}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(rounds + 1):
            for name, command in SERVERS.items():
                times[name].append(milliseconds_to_initialize(command, home))
    # The first round fills the disk cache.
    medians = {name: statistics.median(each[1:]) for name, each in times.items()}
    for name, median in medians.items():
        print(f"{name:12} {median:6.0f} ms")
    print(f"{'difference':12} {medians['fieldguide'] - medians['empty pygls']:6.0f} ms")


if __name__ == "__main__":
    main()
