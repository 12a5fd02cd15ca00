"""Addresses and keys: over all sources, orders and kinds of values, nothing goes where no one sent it."""

import random
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest

from fieldguide_server.settings import Loaded, Sources, load, schema
from fieldguide_server.settings.endpoints import (
    EMBEDDING,
    MODEL,
    OPENAI_URL,
    SERVICES,
    STORE,
    Endpoint,
    Part,
    Service,
    decide,
    is_openai,
    origin,
)

REFUSED = (
    "localhost:11434/v1",
    "llm.corp.example/v1",
    "https://user:sk-1@llm.corp.example/v1",
    "https://api.openai.com@llm.corp.example/v1",
    "https:/llm.corp.example/v1",
    "https://llm.corp.example:port/v1",
    "https://llm.corp.example:99999/v1",
    "https://api.openai.com\\@llm.corp.example",
    "https://[::1/v1",
    "https://",
    "ftp://llm.corp.example/v1",
    "https://llm corp.example/v1",
)
MISSPELT = ("base_uri", "baseurl", "url", "base_ulr", "api_base", "endpoint", "address", "host", "baseURL_")
SECRET_WORDS = ("sk-1",)


def read(
    home: Path,
    user: str = "",
    *,
    editor: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
    initial: Mapping[str, object] | None = None,
    folder: Path | None = None,
) -> Loaded:
    (home / "config.toml").write_text(user, encoding="utf-8")
    variables = {"FIELDGUIDE_HOME": str(home), **(environment or {})}
    return load(Sources(folder, editor or {}, variables, flags or {}, initial or {}))


def sent(home: Path, layer: str, values: Mapping[str, str], **more: str) -> Loaded:
    """Load settings of which one layer has these values, and the user's file has ``more``."""
    lines = "".join(f"{key} = {value!r}\n" for key, value in {**more}.items())
    match layer:
        case "user":
            return read(home, lines + "".join(f"{key} = '{value}'\n" for key, value in values.items()))
        case "editor":
            return read(home, lines, editor=values)
        case "initial":
            return read(home, lines, initial=values)
        case "environment":
            names = {f"FIELDGUIDE_{key.replace('.', '_').upper()}": value for key, value in values.items()}
            return read(home, lines, environment=names)
    return read(home, lines, flags=values)


LAYERS = ("user", "initial", "editor", "environment", "flag")


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("url", REFUSED)
def test_a_refused_address_switches_the_model_off_with_one_sentence(home: Path, layer: str, url: str) -> None:
    loaded = sent(home, layer, {"model.base_url": url, "model.name": "qwen3"})
    model = loaded.settings.model
    assert (model.base_url, model.title) == ("", "")
    assert model.off.startswith("The language model is off: model.base_url must be an http or https URL")
    assert len(loaded.problems) == 1
    assert loaded.problems[0].endswith("; the language model is off")
    assert not any(word in loaded.problems[0] + model.off for word in SECRET_WORDS)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("url", REFUSED[:3])
def test_a_refused_address_switches_the_embeddings_off(home: Path, layer: str, url: str) -> None:
    values = {"embedding.base_url": url, "embedding.provider": "openai", "embedding.model": "m"}
    loaded = sent(home, layer, values)
    options = loaded.settings.index_options({"OPENAI_API_KEY": "sk-openai"}).embedding
    assert options.base_url == ""
    assert options.off.startswith("The embedding endpoint is off: embedding.base_url must be")
    assert len(loaded.problems) == 1


@pytest.mark.parametrize("layer", LAYERS)
def test_a_refused_vector_server_leaves_vectors_on_this_machine(home: Path, layer: str) -> None:
    loaded = sent(home, layer, {"store.url": "chroma.example:8000"}, **{"store.collection": "team"})
    assert loaded.settings.index_options({"CHROMA_API_KEY": "k"}).store.url == ""
    assert len(loaded.problems) == 1
    assert loaded.problems[0].endswith("; vectors stay on this machine")


@pytest.mark.parametrize("layer", LAYERS[1:])
@pytest.mark.parametrize("below", ["https://one.example/v1", OPENAI_URL])
@pytest.mark.parametrize("key", ["base_url", *MISSPELT])
def test_an_address_that_cannot_be_used_is_not_replaced_by_the_one_below(
    home: Path, layer: str, below: str, key: str
) -> None:
    value = "one.example" if key == "base_url" else "https://two.example/v1"
    loaded = sent(home, layer, {f"model.{key}": value}, **{"model.name": "n", "model.base_url": below})
    assert loaded.settings.model.off
    assert loaded.settings.model.base_url == ""


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("key", MISSPELT)
@pytest.mark.parametrize("section", ["model", "embedding"])
def test_a_misspelt_address_switches_off(home: Path, layer: str, key: str, section: str) -> None:
    values = {f"{section}.{key}": "https://llm.corp.example/v1", f"{section}.model": "m"}
    values |= {"model.name": "n"} if section == "model" else {"embedding.provider": "openai"}
    settings = sent(home, layer, values).settings
    assert (settings.model if section == "model" else settings.embedding).off
    assert (settings.model if section == "model" else settings.embedding).base_url == ""


@pytest.mark.parametrize(
    "user",
    [
        "[modle]\nbase_url = 'http://127.0.0.1:1/v1'\n[model]\nname = 'n'",
        "base_url = 'http://127.0.0.1:1/v1'\n[model]\nname = 'n'",
        "[profile.work]\nbase_url = 'llm.corp.example'\n[model]\nname = 'n'",
        "[profiles]\nbase_url = 'http://127.0.0.1:1/v1'\n[model]\nname = 'n'",
        "[model]\nname = 'n'\n[answer]\nbase_url = 'http://127.0.0.1:1/v1'",
        "[model]\nname = 'n'\n[ollama]\nhost = '127.0.0.1:11434'",
        "[model]\nname = 'n'\n[model.base_url]\nurl = 'http://127.0.0.1:1/v1'",
        "[model]\nname = 'n'\nbase_url = ['http://127.0.0.1:1/v1']",
        "[model]\nname = 'n'\nbase_url = 11434",
        "[model]\nname = 'n'\nfile = 'models/mine.gguf'",
        "[model]\nname = 'n'\nprofile = 'olama'",
        "[model]\nname = 'n'\nprofile = 5",
        "[model]\nname = 'n'\nprofile = 'work'\n[profiles.work]\nname = 'x'",
        "[model]\nname = 'n'\nprofile = 'work'\n[profiles.work]\nbase_url = ''",
        "[model]\nname = 'n'\nprofile = 'work'\n[profiles.work]\nbase_uri = 'https://llm.corp.example'",
        "[model]\nname = 'n'\nprofile = 'work'\n[profiles.work]\nbase_url = 'llm.corp.example/v1'",
        "[model]\nname = 'n'\nprofile = 'work'\n[profiles.work]\nbase_url = 'https://u:p@llm.corp.example/v1'",
        "[model]\nname = 'n'\nprofile = 'work'\n[profiles.work]\nfile = 'mine.gguf'",
        "[model]\nname = 'n'\nprofile = 'openai'\n[profiles.openai]\nbase_url = 'llm.corp.example/v1'",
        "[model]\nname = 'n'\nprofile = 'openai'\n[profiles.openai]\nbase_uri = 'https://llm.corp.example'",
        "[model]\nname = 'n'\nprofile = 'azure'",
        "[model]\nname = 'n'\nbase_url = 'http://127.0.0.1:1/v1'\nno TOML",
        "# " + "x" * 20_000,
    ],
)
def test_whatever_is_wrong_with_an_address_the_model_is_off(home: Path, user: str) -> None:
    more = {"FIELDGUIDE_MODEL_NAME": "n"}
    model = read(home, user, environment=more).settings.model
    assert model.off
    assert model.base_url == ""
    loaded = read(home, user, environment=more, flags={"model.base_url": "http://127.0.0.1:2/v1"})
    assert loaded.settings.model.base_url in ("http://127.0.0.1:2/v1", "")
    assert (loaded.settings.model.off == "") == (loaded.settings.model.base_url != "")


@pytest.mark.parametrize(
    ("layer", "is_off"),
    [("user", True), ("initial", False), ("editor", False), ("environment", True), ("flag", True)],
)
def test_an_empty_address_hides_no_other_and_is_not_openais(home: Path, layer: str, is_off: bool) -> None:
    # An editor sends an empty text for what its user has not set; a shell, for a variable that is not set.
    loaded = sent(home, layer, {"model.base_url": " ", "model.name": "n"})
    assert bool(loaded.settings.model.off) == bool(loaded.problems) == is_off
    if layer != "user":
        below = {"model.base_url": "https://one.example/v1"}
        assert (
            sent(home, layer, {"model.base_url": ""}, **below).settings.model.base_url
            == below["model.base_url"]
        )


@pytest.mark.parametrize("name", ["olama:qwen3", "olama", "qwen3:8b", "opnai:gpt-5", "wrok:gpt", "lmstudo"])
def test_a_model_whose_profile_does_not_exist_is_not_asked_for_at_openai(home: Path, name: str) -> None:
    loaded = read(home, flags={"model": name})
    assert loaded.settings.model.base_url == ""
    assert loaded.settings.model.off
    assert loaded.problems


def test_a_model_beside_one_of_openais_is_one_of_its_own(home: Path) -> None:
    model = read(home, "[model]\nname = 'gpt-5'\n", flags={"model": "o9:mini"}).settings.model
    assert (model.name, model.base_url, model.off) == ("o9:mini", OPENAI_URL, "")


@pytest.mark.parametrize("name", ["gpt-5", "ft:gpt-4o:org::id", "openai:gpt-5"])
def test_a_model_without_any_address_is_one_of_openais(home: Path, name: str) -> None:
    loaded = read(home, flags={"model": name})
    assert loaded.settings.model.base_url == OPENAI_URL
    assert loaded.settings.model.api_key_env == "OPENAI_API_KEY"
    assert loaded.problems == ()


def test_an_address_meant_for_all_programs_is_not_replaced_by_openais(home: Path) -> None:
    environment = {"OPENAI_BASE_URL": "https://gateway.example/v1"}
    off = read(home, flags={"model.name": "n"}, environment=environment).settings.model
    assert "OPENAI_BASE_URL" in off.off
    assert read(home, environment=environment).settings.model.off == ""
    chosen = read(home, flags={"model": "openai:gpt-5"}, environment=environment).settings.model
    assert (chosen.base_url, chosen.off) == (OPENAI_URL, "")


def test_a_repository_can_neither_redirect_nor_switch_off(home: Path, tmp_path: Path) -> None:
    (tmp_path / ".fieldguide.toml").write_text(
        "[model]\nbase_url = 'nowhere'\nbase_uri = 'https://x.example'\n[embedding]\nbase_url = 'nowhere'\n",
        encoding="utf-8",
    )
    user = "[model]\nname = 'n'\nbase_url = 'https://one.example/v1'\n"
    model = read(home, user, folder=tmp_path).settings.model
    assert (model.base_url, model.off) == ("https://one.example/v1", "")


DEFAULTS = {key: list(spec.default) if spec.default == () else spec.default for key, spec in schema().items()}


@pytest.mark.parametrize("place", ["initial", "editor"])
@pytest.mark.parametrize(
    ("profile", "url"), [("ollama", "http://127.0.0.1:11434/v1"), ("mine", "https://mine.example/v1")]
)
@pytest.mark.parametrize("defaults", ["all", "of the model", "some"])
def test_the_defaults_of_an_editor_do_not_hide_a_profile(
    home: Path, place: str, profile: str, url: str, defaults: str
) -> None:
    user = "[profiles.mine]\nbase_url = 'https://mine.example/v1'\nname = 'm'\napi_key_env = 'MINE'\n"
    sets: dict[str, dict[str, object]] = {
        "all": DEFAULTS,
        "of the model": {key: value for key, value in DEFAULTS.items() if key.startswith("model.")},
        "some": {"model.base_url": "", "model.api_key_env": "OPENAI_API_KEY", "model.name": ""},
    }
    values = {**sets[defaults], "model.profile": profile}
    values |= {"model.name": "q"} if profile == "ollama" else {}
    loaded = read(home, user, initial=values) if place == "initial" else read(home, user, editor=values)
    model = loaded.settings.model
    assert loaded.problems == ()
    assert (model.base_url, model.off) == (url, "")
    assert model.api_key_env == ("MINE" if profile == "mine" else "")
    assert model.name == ("m" if profile == "mine" else "q")


def test_the_defaults_of_an_editor_do_not_hide_the_files(home: Path, tmp_path: Path) -> None:
    (tmp_path / ".fieldguide.toml").write_text(
        "[index]\nexclude = ['skipme']\n[answer]\npersona = 'teacher'\n", encoding="utf-8"
    )
    user = "[model]\nprofile = 'mine'\n[records]\nenabled = false\n[profiles.mine]\nfile = '/m.gguf'\n"
    settings = read(home, user, editor=DEFAULTS, folder=tmp_path).settings
    assert settings == read(home, user, folder=tmp_path).settings
    assert (settings.answer.persona, settings.records.enabled) == ("teacher", False)
    explicit = read(home, user, editor={"records.enabled": True}, folder=tmp_path).settings
    assert explicit.records.enabled is True


KEYS = [
    # the user's file, the flags, the variable whose key is sent
    ("base_url = 'https://a.example/v1'", {}, ""),
    ("base_url = 'https://a.example/v1'\napi_key_env = 'A'", {}, "A"),
    ("base_url = 'https://a.example/v1'\napi_key_env = 'OPENAI_API_KEY'", {}, "OPENAI_API_KEY"),
    ("base_url = 'https://api.openai.com/v1'", {}, "OPENAI_API_KEY"),
    ("base_url = 'https://API.OpenAI.com:443/v1/'", {}, "OPENAI_API_KEY"),
    ("base_url = 'http://api.openai.com/v1'", {}, ""),
    ("base_url = 'https://api.openai.com:8443/v1'", {}, ""),
    ("base_url = 'https://api.openai.com.evil.example/v1'", {}, ""),
    ("base_url = 'https://evil.example/api.openai.com/v1'", {}, ""),
    ("base_url = 'https://api-openai.com/v1'", {}, ""),
    ("api_key_env = 'A'", {}, "A"),
    ("api_key_env = 'A'", {"base_url": "https://b.example/v1"}, ""),
    ("base_url = 'https://a.example/v1'\napi_key_env = 'A'", {"base_url": "https://b.example/v1"}, ""),
    ("base_url = 'https://a.example/v1'\napi_key_env = 'A'", {"base_url": "https://a.example:444/v1"}, ""),
    ("base_url = 'https://a.example/v1'\napi_key_env = 'A'", {"base_url": "http://a.example/v1"}, ""),
    ("base_url = 'https://a.example/v1'\napi_key_env = 'A'", {"base_url": "https://a.example/v2"}, "A"),
    ("base_url = 'https://a.example/v1'", {"api_key_env": "B"}, "B"),
    ("", {"base_url": "https://b.example/v1", "api_key_env": "B"}, "B"),
]


@pytest.mark.parametrize("section", ["model", "embedding"])
@pytest.mark.parametrize(("user", "flags", "variable"), KEYS)
def test_a_key_goes_to_the_server_that_it_was_set_for(
    home: Path, section: str, user: str, flags: dict[str, str], variable: str
) -> None:
    more = {"model.name": "n", "embedding.provider": "openai", "embedding.model": "m"}
    given = {f"{section}.{key}": value for key, value in flags.items()}
    settings = read(home, f"[{section}]\n{user}\n", flags=more | given).settings
    keys = {"A": "key-a", "B": "key-b", "OPENAI_API_KEY": "sk-openai"}
    chosen = settings.model.api_key_env if section == "model" else settings.embedding.api_key_env
    assert chosen == variable
    if section == "embedding":
        assert settings.index_options(keys).embedding.api_key == keys.get(variable, "")


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("url = 'https://chroma.example'", ""),
        ("url = 'https://chroma.example'\napi_key_env = 'TEAM'", "team"),
        ("url = 'https://api.trychroma.com'", "cloud"),
        ("api_key_env = 'TEAM'", ""),
    ],
)
def test_the_key_of_a_vector_server_goes_to_the_server_that_it_was_set_for(
    home: Path, lines: str, key: str
) -> None:
    keys = {"TEAM": "team", "CHROMA_API_KEY": "cloud"}
    assert read(home, f"[store]\n{lines}").settings.index_options(keys).store.api_key == key


@pytest.mark.parametrize(
    ("profiles", "flags", "variable"),
    [
        ("", {"model": "groq:n"}, "GROQ_API_KEY"),
        ("", {"model": "groq:n", "model.base_url": "https://b.example"}, ""),
        ("[profiles.groq]\nbase_url = 'https://b.example'", {"model": "groq:n"}, ""),
        ("[profiles.groq]\nbase_url = 'https://b.example'\napi_key_env = 'B'", {"model": "groq:n"}, "B"),
        ("[profiles.p]\napi_key_env = 'P'", {"model": "p:n", "model.base_url": "https://b.example"}, ""),
        ("[profiles.ollama]\napi_key_env = 'O'", {"model": "ollama:n"}, "O"),
        (
            "",
            {"model": "azure:n", "model.base_url": "https://us.openai.azure.com"},
            "AZURE_OPENAI_API_KEY",
        ),
        ("", {"model": "azure:n", "model.base_url": "https://us.openai.azure.com.evil.example"}, ""),
        ("", {"model": "azure:n", "model.base_url": "http://us.openai.azure.com"}, ""),
        ("", {"model": "azure:n", "model.base_url": "https://evil.cloudapp.azure.com"}, ""),
    ],
)
def test_the_key_of_a_profile_goes_to_the_address_of_the_profile(
    home: Path, profiles: str, flags: dict[str, object], variable: str
) -> None:
    assert read(home, profiles, flags=flags).settings.model.api_key_env == variable


def test_a_profile_defined_in_two_places_keeps_no_key_of_the_other_address(home: Path) -> None:
    user = "[profiles.work]\nbase_url = 'https://a.example'\napi_key_env = 'A'\nname = 'n'\n"
    editor = {"profiles": {"work": {"baseUrl": "https://b.example"}}}
    loaded = read(home, user, editor=editor, flags={"model": "work"})
    assert (loaded.settings.model.base_url, loaded.settings.model.api_key_env) == ("https://b.example", "")
    # The list shows a profile as it is when selected.
    assert read(home, user, editor=editor).profiles["work"] == loaded.settings.model


def test_two_sections_of_an_editor_are_two_layers(home: Path) -> None:
    below = {"model": {"baseUrl": "https://a.example", "apiKeyEnv": "A", "name": "n"}}
    above = {"model": {"baseUrl": "https://b.example"}}
    model = read(home, initial=below, editor=above).settings.model
    assert (model.base_url, model.api_key_env) == ("https://b.example", "")


URLS = ("", "https://a.example/v1", OPENAI_URL)
PARTS = [
    Part(url, key, refused=refused, missing=missing)
    for url, key, refused, missing in product(URLS, (None, "", "KEY"), ("", "no"), ("", "unknown"))
]


def numbered(parts: Sequence[Part]) -> list[Part]:
    """Give the address and the key of each part a name of its own."""
    return [
        Part(
            part.url.replace("a.example", f"a{number}.example"),
            part.key_variable and f"{part.key_variable}{number}",
            refused=part.refused,
            missing=part.missing,
        )
        for number, part in enumerate(parts)
    ]


@pytest.mark.parametrize("service", SERVICES, ids=[each.section for each in SERVICES])
def test_all_orders_of_all_kinds_of_sources(service: Service) -> None:
    for chosen in product(PARTS, repeat=3):
        parts = numbered(chosen)
        check(service, parts, decide(service, parts))


def check(service: Service, parts: Sequence[Part], endpoint: Endpoint) -> None:
    """Check what must hold, in other words than the code."""
    last = max((number for number, part in enumerate(parts) if part.url or part.refused), default=-1)
    if last >= 0 and parts[last].refused:
        assert (endpoint.url, endpoint.key_variable) == ("", ""), parts
        assert endpoint.off, parts
    elif last >= 0:
        assert (endpoint.url, endpoint.off) == (parts[last].url, ""), parts
    elif service.url and any(part.missing for part in parts):
        assert (endpoint.url, bool(endpoint.off)) == ("", True), parts
    else:
        assert (endpoint.url, endpoint.off) == (service.url, ""), parts
    if endpoint.key_variable:
        check_key(service, parts, endpoint)
    elif endpoint.url and last >= 0 and parts[last].key_variable:
        assert any(part.key_variable is not None for part in parts[last + 1 :]), parts


def check_key(service: Service, parts: Sequence[Part], endpoint: Endpoint) -> None:
    if not endpoint.key_variable.startswith("KEY"):
        assert origin(endpoint.url) == origin(service.key_url), parts
        return
    number = int(endpoint.key_variable.removeprefix("KEY"))
    urls = [part.url for part in parts[: number + 1] if part.url] or [service.url]
    assert origin(urls[-1]) == origin(endpoint.url), parts
    assert all(part.key_variable is None for part in parts[number + 1 :]), parts


KINDS_OF_URL = ("absent", "", "good", OPENAI_URL, "localhost:11434/v1", "misspelt")
KINDS_OF_KEY = ("absent", "", "KEY", "OPENAI_API_KEY")
KINDS_OF_PROFILE = ("absent", "", "mine", "none", "ollama", "unknown", "openai")
PROFILES = "[profiles.mine]\nbase_url = 'https://mine.example/v1'\napi_key_env = 'MINE'\n[profiles.none]\nname = 'x'\n"


def test_a_thousand_combinations_of_layers_and_profiles(home: Path) -> None:
    chance = random.Random(11)
    for _ in range(1_000):
        layers = [layer_of(chance, number) for number in range(5)]
        loaded = load_all(home, layers)
        model, shown = loaded.settings.model, str(layers)
        meant = [each for each in layers if address_in(each) or each.get("model.base_uri")]
        if model.base_url and is_openai(model.base_url) and meant:
            # Only an explicit choice leads there, and no later layer chose anything else.
            assert meant[-1].get("model.base_url") == OPENAI_URL or meant[-1]["model.profile"] == "openai", (
                shown
            )
        assert bool(model.base_url) != bool(model.off), shown
        assert bool(loaded.problems) >= bool(model.off), shown
        check_variable(layers, model.api_key_env, model.base_url, shown)


def layer_of(chance: random.Random, number: int) -> dict[str, str]:
    values = {"model.name": "n"}
    url, key, profile = (
        chance.choice(kinds) for kinds in (KINDS_OF_URL, KINDS_OF_KEY, ("absent",) * 6 + KINDS_OF_PROFILE)
    )
    if url == "misspelt":
        values["model.base_uri"] = "https://misspelt.example/v1"
    elif url != "absent":
        values["model.base_url"] = f"https://host{number}.example/v1" if url == "good" else url
    if key != "absent":
        values["model.api_key_env"] = f"KEY{number}" if key == "KEY" else key
    if profile != "absent":
        values["model.profile"] = profile
    return values


def address_in(layer: Mapping[str, str]) -> str:
    return layer.get("model.base_url") or layer.get("model.profile") or ""


def load_all(home: Path, layers: Sequence[Mapping[str, str]]) -> Loaded:
    user, initial, editor, environment, flags = layers
    lines = "".join(f"{key} = '{value}'\n" for key, value in user.items())
    names = {f"FIELDGUIDE_{key.replace('.', '_').upper()}": value for key, value in environment.items()}
    return read(home, lines + PROFILES, initial=initial, editor=editor, environment=names, flags=flags)


def check_variable(layers: Sequence[Mapping[str, str]], variable: str, url: str, shown: str) -> None:
    if not variable or not url:
        return
    host = origin(url)[1]
    if variable == "MINE":
        assert host == "mine.example", shown
    elif variable.startswith("KEY"):
        later = layers[int(variable[3:]) + 1 :]
        hosts = [
            origin(each["model.base_url"])[1] for each in later if "://" in each.get("model.base_url", "")
        ]
        assert all(each == host for each in hosts), shown
        assert not any(each.get("model.profile") for each in later), shown
    elif not is_openai(url):
        # Set by name, beside or after the address.
        named = [number for number, each in enumerate(layers) if each.get("model.api_key_env") == variable]
        assert named, shown
        later = layers[named[-1] + 1 :]
        assert not any(address_in(each) and each.get("model.base_url") != url for each in later), shown


def test_services_without_settings_contact_nobody() -> None:
    assert decide(STORE, ()) == Endpoint()
    assert decide(MODEL, ()) == decide(EMBEDDING, ()) == Endpoint(OPENAI_URL, "OPENAI_API_KEY")
