"""Safe use of git on untrusted repositories: nothing that they configure is run, and no network is used.

Their configuration may name programs (``core.fsmonitor``, hooks), their index may name any path, and a partial clone may
try to fetch. So git gets no shell, no prompt, no locks, no transport and no inherited ``GIT_*`` variables.
"""

import os

_CONFIG = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotepath=off",
    "core.precomposeunicode=false",
    "protocol.allow=never",
)


def git_command(*arguments: str, config: tuple[str, ...] = (), literal: bool = True) -> list[str]:
    """Return a git command line, to be run with ``git_environment``.

    Args:
        arguments: The subcommand and its arguments.
        config: Further configuration, each as ``name=value``.
        literal: Whether pathspecs are literal; some subcommands do not accept that option.
    """
    settings = [part for setting in (*_CONFIG, *config) for part in ("-c", setting)]
    return ["git", "--no-pager", *(["--literal-pathspecs"] if literal else []), *settings, *arguments]


def git_environment() -> dict[str, str]:
    """Return the environment for git."""
    # GIT_DIR and similar variables, set when we are started by a hook, would point to another repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
