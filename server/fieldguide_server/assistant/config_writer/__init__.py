"""Config files to which a language model adds: its context is the plan and the docs, and the checks decide."""

from fieldguide_server.assistant.config_writer.types import SuggestedConfig
from fieldguide_server.assistant.config_writer.writer import ConfigWriter

__all__ = ["ConfigWriter", "SuggestedConfig"]
