"""Reading the layers: user file, workspace file, editor, environment, flags. The later one wins.

A value that does not fit is named in one sentence, and the layer below keeps its say.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fieldguide_server.settings.profiles import LOCAL_DEFAULTS, PREFIX, Profile, chosen_by, read_profiles
from fieldguide_server.settings.schema import ModelSettings, Settings, Spec, schema
from fieldguide_server.settings.values import expected, parse, parse_text, shorten, shown

WORKSPACE_FILE = ".fieldguide.toml"
# The name of the layer that a language client fills.
EDITOR = "editor settings"
_PREFIX = "FIELDGUIDE_"
# What an editor's client keeps under "fieldguide" for itself: how to start us, and its own log.
_CLIENT_SECTIONS = ("server", "trace")
# The parser takes time and memory by the square of a key's parts: 30 kB of "a.a.a…" cost it half a minute.
_LARGEST_FILE = 16_000
_DEEPEST = 4
_MOST_TOLD = 30


@dataclass(frozen=True, slots=True)
class Sources:
    """Where settings are read from.

    ``folder`` is the workspace folder (None: no workspace file). ``editor`` is what a client sent, nested or with
    dotted keys, with or without ``fieldguide`` in front, in camelCase or not. ``flags`` maps keys to texts; the key
    ``model`` stands for a profile, a model or both (``ollama:qwen3``).
    """

    folder: Path | None
    editor: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, one sentence a problem, and the layer that each key's value comes from.

    ``profiles`` holds what the model's settings would be with each of them.
    """

    settings: Settings
    problems: tuple[str, ...]
    origins: Mapping[str, str]
    profiles: Mapping[str, ModelSettings]

    @classmethod
    def defaults(cls) -> "Loaded":
        """Return what is true before anything is read."""
        return _Merging(read_profiles(())[0]).loaded()


@dataclass(frozen=True, slots=True)
class _Layer:
    """What one source says: ``values`` by key, ``broken`` when the source as a whole could not be read."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    broken: str = ""
    is_workspace: bool = False


def user_file(environment: Mapping[str, str]) -> Path:
    """Return where the user's own settings are: in ``FIELDGUIDE_HOME`` if it is set, else the platform's config folder."""
    home = environment.get("FIELDGUIDE_HOME")
    if home:
        return Path(home) / "config.toml"
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed where FIELDGUIDE_HOME is set

    return user_config_path("fieldguide", appauthor=False) / "config.toml"


def load(sources: Sources) -> Loaded:
    """Merge all layers over the defaults."""
    layers = tuple(_layers(sources))
    # A repository must not say where text is sent, under whatever name.
    profiles, problems = read_profiles((one.name, one.values) for one in layers if not one.is_workspace)
    merging = _Merging(profiles, problems)
    for layer in layers:
        merging.add(layer)
    return merging.loaded()


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
    broken = ""
    try:
        if path.is_file():
            values = dict(_flat(tomllib.loads(_text(path))))
    except tomllib.TOMLDecodeError as error:
        broken = f"{name} is not valid TOML and was not used: {shorten(str(error), 120)}"
    except UnicodeDecodeError:
        broken = f"{name} is not UTF-8 text and was not used"
    except (OSError, RecursionError, ValueError) as error:
        broken = f"{name} could not be read and was not used ({type(error).__name__})"
    return _Layer(name, values, broken, is_workspace)


def _text(path: Path) -> str:
    if path.stat().st_size > _LARGEST_FILE:
        raise OSError("too large for a settings file")
    return path.read_text(encoding="utf-8-sig")


def _flat(nested: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in nested.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key.count(".") < _DEEPEST:
            yield from _flat(value, key + ".")
        else:
            yield key, value


def _editor_values(editor: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for dotted, value in _flat(editor):
        key = dotted.removeprefix("fieldguide.")
        # The name of a profile is the user's: "GPT" stays "GPT".
        above, dot, name = key.rpartition(".") if key.startswith(PREFIX) else ("", "", key)
        key = above + dot + _snake(name)
        # null is how an editor says "not set".
        if value is not None and key.partition(".")[0] not in _CLIENT_SECTIONS:
            yield key, value


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower().replace("-", "_")


def _environment_values(environment: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    sections = {key.partition(".")[0] for key in schema()}
    for variable, text in environment.items():
        section, _, name = variable.removeprefix(_PREFIX).lower().partition("_")
        # An empty variable counts as unset, as in most shells' idiom; others of our variables are no settings.
        if variable.startswith(_PREFIX) and text and name and section in sections:
            yield f"{section}.{name}", text


class _Merging:
    """The layers so far: values and origins by key, and problems, each with the key whose value it is about."""

    def __init__(self, profiles: Mapping[str, Profile], problems: Iterable[str] = ()) -> None:
        self._profiles = profiles
        # What the profile in use took the place of, by key.
        self._covered: dict[str, tuple[Any, str]] = {}
        self._values: dict[str, Any] = {key: spec.default for key, spec in schema().items()}
        self._origins = dict.fromkeys(self._values, "default")
        self._problems: dict[str, str | None] = dict.fromkeys(problems)

    def add(self, layer: _Layer) -> None:
        if layer.broken:
            self._problems[layer.broken] = None
        texts = layer.name in ("environment", "flag")
        for key, raw in self._spelled(layer):
            spec = schema().get(key)
            if layer.is_workspace and key.startswith(PREFIX):
                self._problems[f"{layer.name}: profiles are for you to set, not for a repository"] = None
            elif key.startswith(PREFIX):
                continue  # read before any layer
            elif spec is None:
                self._problems[f"{layer.name}: {_unknown(key)}"] = None
            elif layer.is_workspace and (refusal := self._refusal(spec, raw)):
                self._problems[f"{layer.name}: {key} {refusal}"] = None
            else:
                self._take(layer, spec, raw, parse_text if texts and isinstance(raw, str) else parse)

    def _spelled(self, layer: _Layer) -> list[tuple[str, object]]:
        """Return the values of a layer; the profile comes first, so that what stands beside it wins over it."""
        values = dict(layer.values)
        if layer.name == "flag" and "model" in values:
            values.update(chosen_by(str(values.pop("model")), self._profiles))
        return sorted(values.items(), key=lambda pair: pair[0] != "model.profile")

    def _take(self, layer: _Layer, spec: Spec, raw: object, read: Callable[[Spec, Any], object]) -> None:
        try:
            value = read(spec, raw)
            if spec.key == "model.profile" and value:
                self._use(str(value))
            self._values[spec.key] = value
        except (ValueError, OverflowError):
            sentence = f"{layer.name}: {spec.key} must be {expected(spec)}{shown(spec, raw)}"
            self._problems[sentence] = spec.key
        else:
            variable = _PREFIX + spec.key.replace(".", "_").upper()
            self._origins[spec.key] = f"environment {variable}" if layer.name == "environment" else layer.name

    def _use(self, profile: str) -> None:
        if profile not in self._profiles:
            raise ValueError(profile)
        self._uncover()
        values = {f"model.{name}": value for name, value in self._profiles[profile].items()}
        self._covered = {key: (self._values[key], self._origins[key]) for key in values}
        self._values.update(values)
        self._origins.update(dict.fromkeys(values, f"profile {profile}"))

    def _uncover(self) -> None:
        """Take back what the profile in use said, and nobody after it: it is no word about another one."""
        for key, (value, origin) in self._covered.items():
            if self._origins[key].startswith("profile "):
                self._values[key], self._origins[key] = value, origin

    def _refusal(self, spec: Spec, raw: object) -> str:
        """Return why a workspace file may not say this, "" when it may."""
        if spec.scope == "user":
            return "is for you to set, not for a repository"
        if spec.key == "answer.persona" and re.search(r"[^\w-]", str(raw)):
            return "may name a persona here, but no file"
        return ""

    def loaded(self) -> Loaded:
        # Said last, when every layer has spoken: the value a user is told of is the one that is used.
        problems = tuple(
            f"{sentence}; using {_used(self._values[key])}" if key else sentence
            for sentence, key in self._problems.items()
        )
        if len(problems) > _MOST_TOLD:
            problems = (
                *problems[:_MOST_TOLD],
                f"there are {len(problems) - _MOST_TOLD} more problems like these",
            )
        if self._values["model.file"]:
            self._values.update(
                (f"model.{name}", value)
                for name, value in LOCAL_DEFAULTS.items()
                if self._origins[f"model.{name}"] == "default"
            )
        settings, origins = Settings.from_values(self._values), dict(self._origins)
        self._uncover()
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
        return f"{name} is no setting: keys stay in the environment; name the variable in {name}_env"
    return f"there is no setting {name}"
