"""Profiles: named sets of ``model.*`` settings, defined by the user or built in for well-known servers.

Selecting a profile replaces the model, address and key of the layers below; values beside it or in later layers override
it. Profiles are only read from the user's own sources, never from a workspace.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from fieldguide_server.settings.endpoints import AZURE, OPENAI_URL, THIS_MACHINE, Part, is_like_address
from fieldguide_server.settings.schema import schema
from fieldguide_server.settings.values import expected, parse, quoted, shorten

Values = Mapping[str, Any]

PREFIX = "profiles."
# Which model is used, how it is reached and what it costs: a profile never inherits one of these, or a key might be sent
# to a server that it was not made for.
OF_ENDPOINT = (
    "name",
    "base_url",
    "api_key_env",
    "api_version",
    "file",
    "omit_parameters",
    "input_price",
    "output_price",
)
_NAME = re.compile(r"[\w.-]{1,60}")
# Without a graphics card a prompt takes minutes to process, and the first token arrives only then.
_LOCAL_TIMEOUT_SECONDS = 600.0
LOCAL_DEFAULTS: Values = MappingProxyType(
    {"context_window": 8_192, "max_output_tokens": 1_000, "timeout_seconds": _LOCAL_TIMEOUT_SECONDS}
)
"""Defaults of a model that runs in a child process: its memory is allocated for the full context window at once."""
OFFLINE = "offline"
"""The profile that selects no model."""
EDITOR_MODELS = "editor"
"""The profile of the models that the editor provides."""
PRESETS: Mapping[str, Values] = MappingProxyType(
    {
        OFFLINE: {},
        EDITOR_MODELS: {"timeout_seconds": _LOCAL_TIMEOUT_SECONDS},
        "openai": {"base_url": OPENAI_URL, "api_key_env": "OPENAI_API_KEY"},
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


@dataclass(slots=True)
class Profile:
    """A profile: the ``values`` that it sets, and what each of its sources says about its address and key."""

    values: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    @property
    def settings(self) -> Values:
        """The values, complete in the settings of the endpoint."""
        defaults = {name: schema()[f"model.{name}"].default for name in OF_ENDPOINT} | {"api_key_env": ""}
        if self.values.get("file"):
            defaults |= LOCAL_DEFAULTS
        return {**defaults, **self.values}


def read_profiles(
    sources: Iterable[tuple[str, Mapping[str, object]]],
) -> tuple[dict[str, Profile], list[str]]:
    """Return all profiles, and a sentence for each invalid value.

    Args:
        sources: The name of each source and its values by key, such as ``profiles.work.base_url``; later sources win.
    """
    profiles = {name: _preset(name) for name in PRESETS}
    problems = []
    for source, values in sources:
        for name, settings in _by_profile(values).items():
            if not _NAME.fullmatch(name):
                reason = "has no valid profile name: use letters, digits, '.', '_' and '-'"
                problems += [
                    f"{source}: {shorten(f'{PREFIX}{name}.{key}'.replace('..', '.'))} {reason}"
                    for key in settings
                ]
                continue
            profile = profiles.setdefault(name, Profile(parts=[_no_address(name)]))
            problems += [
                f"{source}: {problem}" for problem in _take(profile, f"{PREFIX}{name}", settings, source)
            ]
    return profiles, problems


def _preset(name: str) -> Profile:
    values = dict(PRESETS[name])
    if name == OFFLINE:
        return Profile(values, [Part(missing=f"the profile {name} has no model")])
    if name == EDITOR_MODELS:
        return Profile(values, [Part(THIS_MACHINE, "")])
    key = values.get("api_key_env", "")
    own = Part(values.get("base_url", ""), key, AZURE if name == "azure" else "")
    return Profile(values, [_no_address(name), own])


def _no_address(name: str) -> Part:
    """Return the start of a profile: no key, and no address but its own."""
    return Part(
        key_variable="", missing=f"the profile {name} has no address: set {PREFIX}{name}.base_url or .file"
    )


def _by_profile(values: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the values of a source by the name of the profile."""
    found: dict[str, dict[str, object]] = {}
    for key, raw in values.items():
        if key.startswith(PREFIX):
            profile, _, name = key.removeprefix(PREFIX).rpartition(".")
            found.setdefault(profile, {})[name] = raw
    return found


def _take(profile: Profile, prefix: str, settings: Mapping[str, object], source: str) -> Iterator[str]:
    """Add the values of one source to a profile; yield a sentence without the source for each invalid one."""
    refused = ""
    taken: dict[str, Any] = {}
    for key, raw in settings.items():
        spec = schema().get(f"model.{key}")
        dotted = shorten(f"{prefix}.{key}")
        if spec is None or key == "profile":
            sentence = f"{dotted} is not a setting of a profile"
            refused = f"{sentence} ({source})" if is_like_address(key, raw) else refused
            yield sentence
            continue
        try:
            taken[key] = parse(spec, raw)
        except (ValueError, OverflowError):
            sentence = f"{dotted} must be {expected(spec)}{quoted(spec, raw)}"
            refused = f"{sentence} ({source})" if key in ("base_url", "file") else refused
            yield sentence
    if not taken.get("base_url", True):
        del taken["base_url"]
    profile.values.update(taken)
    profile.parts.append(part_of(taken, refused))


def part_of(values: Values, refused: str = "", missing: str = "", *, address: str = "base_url") -> Part:
    """Return what the checked values of one source, by the last part of their key, say about a service."""
    url = THIS_MACHINE if values.get("file") else values.get(address, "")
    return Part(url, values.get("api_key_env"), refused=refused, missing=missing)


def chosen_by(text: str, profiles: Iterable[str]) -> dict[str, object]:
    """Return the settings that ``--model TEXT`` selects: a profile, a profile and a model (``ollama:qwen3:8b``), or a model."""
    profile, _, name = text.partition(":")
    if profile not in profiles:
        # A misspelt server must not have its questions answered by another one.
        is_misspelt = get_close_matches(profile, PRESETS, 1, 0.8)
        return {"model.profile": profile, "model.name": name} if is_misspelt else {"model.name": text}
    return {"model.profile": profile, **({"model.name": name} if name else {})}


def doubt_about(text: str, profiles: Iterable[str]) -> str:
    """Return why ``--model TEXT`` may mean a profile that does not exist, as OpenAI's models have no colon; else ""."""
    profile, colon, _ = text.partition(":")
    if not colon or profile in profiles or profile == "ft":
        return ""
    return f"there is no profile {shorten(profile)}, and no server is set for a model {shorten(text)}"
