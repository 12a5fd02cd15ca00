"""The command line: one file a command, each with ``register(subparsers)`` and ``run(args) -> int``."""
