"""Loading of the settings layers: user file, workspace file, editor, environment, flags. Later layers win.

An invalid value is reported in one sentence, and the value of the layer below applies.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fieldguide_server.settings.profiles import LOCAL_DEFAULTS, PREFIX, Profile, chosen_by, read_profiles
from fieldguide_server.settings.schema import ModelSettings, Settings, Spec, schema
from fieldguide_server.settings.values import expected, parse, parse_text, quoted, shorten

WORKSPACE_FILE = ".fieldguide.toml"
# The name of the layer that a language client fills.
EDITOR = "editor settings"
_PREFIX = "FIELDGUIDE_"
# Sections under "fieldguide" that belong to the editor's client: how it starts the server, and its own log.
_CLIENT_SECTIONS = ("server", "trace")
# tomllib is quadratic in the parts of a dotted key: 30 kB of "a.a.a…" take it half a minute.
_MAX_FILE_BYTES = 16_000
_MAX_DEPTH = 4
_MAX_PROBLEMS = 30


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of settings.

    Attributes:
        folder: The workspace folder; None if there is no workspace file to read.
        editor: The client's settings: nested or with dotted keys, with or without the prefix ``fieldguide``, in
            camelCase or snake_case.
        environment: Environment variables; ``FIELDGUIDE_MODEL_NAME`` sets ``model.name``.
        flags: Command-line values by key; ``model`` is a profile, a model, or both (``ollama:qwen3``).
    """

    folder: Path | None
    editor: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)


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
        return _Merger(read_profiles(())[0]).loaded()


@dataclass(frozen=True, slots=True)
class _Layer:
    """The ``values`` of one source by key; ``error`` is a sentence when the source could not be read at all."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    is_workspace: bool = False


def user_file(environment: Mapping[str, str]) -> Path:
    """Return the path of the user's settings file: in ``FIELDGUIDE_HOME`` if set, else in the platform's config folder."""
    home = environment.get("FIELDGUIDE_HOME")
    if home:
        return Path(home) / "config.toml"
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed where FIELDGUIDE_HOME is set

    return user_config_path("fieldguide", appauthor=False) / "config.toml"


def load(sources: Sources) -> Loaded:
    """Merge all layers over the defaults."""
    layers = tuple(_layers(sources))
    # A repository must not decide where text is sent, under whatever name.
    profiles, problems = read_profiles(
        (layer.name, layer.values) for layer in layers if not layer.is_workspace
    )
    merger = _Merger(profiles, problems)
    for layer in layers:
        merger.add(layer)
    return merger.loaded()


def _layers(sources: Sources) -> Iterator[_Layer]:
    path = user_file(sources.environment)
    yield _file_layer(path, f"user file {path}")
    if sources.folder is not None:
        yield _file_layer(
            sources.folder / WORKSPACE_FILE, f"workspace file {WORKSPACE_FILE}", is_workspace=True
        )
    yield _Layer(EDITOR, dict(_editor_values(sources.editor)))
    yield _Layer("environment", dict(_environment_values(sources.environment)))
    yield _Layer("flag", {_snake(key): value for key, value in sources.flags.items()})


def _file_layer(path: Path, name: str, *, is_workspace: bool = False) -> _Layer:
    values: dict[str, object] = {}
    problem = ""
    try:
        if path.is_file():
            values = dict(_flat(tomllib.loads(_text(path))))
    except tomllib.TOMLDecodeError as error:
        problem = f"{name} is not valid TOML and was not used: {shorten(str(error), 120)}"
    except UnicodeDecodeError:
        problem = f"{name} is not UTF-8 text and was not used"
    except (OSError, RecursionError, ValueError) as error:
        problem = f"{name} could not be read and was not used ({type(error).__name__})"
    return _Layer(name, values, problem, is_workspace)


def _text(path: Path) -> str:
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise OSError("too large for a settings file")
    return path.read_text(encoding="utf-8-sig")


def _flat(nested: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in nested.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key.count(".") < _MAX_DEPTH:
            yield from _flat(value, key + ".")
        else:
            yield key, value


def _editor_values(editor: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for dotted, value in _flat(editor):
        key = dotted.removeprefix("fieldguide.")
        # Profile names are chosen by the user: "GPT" stays "GPT".
        above, dot, name = key.rpartition(".") if key.startswith(PREFIX) else ("", "", key)
        key = above + dot + _snake(name)
        # Editors send null for "not set".
        if value is not None and key.partition(".")[0] not in _CLIENT_SECTIONS:
            yield key, value


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower().replace("-", "_")


def _environment_values(environment: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    sections = {key.partition(".")[0] for key in schema()}
    for variable, text in environment.items():
        section, _, name = variable.removeprefix(_PREFIX).lower().partition("_")
        # An empty variable counts as unset, as shells treat it. Other FIELDGUIDE_ variables are not settings.
        if variable.startswith(_PREFIX) and text and name and section in sections:
            yield f"{section}.{name}", text


class _Merger:
    """Merges layers: values and origins by key, and problems, each with the key that it is about (None: no key)."""

    def __init__(self, profiles: Mapping[str, Profile], problems: Iterable[str] = ()) -> None:
        self._profiles = profiles
        # The values and origins that the selected profile replaced, by key.
        self._replaced: dict[str, tuple[Any, str]] = {}
        self._values: dict[str, Any] = {key: spec.default for key, spec in schema().items()}
        self._origins = dict.fromkeys(self._values, "default")
        self._problems: dict[str, str | None] = dict.fromkeys(problems)

    def add(self, layer: _Layer) -> None:
        if layer.error:
            self._problems[layer.error] = None
        is_text = layer.name in ("environment", "flag")
        for key, raw in self._ordered(layer):
            spec = schema().get(key)
            if layer.is_workspace and key.startswith(PREFIX):
                self._problems[f"{layer.name}: profiles can only be set by you, not by a repository"] = None
            elif key.startswith(PREFIX):
                continue  # profiles are read before the layers are merged
            elif spec is None:
                self._problems[f"{layer.name}: {_unknown(key)}"] = None
            elif layer.is_workspace and (refusal := self._refusal(spec, raw)):
                self._problems[f"{layer.name}: {key} {refusal}"] = None
            else:
                self._set(layer, spec, raw, parse_text if is_text and isinstance(raw, str) else parse)

    def _ordered(self, layer: _Layer) -> list[tuple[str, object]]:
        """Return the values of a layer, the profile first, so that values beside it override it."""
        values = dict(layer.values)
        if layer.name == "flag" and "model" in values:
            values.update(chosen_by(str(values.pop("model")), self._profiles))
        return sorted(values.items(), key=lambda pair: pair[0] != "model.profile")

    def _set(self, layer: _Layer, spec: Spec, raw: object, read: Callable[[Spec, Any], object]) -> None:
        try:
            value = read(spec, raw)
            if spec.key == "model.profile" and value:
                self._select(str(value))
            self._values[spec.key] = value
        except (ValueError, OverflowError):
            sentence = f"{layer.name}: {spec.key} must be {expected(spec)}{quoted(spec, raw)}"
            self._problems[sentence] = spec.key
        else:
            variable = _PREFIX + spec.key.replace(".", "_").upper()
            self._origins[spec.key] = f"environment {variable}" if layer.name == "environment" else layer.name

    def _select(self, profile: str) -> None:
        if profile not in self._profiles:
            raise ValueError(profile)
        self._deselect()
        values = {f"model.{name}": value for name, value in self._profiles[profile].items()}
        self._replaced = {key: (self._values[key], self._origins[key]) for key in values}
        self._values.update(values)
        self._origins.update(dict.fromkeys(values, f"profile {profile}"))

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
        # Worded at the end, so that the value named is the one in effect after all layers.
        problems = tuple(
            f"{sentence}; using {_used(self._values[key])}" if key else sentence
            for sentence, key in self._problems.items()
        )
        if len(problems) > _MAX_PROBLEMS:
            problems = (
                *problems[:_MAX_PROBLEMS],
                f"and {len(problems) - _MAX_PROBLEMS} more problems",
            )
        if self._values["model.file"]:
            self._values.update(
                (f"model.{name}", value)
                for name, value in LOCAL_DEFAULTS.items()
                if self._origins[f"model.{name}"] == "default"
            )
        settings, origins = Settings.from_values(self._values), dict(self._origins)
        self._deselect()
        base = Settings.from_values(self._values).model
        profiles = {name: replace(base, profile=name, **values) for name, values in self._profiles.items()}
        if settings.model.profile:
            profiles[settings.model.profile] = settings.model
        return Loaded(settings, problems, origins, profiles)


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
