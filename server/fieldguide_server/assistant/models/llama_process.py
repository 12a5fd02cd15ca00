"""The process that runs a model file: llama.cpp's own HTTP server, on loopback, behind a key.

It is started as a plain file, so that hardly anything of Fieldguide is imported here. It reads one line of JSON
(``file``, ``window``, ``threads``, ``key``), answers with another (``address``, or ``problem``), and ends when its
input ends: so it never outlives the process that started it.
"""

import json
import sys
from typing import Any

from fieldguide_indexer import claim_stdout, exit_with_parent


def main() -> None:
    """Serve until the input ends."""
    answers = claim_stdout()  # llama.cpp and its bindings may print
    request = json.loads(sys.stdin.readline())
    parent = exit_with_parent()
    import xllamacpp  # noqa: PLC0415 - a hundred megabytes, which may take longer than the parent lives

    try:
        # The server ends when its object is collected.
        server = xllamacpp.Server(_parameters(xllamacpp, request))
        answer = {"address": f"{server.listening_address}/v1"}
    except RuntimeError as error:
        answer = {"problem": str(error)}
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()
    parent.join()


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
