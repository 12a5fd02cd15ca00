"""Chroma's settings without their other sources: environment variables, and a file ``.env`` in the working folder."""

from typing import TYPE_CHECKING

from chromadb.config import Settings

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource


class ChromaSettings(Settings):
    """The settings that are passed, and Chroma's defaults.

    Otherwise a key in ``CHROMA_CLIENT_AUTH_CREDENTIALS`` would be sent to any server, and traces to any address.
    """

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: "type[BaseSettings]",  # noqa: ARG003 - these names are required
        init_settings: "PydanticBaseSettingsSource",
        env_settings: "PydanticBaseSettingsSource",  # noqa: ARG003
        dotenv_settings: "PydanticBaseSettingsSource",  # noqa: ARG003
        file_secret_settings: "PydanticBaseSettingsSource",  # noqa: ARG003
    ) -> "tuple[PydanticBaseSettingsSource, ...]":
        """Return the sources of the settings."""
        return (init_settings,)
