"""A config file that a language model may add to: the plan and the docs are its context, the checks have the last word."""

from fieldguide_server.assistant.config_writer.types import SuggestedConfig
from fieldguide_server.assistant.config_writer.writer import ConfigWriter

__all__ = ["ConfigWriter", "SuggestedConfig"]
