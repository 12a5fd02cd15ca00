"""The models that a user can choose: their own profiles, and the presets of well-known servers."""

from collections.abc import Mapping
from typing import Any

from fieldguide_server.settings import EDITOR_MODELS, OFFLINE, Loaded, ModelSettings


def list_models(loaded: Loaded, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the model in use and every profile, as plain JSON values; of a key only whether it is set.

    Args:
        loaded: The settings of a folder.
        environment: The environment variables that may hold keys.
    """
    used = loaded.settings.model
    return {
        "model": used.title or None,
        "profile": used.profile or None,
        "address": _address(used) if used.title else None,
        "off": used.off or None,
        "profiles": [_profile_json(name, each, environment) for name, each in loaded.profiles.items()],
    }


def _profile_json(name: str, model: ModelSettings, environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        "profile": name,
        "model": model.title or None,
        "address": _address(model),
        "off": model.off or None,
        "api_key_env": model.api_key_env,
        "has_key": bool(environment.get(model.api_key_env, "").strip()),
        "context_window": model.context_window,
    }


def _address(model: ModelSettings) -> str:
    if model.profile == OFFLINE:
        return "none: answers without a model"
    if model.profile == EDITOR_MODELS:
        return "the language models of your editor"
    return model.file or model.base_url or ("your own resource on Azure" if model.api_version else "none")
