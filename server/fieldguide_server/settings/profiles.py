"""Profiles: named sets of ``model.*`` settings, the user's own and those of servers whose address everybody knows.

A profile stands where it is named: it takes the place of the model, address and key that were chosen before, and
what is said later, or beside it, wins over it. Profiles are read from the user's own sources alone.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fieldguide_server.settings.schema import Spec, schema
from fieldguide_server.settings.values import expected, parse, shorten, shown

Profile = Mapping[str, Any]

PREFIX = "profiles."
# Whatever says which model is meant, how it is reached and what it costs: a profile never borrows one of these from elsewhere, or
# a key might go to another server than its own.
_ENDPOINT = ("name", "base_url", "api_key_env", "api_version", "file", "input_price", "output_price")
_NAME = re.compile(r"[\w.-]{1,60}")
_NO_KEY = ""
# Without a graphics card reading a prompt takes minutes, and no byte comes before.
_PATIENCE_SECONDS = 600.0
LOCAL_DEFAULTS: Profile = MappingProxyType(
    {"context_window": 8_192, "max_output_tokens": 1_000, "timeout_seconds": _PATIENCE_SECONDS}
)
"""What a model of this machine has unless it is said: memory is taken for the whole window at once."""
OFFLINE = "offline"
"""The profile of no model at all."""
EDITOR_MODELS = "editor"
"""The profile of the models that the editor offers; it asks them for us."""
PRESETS: Mapping[str, Profile] = MappingProxyType(
    {
        OFFLINE: {"api_key_env": _NO_KEY},
        EDITOR_MODELS: {"api_key_env": _NO_KEY, "timeout_seconds": _PATIENCE_SECONDS},
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
        # What does not fit into its window Ollama cuts off silently, from the start; 4096 is the least it may have.
        "ollama": {
            "base_url": "http://127.0.0.1:11434/v1",
            "context_window": 4096,
            "max_output_tokens": 1000,
            "timeout_seconds": _PATIENCE_SECONDS,
        },
        "lmstudio": {"base_url": "http://127.0.0.1:1234/v1", "timeout_seconds": _PATIENCE_SECONDS},
        "llamacpp": {"base_url": "http://127.0.0.1:8080/v1", "timeout_seconds": _PATIENCE_SECONDS},
        "vllm": {"base_url": "http://127.0.0.1:8000/v1", "api_key_env": "VLLM_API_KEY"},
    }
)


def read_profiles(
    sources: Iterable[tuple[str, Mapping[str, object]]],
) -> tuple[dict[str, Profile], list[str]]:
    """Return all profiles, complete in what belongs to their endpoint, and a sentence for each value that does not fit.

    Args:
        sources: The name of each source and its values by key, such as ``profiles.work.base_url``; later wins.
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
    # OpenAI's key is for OpenAI's own address.
    is_elsewhere = values.get("base_url") or values.get("file")
    return {**defaults, "api_key_env": _NO_KEY} if is_elsewhere else defaults


def _take(own: dict[str, dict[str, object]], profile: str, spec: Spec | None, raw: object) -> str:
    """Add one value; gives the end of a sentence if it cannot be one."""
    if not _NAME.fullmatch(profile):
        return "belongs to no profile: a profile's name is made of letters, digits, dots and dashes"
    if spec is None or spec.key == "model.profile":
        return "is no setting of a model"
    try:
        value = parse(spec, raw)
    except (ValueError, OverflowError):
        return f"must be {expected(spec)}{shown(spec, raw)}"
    own.setdefault(profile, {})[spec.key.removeprefix("model.")] = value
    return ""


def chosen_by(text: str, profiles: Iterable[str]) -> dict[str, object]:
    """Return the settings that ``--model`` means: a profile, a model of its server (``ollama:qwen3:8b``), or just a model."""
    profile, _, name = text.partition(":")
    if profile not in profiles:
        return {"model.name": text}
    return {"model.profile": profile, **({"model.name": name} if name else {})}
