"""Loading of the settings layers: user file, workspace file, editor, environment, flags. Later layers win.

An invalid value is reported in one sentence, and the value of the layer below applies. An invalid address does not let
another one apply: it switches its service off (see ``endpoints``).
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldguide_server.settings.endpoints import is_like_address, is_openai
from fieldguide_server.settings.merger import EDITOR, VARIABLE_PREFIX, Layer, Loaded, Merger
from fieldguide_server.settings.profiles import OF_ENDPOINT, PREFIX, read_profiles
from fieldguide_server.settings.schema import schema
from fieldguide_server.settings.values import is_url, shorten

WORKSPACE_FILE = ".fieldguide.toml"
# Sections under "fieldguide" that belong to the editor's client: how it starts the server, and its own log.
_CLIENT_SECTIONS = ("server", "trace")
# tomllib is quadratic in the parts of a dotted key: 30 kB of "a.a.a…" take it half a minute.
_MAX_FILE_BYTES = 16_000
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of settings.

    Attributes:
        folder: The workspace folder; None if there is no workspace file to read.
        editor: The client's settings: nested or with dotted keys, with or without the prefix ``fieldguide``, in
            camelCase or snake_case.
        environment: Environment variables; ``FIELDGUIDE_MODEL_NAME`` sets ``model.name``.
        flags: Command-line values by key; ``model`` is a profile, a model, or both (``ollama:qwen3``).
        initial: The settings that an editor sent when it started the server, below those of ``editor``.
    """

    folder: Path | None
    editor: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)
    initial: Mapping[str, object] = field(default_factory=dict)


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
    merger = Merger(profiles, problems, _other_address(sources.environment))
    for layer in layers:
        merger.add(layer)
    return merger.loaded()


def _layers(sources: Sources) -> Iterator[Layer]:
    path = user_file(sources.environment)
    yield _file_layer(path, f"user file {path}")
    if sources.folder is not None:
        yield _file_layer(
            sources.folder / WORKSPACE_FILE, f"workspace file {WORKSPACE_FILE}", is_workspace=True
        )
    for sent in (sources.initial, sources.editor):
        yield Layer(EDITOR, _without_defaults(dict(_editor_values(sent))))
    yield Layer("environment", dict(_environment_values(sources.environment)))
    yield Layer("flag", {_snake(key): value for key, value in sources.flags.items()})


def _file_layer(path: Path, name: str, *, is_workspace: bool = False) -> Layer:
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
    return Layer(name, values, problem, is_workspace)


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


def _without_defaults(values: dict[str, object]) -> dict[str, object]:
    """Return the values without those that the editor sent although its user did not set them."""
    doubtful: Collection[str] = ()
    if all(key in values for key in schema() if key.startswith("model.")):
        # Nobody sets all of them: this editor answers with the default of every setting.
        doubtful = schema()
    elif values.get("model.profile"):
        doubtful = [f"model.{name}" for name in OF_ENDPOINT]
    return {
        key: value
        for key, value in values.items()
        if key not in doubtful or value != _plain(schema()[key].default)
    }


def _plain(default: object) -> object:
    """Return a default as JSON has it."""
    return list(default) if isinstance(default, tuple) else default


def _other_address(environment: Mapping[str, str]) -> str:
    """Return why a missing address may not mean OpenAI's: other programs are told another one. "" if they are not."""
    url = environment.get("OPENAI_BASE_URL", "").strip()
    if not url or (is_url(url) and is_openai(url)):
        return ""
    return "OPENAI_BASE_URL is not used here: set base_url, or choose the profile openai"


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower().replace("-", "_")


def _environment_values(environment: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    sections = {key.partition(".")[0] for key in schema()}
    for variable, text in environment.items():
        section, _, name = variable.removeprefix(VARIABLE_PREFIX).lower().partition("_")
        # An empty variable counts as unset, as shells treat it. Other FIELDGUIDE_ variables are not settings.
        if not variable.startswith(VARIABLE_PREFIX) or not text:
            continue
        if name and section in sections:
            yield f"{section}.{name}", text
        elif is_like_address(variable.removeprefix(VARIABLE_PREFIX).lower(), text):
            yield variable.removeprefix(VARIABLE_PREFIX).lower(), text
