"""Targets: each turns an environment into the files of one format. A new target is a file and a line here."""

from collections.abc import Mapping

from fieldguide_server.configgen.targets import automations, devcontainer, gitpod, workflow
from fieldguide_server.configgen.targets.base import Target

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (gitpod.TARGET, devcontainer.TARGET, automations.TARGET, workflow.TARGET)
}


def target_of(path: str) -> Target | None:
    """The target whose file ``path`` is, None for any other file."""
    return next((target for target in TARGETS.values() if path in target.places), None)
