"""Reading the layers: user file, workspace file, editor, environment, flags. The later one wins.

A value that does not fit is named in one sentence, and the layer below keeps its say.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldguide_server.settings.schema import Settings, Spec, schema
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
    dotted keys, with or without ``fieldguide`` in front, in camelCase or not. ``flags`` maps keys to texts.
    """

    folder: Path | None
    editor: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, one sentence a problem, and the layer that each key's value comes from."""

    settings: Settings
    problems: tuple[str, ...]
    origins: Mapping[str, str]

    @classmethod
    def defaults(cls) -> "Loaded":
        """What is true before anything is read."""
        return _Merging().loaded()


@dataclass(frozen=True, slots=True)
class _Layer:
    """What one source says: ``values`` by key, ``broken`` when the source as a whole could not be read."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    broken: str = ""
    is_workspace: bool = False


def user_file(environment: Mapping[str, str]) -> Path:
    """Where the user's own settings are: in ``FIELDGUIDE_HOME`` if it is set, else the platform's config folder."""
    home = environment.get("FIELDGUIDE_HOME")
    if home:
        return Path(home) / "config.toml"
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed where FIELDGUIDE_HOME is set

    return user_config_path("fieldguide", appauthor=False) / "config.toml"


def load(sources: Sources) -> Loaded:
    """Merge all layers over the defaults."""
    merging = _Merging()
    for layer in _layers(sources):
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
        key = _snake(dotted.removeprefix("fieldguide."))
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

    def __init__(self) -> None:
        self._values: dict[str, Any] = {key: spec.default for key, spec in schema().items()}
        self._origins = dict.fromkeys(self._values, "default")
        self._problems: dict[str, str | None] = {}

    def add(self, layer: _Layer) -> None:
        if layer.broken:
            self._problems[layer.broken] = None
        texts = layer.name in ("environment", "flag")
        for key, raw in layer.values.items():
            spec = schema().get(key)
            if spec is None:
                self._problems[f"{layer.name}: {_unknown(key)}"] = None
            elif layer.is_workspace and (refusal := self._refusal(spec, raw)):
                self._problems[f"{layer.name}: {key} {refusal}"] = None
            else:
                self._take(layer, spec, raw, parse_text if texts and isinstance(raw, str) else parse)

    def _take(self, layer: _Layer, spec: Spec, raw: object, read: Callable[[Spec, Any], object]) -> None:
        try:
            self._values[spec.key] = read(spec, raw)
        except (ValueError, OverflowError):
            sentence = f"{layer.name}: {spec.key} must be {expected(spec)}{shown(spec, raw)}"
            self._problems[sentence] = spec.key
        else:
            variable = _PREFIX + spec.key.replace(".", "_").upper()
            self._origins[spec.key] = f"environment {variable}" if layer.name == "environment" else layer.name

    def _refusal(self, spec: Spec, raw: object) -> str:
        """Why a workspace file may not say this, "" when it may."""
        if spec.scope == "user":
            return "is for you to set, not for a repository"
        if spec.key == "answer.persona" and re.search(r"[^\w-]", str(raw)):
            return "may name a persona here, but no file"
        # Somebody else's repository may ask for another model; it must not send your code to one unasked.
        if spec.key == "model.name" and raw and not self._chosen_by_user():
            return "switches a language model on, which is for you to do, not for a repository"
        return ""

    def _chosen_by_user(self) -> bool:
        return bool(self._values["model.name"] or self._values["model.base_url"])

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
        return Loaded(Settings.from_values(self._values), problems, self._origins)


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
