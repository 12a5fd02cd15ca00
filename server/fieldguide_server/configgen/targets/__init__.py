"""Targets: each turns an environment into the files of one format. A new target is a file and a line here."""

from collections.abc import Callable, Mapping

from fieldguide_server.configgen.targets import gitpod
from fieldguide_server.configgen.types import ConfigFile, DevEnvironment

Render = Callable[[DevEnvironment], tuple[ConfigFile, ...]]

RENDERERS: Mapping[str, Render] = {"gitpod": gitpod.render}
