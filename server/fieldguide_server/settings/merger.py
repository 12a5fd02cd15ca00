"""Merging of the settings layers: values, their origins, the problems, and what the layers say about each service."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldguide_server.settings.endpoints import (
    EMBEDDING,
    MODEL,
    SERVICES,
    STORE,
    Endpoint,
    Part,
    Service,
    decide,
    doubt,
)
from fieldguide_server.settings.profiles import (
    LOCAL_DEFAULTS,
    OFFLINE,
    PREFIX,
    Profile,
    chosen_by,
    doubt_about,
    part_of,
    read_profiles,
)
from fieldguide_server.settings.schema import ModelSettings, Settings, Spec, schema
from fieldguide_server.settings.values import expected, parse, parse_text, quoted, shorten

# The name of the layer that a language client fills.
EDITOR = "editor settings"
# The origin of an empty ``api_key_env`` where the variable that was set is for another server.
NO_KEY = "no key for this address"
# Environment variables with this prefix are settings.
VARIABLE_PREFIX = "FIELDGUIDE_"
_MAX_PROBLEMS = 30
# A refused value of these may have been the address of a service, so that no other address may stand in for it.
_ADDRESSES = {
    "model.base_url": MODEL,
    "model.file": MODEL,
    "model.profile": MODEL,
    "embedding.base_url": EMBEDDING,
    "store.url": STORE,
}
# An empty value of these does not hide the value of a layer below.
_UNSET_IF_EMPTY = ("model.base_url", "model.profile", "embedding.base_url")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The merged settings.

    Attributes:
        settings: The values in effect.
        problems: One sentence for each invalid setting.
        origins: The layer that each key's value comes from.
        profiles: The model settings that would be in effect with each profile.
    """

    settings: Settings
    problems: tuple[str, ...]
    origins: Mapping[str, str]
    profiles: Mapping[str, ModelSettings]

    @classmethod
    def defaults(cls) -> "Loaded":
        """Return the defaults, without reading any source."""
        return Merger(read_profiles(())[0]).loaded()


@dataclass(frozen=True, slots=True)
class Layer:
    """The ``values`` of one source by key; ``error`` is a sentence when the source could not be read at all."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    is_workspace: bool = False


class Merger:
    """Merges layers: values and origins by key, and problems, each with the key that it is about (None: no key).

    ``no_default`` is why a missing address must not be the default one; "" if it may.
    """

    def __init__(
        self, profiles: Mapping[str, Profile], problems: Iterable[str] = (), no_default: str = ""
    ) -> None:
        self._profiles = profiles
        # The values and origins that the selected profile replaced, by key.
        self._replaced: dict[str, tuple[Any, str]] = {}
        self._values: dict[str, Any] = {key: spec.default for key, spec in schema().items()}
        self._origins = dict.fromkeys(self._values, "default")
        self._problems: dict[str, str | None] = dict.fromkeys(problems)
        # What the layers say about each service: see decide().
        self._parts = {service: [Part(missing=no_default)] for service in SERVICES}
        self._refused: list[str] = []

    def add(self, layer: Layer) -> None:
        """Add the values of a layer, which override those of the layers before it."""
        if layer.error:
            self._problems[layer.error] = None
        reading = _Reading(layer)
        for key, raw in self._ordered(reading):
            if key not in schema():
                self._note_unknown(reading, key, raw)
            elif layer.is_workspace and (refusal := self._refusal(schema()[key], raw)):
                self._problems[f"{layer.name}: {key} {refusal}"] = None
            elif key in _UNSET_IF_EMPTY and isinstance(raw, str) and not raw.strip():
                reading.empty.append(key)
            else:
                self._set(reading, schema()[key], raw)
        if not layer.is_workspace:
            for service, parts in self._parts.items():
                parts.append(reading.part(service))

    def _note_unknown(self, reading: "_Reading", key: str, raw: object) -> None:
        layer = reading.layer
        if layer.is_workspace and key.startswith(PREFIX):
            self._problems[f"{layer.name}: profiles can only be set by you, not by a repository"] = None
        elif not key.startswith(PREFIX):
            self._problems[f"{layer.name}: {_unknown(key)}"] = None
        # Profiles are read before the layers are merged.
        if not _is_profile_setting(key):
            reading.unknown[key] = raw

    def _ordered(self, reading: "_Reading") -> list[tuple[str, object]]:
        """Return the values of a layer, the profile first, so that values beside it override it."""
        values = dict(reading.layer.values)
        if reading.layer.name == "flag" and "model" in values:
            text = str(values.pop("model"))
            values.update(chosen_by(text, self._profiles))
            # With a model in the layers below, this is another model of the same server.
            if not self._values["model.name"]:
                reading.doubt = doubt_about(text, self._profiles)
        return sorted(values.items(), key=lambda pair: pair[0] != "model.profile")

    def _set(self, reading: "_Reading", spec: Spec, raw: object) -> None:
        layer = reading.layer
        try:
            value = reading.parse(spec, raw)
            if spec.key == "model.profile" and value:
                self._select(str(value))
        except (ValueError, OverflowError):
            sentence = f"{spec.key} must be {expected(spec)}{quoted(spec, raw)}"
            self._problems[f"{layer.name}: {sentence}"] = spec.key
            reading.refused[spec.key] = f"{sentence} ({layer.name})"
            self._refused.append(reading.refused[spec.key])
        else:
            reading.taken[spec.key] = self._values[spec.key] = value
            variable = VARIABLE_PREFIX + spec.key.replace(".", "_").upper()
            self._origins[spec.key] = f"environment {variable}" if layer.name == "environment" else layer.name

    def _select(self, profile: str) -> None:
        if profile not in self._profiles:
            raise ValueError(profile)
        self._deselect()
        values = {f"model.{name}": value for name, value in self._profiles[profile].settings.items()}
        self._replaced = {key: (self._values[key], self._origins[key]) for key in values}
        self._values.update(values)
        self._origins.update(dict.fromkeys(values, f"profile {profile}"))
        self._parts[MODEL] = list(self._profiles[profile].parts)

    def _deselect(self) -> None:
        """Restore the values that the selected profile replaced, unless a later layer has set them again."""
        for key, (value, origin) in self._replaced.items():
            if self._origins[key].startswith("profile "):
                self._values[key], self._origins[key] = value, origin

    def _refusal(self, spec: Spec, raw: object) -> str:
        """Return the reason why a workspace file must not set this value, "" if it may."""
        if spec.scope == "user":
            return "can only be set by you, not by a repository"
        if spec.key == "answer.persona" and re.search(r"[^\w-]", str(raw)):
            return "must be the name of a persona here, not a file"
        return ""

    def loaded(self) -> Loaded:
        """Return the merged settings, with what was decided about addresses and keys."""
        if self._values["model.file"]:
            self._values.update(
                (f"model.{name}", value)
                for name, value in LOCAL_DEFAULTS.items()
                if self._origins[f"model.{name}"] == "default"
            )
        decided = {service: decide(service, parts) for service, parts in self._parts.items()}
        problems = self._worded(decided)
        values, origins = dict(self._values), dict(self._origins)
        for service, endpoint in decided.items():
            _apply(service, endpoint, values, origins, is_used=self._is_used(service, endpoint))
        settings = Settings.from_values(values)
        self._deselect()
        profiles = {name: self._with_profile(name) for name in self._profiles}
        if settings.model.profile:
            profiles[settings.model.profile] = settings.model
        return Loaded(settings, problems, origins, profiles)

    def _with_profile(self, name: str) -> ModelSettings:
        """Return the model settings that would be in effect with a profile."""
        profile = self._profiles[name]
        chosen = {f"model.{key}": value for key, value in profile.settings.items()}
        values = {**self._values, **chosen, "model.profile": name}
        is_used = name != OFFLINE
        _apply(MODEL, decide(MODEL, profile.parts), values, {}, is_used=is_used)
        return Settings.from_values(values).model

    def _worded(self, decided: Mapping[Service, Endpoint]) -> tuple[str, ...]:
        """Return the problems. They are worded at the end, so that they name the values in effect after all layers."""
        problems = [
            f"{sentence}; {self._consequence(key, decided)}" if key else sentence
            for sentence, key in self._problems.items()
        ]
        for service, endpoint in decided.items():
            if endpoint.off and self._is_used(service, endpoint) and not self._is_refused(endpoint):
                problems = [each for each in problems if each.partition(": ")[2] not in endpoint.off]
                problems.append(endpoint.off[0].lower() + endpoint.off[1:-1])
        if len(problems) > _MAX_PROBLEMS:
            problems[_MAX_PROBLEMS:] = [f"and {len(problems) - _MAX_PROBLEMS} more problems"]
        return tuple(problems)

    def _is_used(self, service: Service, endpoint: Endpoint) -> bool:
        """Return whether anything would be sent to a service, or would be but for a refused address."""
        values = self._values
        if service is STORE:
            return bool(values["store.url"])
        if service is EMBEDDING:
            return bool(values["embedding.provider"] == "openai")
        is_chosen = values["model.name"] or values["model.profile"] not in ("", OFFLINE)
        return bool(is_chosen) or self._is_refused(endpoint)

    def _is_refused(self, endpoint: Endpoint) -> bool:
        """Return whether it is off because a layer has an invalid value, which is among the problems."""
        return any(sentence in endpoint.off for sentence in self._refused)

    def _consequence(self, key: str, decided: Mapping[Service, Endpoint]) -> str:
        service = _ADDRESSES.get(key)
        return service.off if service and decided[service].off else f"using {_used(self._values[key])}"


@dataclass(slots=True)
class _Reading:
    """What was read of a layer.

    Attributes:
        layer: The layer.
        taken: Its valid values by key.
        refused: A sentence for each of its invalid values by key.
        unknown: Its values by keys that are no settings.
        empty: The keys of addresses that are empty.
        doubt: Why its model may be a profile that does not exist; "" if there is no doubt.
    """

    layer: Layer
    taken: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, object] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    doubt: str = ""

    def parse(self, spec: Spec, raw: object) -> object:
        """Return a value of the layer, whose type depends on it.

        Raises:
            ValueError: The value is not valid.
        """
        is_text = self.layer.name in ("environment", "flag") and isinstance(raw, str)
        return parse_text(spec, str(raw)) if is_text else parse(spec, raw)

    def part(self, service: Service) -> Part:
        """Return what the layer says about a service."""
        prefix = f"{service.section}."
        taken = {
            key.removeprefix(prefix): value for key, value in self.taken.items() if key.startswith(prefix)
        }
        refused = [sentence for key, sentence in self.refused.items() if _ADDRESSES.get(key) is service]
        missing = [f"its address is unknown: {self.layer.error}"] if self.layer.error else []
        for key, raw in self.unknown.items():
            is_meant, may_be = doubt(service, key, raw)
            refused += [f"{_unknown(key)} ({self.layer.name})"] * is_meant
            missing += [f"its address is not set, and {self.layer.name} has the {_unknown(key)}"] * may_be
        # Editors send an empty text for "not set"; elsewhere it may come from a variable that is not set.
        empty = [key for key in self.empty if _ADDRESSES[key] is service and self.layer.name != EDITOR]
        missing += [f"{key} is empty ({self.layer.name}): set it, or choose a profile" for key in empty]
        missing += [self.doubt] if self.doubt and service is MODEL else []
        return part_of(taken, next(iter(refused), ""), next(iter(missing), ""), address=service.setting)


def _is_profile_setting(key: str) -> bool:
    """Return whether a key has the form ``profiles.NAME.SETTING``."""
    return key.startswith(PREFIX) and key.count(".") > 1


def _apply(
    service: Service,
    endpoint: Endpoint,
    values: dict[str, Any],
    origins: dict[str, str],
    *,
    is_used: bool,
) -> None:
    """Set the address and the key of a service to what was decided."""
    address, key = f"{service.section}.{service.setting}", f"{service.section}.api_key_env"
    if is_used or values[address]:
        if service is not STORE:
            values[f"{service.section}.off"] = endpoint.off
        values[address] = endpoint.url
        if not endpoint.off and values[key] != endpoint.key_variable:
            values[key], origins[key] = endpoint.key_variable, NO_KEY


def _used(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return shorten(repr(text)) if text else "none"


def _unknown(key: str) -> str:
    name = shorten(key)
    if key.endswith("api_key"):
        return f"{name} is not a setting: keep the key in an environment variable and name that variable in {name}_env"
    return f"unknown setting {name}"
