"""``fieldguide`` and ``python -m fieldguide_server``."""

import sys


def main() -> int:
    """Run the command line; answers the exit status: 0 done, 1 the work failed, 2 wrong usage."""
    try:
        from fieldguide_server.cli.main import run  # noqa: PLC0415 - only after sys.path is safe, see below
    except KeyboardInterrupt:
        return 130

    return run(sys.argv[1:])


if __name__ == "__main__":
    # "python -m" puts the current folder first: a repository could then replace any of Fieldguide's modules.
    if not sys.flags.safe_path:
        del sys.path[0]
    sys.exit(main())
