"""The process that runs a model file: llama.cpp's own HTTP server, on loopback, behind a key.

It is started as a plain file, so that nothing of Fieldguide is imported here. It reads one line of JSON (``file``,
``window``, ``threads``, ``key``), answers with another (``address``, or ``problem``), and ends when its input ends:
so it never outlives the process that started it.
"""

import json
import os
import sys
from typing import Any

_NICENESS = 5


def main() -> None:
    """Serve until the input ends."""
    # llama.cpp and its bindings may print to stdout, so the answer gets a descriptor of its own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    request = json.loads(sys.stdin.readline())
    import xllamacpp  # noqa: PLC0415 - a hundred megabytes, after the priority is lowered

    try:
        # The server ends when its object is collected.
        server = xllamacpp.Server(_parameters(xllamacpp, request))
        answer = {"address": f"{server.listening_address}/v1"}
    except RuntimeError as error:
        answer = {"problem": str(error)}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
    sys.stdin.read()
    # The library's threads may be in the middle of an answer.
    os._exit(0)


def _parameters(library: Any, request: dict[str, Any]) -> Any:  # noqa: ANN401 - a library without types
    parameters = library.CommonParams()
    parameters.model.path = request["file"]
    parameters.n_ctx = request["window"]
    parameters.n_parallel = 1
    # More threads than free cores make llama.cpp many times slower, because its threads busy-wait for each other.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = request["threads"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [request["key"]]
    parameters.ui = False
    parameters.warmup = False
    return parameters


if __name__ == "__main__":
    main()
