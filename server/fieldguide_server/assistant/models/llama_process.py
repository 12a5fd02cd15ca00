"""The process that runs a model of this machine: llama.cpp's own HTTP server, on loopback, behind a key.

Started as a plain file, so that nothing of Fieldguide is imported here. It reads one line of JSON (``file``,
``window``, ``threads``, ``key``), answers with another (``address``, or ``problem``), and ends when its input does:
so it never outlives who started it, however that ended.
"""

import json
import os
import sys
from typing import Any

_NICE = 5


def main() -> None:
    """Serve until the input ends."""
    # llama.cpp and its bindings may print; the answer has a way of its own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    wanted = json.loads(sys.stdin.readline())
    import xllamacpp  # noqa: PLC0415 - a hundred megabytes, after the priority is lowered

    try:
        # Kept in a name: the server ends with its object.
        server = xllamacpp.Server(_parameters(xllamacpp, wanted))
        told = {"address": f"{server.listening_address}/v1"}
    except RuntimeError as error:
        told = {"problem": str(error)}
    answers.write(json.dumps(told) + "\n")
    answers.flush()
    sys.stdin.read()
    # Its own threads may be in the middle of a word.
    os._exit(0)


def _parameters(library: Any, wanted: dict[str, Any]) -> Any:  # noqa: ANN401 - a library without types
    parameters = library.CommonParams()
    parameters.model.path = wanted["file"]
    parameters.n_ctx = wanted["window"]
    parameters.n_parallel = 1
    # More threads than free cores make llama.cpp many times slower: they wait for each other without a rest.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = wanted["threads"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [wanted["key"]]
    parameters.ui = False
    parameters.warmup = False
    return parameters


if __name__ == "__main__":
    main()
