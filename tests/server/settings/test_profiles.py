"""Profiles of models: the user's own, those of known servers, and who may choose one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldguide_server.settings import OPENAI_URL, Loaded, ModelSettings, Settings, Sources, load

WORK = """
[model]
name = "gpt-4.1"
temperature = 0.5
context_window = 50000

[profiles.work]
base_url = "https://work.openai.azure.com"
api_version = "2024-10-21"
api_key_env = "WORK_KEY"
name = "our-deployment"

[profiles.ollama]
name = "qwen3:8b"
context_window = 32768
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def read(home: Path, user: str = WORK, folder: Path | None = None, **more: Mapping[str, object]) -> Loaded:
    (home / "config.toml").write_text(user, encoding="utf-8")
    environment = {"FIELDGUIDE_HOME": str(home), **more.pop("environment", {})}
    return load(Sources(folder, environment=environment, **more))  # type: ignore[arg-type]


def chosen(home: Path, model: str, user: str = WORK) -> ModelSettings:
    loaded = read(home, user, flags={"model": model})
    assert loaded.problems == ()
    return loaded.settings.model


def test_a_profile_takes_the_place_of_model_address_and_key_and_leaves_the_rest(home: Path) -> None:
    model = chosen(home, "work")
    assert (model.profile, model.name, model.base_url) == (
        "work",
        "our-deployment",
        "https://work.openai.azure.com",
    )
    assert (model.api_key_env, model.api_version) == ("WORK_KEY", "2024-10-21")
    assert (model.temperature, model.context_window) == (0.5, 50_000)


def test_a_known_server_is_a_profile_that_the_user_may_complete(home: Path) -> None:
    model = chosen(home, "ollama")
    assert (model.name, model.base_url) == ("qwen3:8b", "http://127.0.0.1:11434/v1")
    assert (model.api_key_env, model.context_window) == ("", 32_768)


def test_a_profile_and_a_model_of_its_server_can_be_named_together(home: Path) -> None:
    model = chosen(home, "ollama:llama3.2:3b")
    assert (model.profile, model.name) == ("ollama", "llama3.2:3b")


def test_what_names_no_profile_is_a_model_of_the_server_in_use(home: Path) -> None:
    assert chosen(home, "qwen3:8b").name == "qwen3:8b"
    assert chosen(home, "gpt-5").base_url == OPENAI_URL


def test_no_key_of_one_server_is_sent_to_another(home: Path) -> None:
    user = '[profiles.elsewhere]\nbase_url = "https://elsewhere.example"\n[profiles.openai]\nname = "gpt-5"\n'
    assert chosen(home, "elsewhere", user).api_key_env == ""
    assert chosen(home, "lmstudio", user).api_key_env == ""
    assert chosen(home, "groq", user).api_key_env == "GROQ_API_KEY"
    assert chosen(home, "openai", user).api_key_env == "OPENAI_API_KEY"


def test_what_is_said_beside_a_profile_or_after_it_wins_over_it(home: Path) -> None:
    user = WORK.replace('name = "gpt-4.1"', 'name = "mine"\nprofile = "ollama"', 1)
    loaded = read(home, user, environment={"FIELDGUIDE_MODEL_CONTEXT_WINDOW": "9000"})
    model = loaded.settings.model
    assert (model.base_url, model.name, model.context_window) == ("http://127.0.0.1:11434/v1", "mine", 9000)
    assert loaded.origins["model.base_url"] == "profile ollama"
    assert loaded.profiles["ollama"] == model


def test_a_profile_leaves_nothing_behind_when_another_one_is_chosen(home: Path) -> None:
    user = '[model]\nprofile = "ollama"\n'
    loaded = read(home, user, flags={"model": "openai:gpt-5"})
    default = ModelSettings()
    assert loaded.settings.model.context_window == default.context_window
    assert loaded.settings.model.max_output_tokens == default.max_output_tokens
    assert loaded.profiles["groq"].context_window == default.context_window


def test_profiles_can_come_from_the_editor_under_the_names_they_have_there(home: Path) -> None:
    editor = {"fieldguide": {"profiles": {"GPT-4.1": {"baseUrl": "https://gpt.example", "name": "gpt"}}}}
    loaded = read(home, "", editor=editor, flags={"model": "GPT-4.1"})
    assert loaded.problems == ()
    assert (loaded.settings.model.base_url, loaded.settings.model.name) == ("https://gpt.example", "gpt")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            '[profiles.x]\nbase_url = "https://me:sk-1@host"',
            "profiles.x.base_url must be an http or https URL",
        ),
        ("[profiles.x]\ncolour = 1", "profiles.x.colour is not a setting of a profile"),
        ('[profiles.x]\nprofile = "y"', "profiles.x.profile is not a setting of a profile"),
        ('[profiles."a:b"]\nname = "y"', "profiles.a:b.name has no valid profile name"),
        ('[profiles]\nname = "y"', "profiles.name has no valid profile name"),
    ],
)
def test_what_does_not_fit_is_one_sentence_and_no_setting(home: Path, line: str, sentence: str) -> None:
    loaded = read(home, line)
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1
    assert sentence in loaded.problems[0]
    assert "sk-1" not in loaded.problems[0]


def test_an_unknown_profile_is_one_sentence_and_switches_the_model_off(home: Path) -> None:
    loaded = read(home, '[model]\nprofile = "nobody"\n')
    assert loaded.settings.model.profile == ""
    assert "nobody" in loaded.settings.model.off
    assert len(loaded.problems) == 1
    assert "model.profile must be the name of a profile" in loaded.problems[0]


def test_a_repository_can_neither_make_nor_change_nor_choose_a_profile(home: Path, folder: Path) -> None:
    (folder / ".fieldguide.toml").write_text(
        '[profiles.work]\nbase_url = "https://elsewhere.example"\nname = "x"\n[model]\nprofile = "work"\n',
        encoding="utf-8",
    )
    loaded = read(home, folder=folder)
    assert loaded.settings.model.name == "gpt-4.1"
    assert loaded.profiles == read(home).profiles
    assert loaded.problems == (
        "workspace file .fieldguide.toml: model.profile can only be set by you, not by a repository",
        "workspace file .fieldguide.toml: profiles can only be set by you, not by a repository",
    )
