"""Profiles: named sets of ``model.*`` settings, defined by the user or built in for well-known servers.

Selecting a profile replaces the model, address and key of the layers below; values beside it or in later layers override
it. Profiles are only read from the user's own sources, never from a workspace.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fieldguide_server.settings.schema import Spec, schema
from fieldguide_server.settings.values import expected, parse, quoted, shorten

Profile = Mapping[str, Any]

PREFIX = "profiles."
# Which model is used, how it is reached and what it costs: a profile never inherits one of these, or a key might be sent
# to a server that it was not made for.
_ENDPOINT = ("name", "base_url", "api_key_env", "api_version", "file", "input_price", "output_price")
_NAME = re.compile(r"[\w.-]{1,60}")
_NO_KEY = ""
# Without a graphics card a prompt takes minutes to process, and the first token arrives only then.
_LOCAL_TIMEOUT_SECONDS = 600.0
LOCAL_DEFAULTS: Profile = MappingProxyType(
    {"context_window": 8_192, "max_output_tokens": 1_000, "timeout_seconds": _LOCAL_TIMEOUT_SECONDS}
)
"""Defaults of a model that runs in a process of ours: its memory is allocated for the full context window at once."""
OFFLINE = "offline"
"""The profile that selects no model."""
EDITOR_MODELS = "editor"
"""The profile of the models that the editor provides."""
PRESETS: Mapping[str, Profile] = MappingProxyType(
    {
        OFFLINE: {"api_key_env": _NO_KEY},
        EDITOR_MODELS: {"api_key_env": _NO_KEY, "timeout_seconds": _LOCAL_TIMEOUT_SECONDS},
        "openai": {},
        "azure": {"api_key_env": "AZURE_OPENAI_API_KEY", "api_version": "2024-10-21"},
        "cohere": {"base_url": "https://api.cohere.ai/compatibility/v1", "api_key_env": "COHERE_API_KEY"},
        "gemini": {
            "base_url": "https://generativelanguage.googleapis.com/v1beta/openai/",
            "api_key_env": "GEMINI_API_KEY",
        },
        "groq": {"base_url": "https://api.groq.com/openai/v1", "api_key_env": "GROQ_API_KEY"},
        "mistral": {"base_url": "https://api.mistral.ai/v1", "api_key_env": "MISTRAL_API_KEY"},
        "openrouter": {"base_url": "https://openrouter.ai/api/v1", "api_key_env": "OPENROUTER_API_KEY"},
        # Ollama silently truncates the start of a prompt that exceeds its window; 4096 is its smallest default.
        "ollama": {
            "base_url": "http://127.0.0.1:11434/v1",
            "context_window": 4096,
            "max_output_tokens": 1000,
            "timeout_seconds": _LOCAL_TIMEOUT_SECONDS,
        },
        "lmstudio": {"base_url": "http://127.0.0.1:1234/v1", "timeout_seconds": _LOCAL_TIMEOUT_SECONDS},
        "llamacpp": {"base_url": "http://127.0.0.1:8080/v1", "timeout_seconds": _LOCAL_TIMEOUT_SECONDS},
        "vllm": {"base_url": "http://127.0.0.1:8000/v1", "api_key_env": "VLLM_API_KEY"},
    }
)


def read_profiles(
    sources: Iterable[tuple[str, Mapping[str, object]]],
) -> tuple[dict[str, Profile], list[str]]:
    """Return all profiles, complete in the settings of their endpoint, and a sentence for each invalid value.

    Args:
        sources: The name of each source and its values by key, such as ``profiles.work.base_url``; later sources win.
    """
    own: dict[str, dict[str, object]] = {name: dict(preset) for name, preset in PRESETS.items()}
    problems = []
    for source, values in sources:
        for key, raw in values.items():
            if not key.startswith(PREFIX):
                continue
            profile, _, name = key.removeprefix(PREFIX).rpartition(".")
            spec = schema().get(f"model.{name}")
            if problem := _take(own, profile, spec, raw):
                problems.append(f"{source}: {shorten(key)} {problem}")
    return {name: {**_endpoint(values), **values} for name, values in own.items()}, problems


def _endpoint(values: Profile) -> Profile:
    defaults = {name: schema()[f"model.{name}"].default for name in _ENDPOINT}
    if values.get("file"):
        defaults |= LOCAL_DEFAULTS
    # The default key variable is OpenAI's, and only for OpenAI's own address.
    is_elsewhere = values.get("base_url") or values.get("file")
    return {**defaults, "api_key_env": _NO_KEY} if is_elsewhere else defaults


def _take(own: dict[str, dict[str, object]], profile: str, spec: Spec | None, raw: object) -> str:
    """Add one value to a profile; return the end of a sentence if it is not valid, else ""."""
    if not _NAME.fullmatch(profile):
        return "has no valid profile name: use letters, digits, '.', '_' and '-'"
    if spec is None or spec.key == "model.profile":
        return "is not a setting of a profile"
    try:
        value = parse(spec, raw)
    except (ValueError, OverflowError):
        return f"must be {expected(spec)}{quoted(spec, raw)}"
    own.setdefault(profile, {})[spec.key.removeprefix("model.")] = value
    return ""


def chosen_by(text: str, profiles: Iterable[str]) -> dict[str, object]:
    """Return the settings that ``--model TEXT`` selects: a profile, a profile and a model (``ollama:qwen3:8b``), or a model."""
    profile, _, name = text.partition(":")
    if profile not in profiles:
        return {"model.name": text}
    return {"model.profile": profile, **({"model.name": name} if name else {})}
