"""How git is asked about a stranger's repository without letting that run anything or reach any network.

Its configuration may name programs (``core.fsmonitor``, hooks), its index may name any path, and what it lacks it may
want to fetch. So git gets no shell, no prompt, no locks, no transport and no inherited ``GIT_*`` variables.
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
    """Return the command line for a question to git, to be run with ``git_environment``.

    Args:
        arguments: The subcommand and what follows it.
        config: Further settings, each as ``name=value``.
        literal: Whether paths are taken as they are; a few subcommands refuse to be told so.
    """
    settings = [part for setting in (*_CONFIG, *config) for part in ("-c", setting)]
    return ["git", "--no-pager", *(["--literal-pathspecs"] if literal else []), *settings, *arguments]


def git_environment() -> dict[str, str]:
    """Return the environment in which git is run."""
    # GIT_DIR and its kin, set when we are started from a hook, would point at another repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
