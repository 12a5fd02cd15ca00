"""Settings: layers, invalid values, and the messages about them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldguide_server.settings import Loaded, Settings, Sources, load, schema, user_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def read(
    home: Path,
    folder: Path | None = None,
    editor: Mapping[str, object] | None = None,
    environment: dict[str, str] | None = None,
    flags: dict[str, object] | None = None,
) -> Loaded:
    variables = {"FIELDGUIDE_HOME": str(home), **(environment or {})}
    return load(Sources(folder, editor or {}, variables, flags or {}))


def write_user(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, encoding="utf-8")


def write_workspace(folder: Path, text: str) -> None:
    (folder / ".fieldguide.toml").write_text(text, encoding="utf-8")


def test_nothing_written_anywhere_means_every_default(home: Path, folder: Path) -> None:
    loaded = read(home, folder)
    assert loaded == Loaded.defaults()
    assert loaded.settings == Settings()
    assert loaded.problems == ()
    assert set(loaded.origins.values()) == {"default"}


def test_each_layer_wins_over_the_ones_before_it(home: Path, folder: Path) -> None:
    write_user(home, "[model]\nmax_output_tokens = 101\ncontext_window = 10001\ntemperature = 0.1\n")
    write_workspace(folder, "[model]\ncontext_window = 10002\ntemperature = 0.2\ntimeout_seconds = 2\n")
    loaded = read(
        home,
        folder,
        editor={
            "fieldguide": {"model": {"temperature": 0.3, "timeoutSeconds": 3}},
            "fieldguide.model.name": "e",
        },
        environment={"FIELDGUIDE_MODEL_TIMEOUT_SECONDS": "4", "FIELDGUIDE_MODEL_NAME": "v"},
        flags={"model.name": "f"},
    )
    model = loaded.settings.model
    assert loaded.problems == ()
    assert (model.max_output_tokens, model.context_window, model.temperature) == (101, 10002, 0.3)
    assert (model.timeout_seconds, model.name) == (4.0, "f")
    assert loaded.origins["model.max_output_tokens"] == f"user file {home / 'config.toml'}"
    assert loaded.origins["model.context_window"] == "workspace file .fieldguide.toml"
    assert loaded.origins["model.temperature"] == "editor settings"
    assert loaded.origins["model.timeout_seconds"] == "environment FIELDGUIDE_MODEL_TIMEOUT_SECONDS"
    assert loaded.origins["model.name"] == "flag"


def test_a_bad_value_is_named_once_with_what_it_must_be_and_what_is_used_instead(home: Path) -> None:
    write_user(home, '[model]\ntemperature = "hot"\n')
    loaded = read(home)
    where = f"user file {home / 'config.toml'}"
    assert loaded.problems == (
        f"{where}: model.temperature must be a number between 0 and 2, not 'hot'; using 0.2",
    )
    assert loaded.settings.model.temperature == 0.2


def test_a_bad_value_leaves_the_layer_below_its_say_and_the_sentence_tells_the_value_in_use(
    home: Path,
) -> None:
    write_user(home, "[answer]\nmax_passages = 7\n")
    loaded = read(home, environment={"FIELDGUIDE_ANSWER_MAX_PASSAGES": "many"})
    assert loaded.settings.answer.max_passages == 7
    assert loaded.problems[0].endswith("not 'many'; using 7")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("model.temperature", "nan"),
        ("model.temperature", "-0.1"),
        ("model.max_output_tokens", "1.5"),
        ("model.max_output_tokens", "9" * 5000),
        ("index.threads", "65"),
        ("embedding.provider", "cloud"),
        ("embedding.base_url", "ftp://host/v1"),
        ("store.url", "chroma.example:8000"),
        ("store.collection", "no such/name"),
        ("embedding.base_url", "https://me:secret@host/v1"),
        ("embedding.folder", "models/mine"),
        ("model.api_key_env", "sk-live-123"),
        ("hover.enabled", "perhaps"),
        ("answer.persona", "a\x1b[31m"),
    ],
)
def test_a_value_out_of_bounds_is_a_problem_and_never_a_setting(home: Path, key: str, text: str) -> None:
    loaded = read(home, flags={key: text})
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith(f"flag: {key} must be ")
    assert len(loaded.problems[0]) < 250
    assert loaded.problems[0].isprintable()


@pytest.mark.parametrize(
    ("key", "value"), [("index.threads", True), ("hover.enabled", 1), ("index.exclude", "x")]
)
def test_a_value_of_a_file_is_not_bent_to_another_type(home: Path, key: str, value: object) -> None:
    loaded = read(home, editor={key: value})
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1


def test_no_sentence_repeats_what_may_be_a_secret(home: Path) -> None:
    write_user(home, '[model]\napi_key = "sk-1"\napi_key_env = "sk-2"\nbase_url = "https://u:sk-3@host"\n')
    told = " ".join(read(home).problems)
    assert "model.api_key is not a setting: keep the key in an environment variable" in told
    assert "sk-" not in told


@pytest.mark.parametrize(
    "line",
    [
        'embedding.provider = "openai"',
        'embedding.folder = "/models"',
        'embedding.base_url = "https://elsewhere.example"',
        'store.url = "https://elsewhere.example"',
        'store.collection = "theirs"',
        'store.api_key_env = "OPENAI_API_KEY"',
        'embedding.api_key_env = "AWS_SECRET_ACCESS_KEY"',
        'model.base_url = "https://elsewhere.example"',
        'model.api_key_env = "AWS_SECRET_ACCESS_KEY"',
        'answer.persona = "../../etc/passwd"',
        'answer.persona = "mine.md"',
        'model.name = "gpt"',
        'model.profile = "openai"',
        'model.file = "/models/theirs.gguf"',
    ],
)
def test_a_repository_cannot_say_where_text_goes_or_what_is_read(home: Path, folder: Path, line: str) -> None:
    write_workspace(folder, line)
    loaded = read(home, folder)
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith(f"workspace file .fieldguide.toml: {line.partition(' ')[0]} ")


def test_a_repository_may_choose_who_answers_but_not_which_model(home: Path, folder: Path) -> None:
    # Servers route by the name: some local ones forward requests to their own cloud.
    write_user(home, '[model]\nname = "small"\n')
    write_workspace(folder, '[model]\nname = "large:cloud"\n[answer]\npersona = "teacher"\n')
    loaded = read(home, folder)
    assert loaded.problems == (
        "workspace file .fieldguide.toml: model.name can only be set by you, not by a repository",
    )
    assert (loaded.settings.model.name, loaded.settings.answer.persona) == ("small", "teacher")


def test_an_unknown_key_is_named(home: Path, folder: Path) -> None:
    write_workspace(folder, '[model]\nnmae = "x"\n[colours]\nsky = "blue"\n')
    loaded = read(home, folder, environment={"FIELDGUIDE_MODEL_NMAE": "x", "FIELDGUIDE_LOG": "debug"})
    assert loaded.problems == (
        "workspace file .fieldguide.toml: unknown setting model.nmae",
        "workspace file .fieldguide.toml: unknown setting colours.sky",
        "environment: unknown setting model.nmae",
    )


def test_a_flood_of_unknown_keys_is_cut_short(home: Path, folder: Path) -> None:
    write_workspace(folder, "\n".join(f"k{number} = 1" for number in range(500)))
    problems = read(home, folder).problems
    assert len(problems) == 31
    assert problems[-1] == "and 470 more problems"


def test_broken_toml_is_one_problem_with_its_line(home: Path) -> None:
    write_user(home, '[model]\nname = "x"\ntemperature =\n')
    loaded = read(home)
    assert len(loaded.problems) == 1
    assert "is not valid TOML" in loaded.problems[0]
    assert "line 3" in loaded.problems[0]
    assert loaded.settings == Settings()


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        b"x = " + b"[" * 15_000,
        b"#" * 2_000_000,
        b".".join([b"a"] * 2000) + b" = 1",
        b"index.threads = " + b"9" * 5000,
        b"index.threads = 0x" + b"f" * 15_000,
    ],
    ids=["not text", "deep", "huge", "deep key", "long number", "long hexadecimal number"],
)
def test_a_hostile_workspace_file_is_one_problem(home: Path, folder: Path, content: bytes) -> None:
    (folder / ".fieldguide.toml").write_bytes(content)
    loaded = read(home, folder)
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1
    assert len(loaded.problems[0]) < 300


def test_a_folder_in_the_place_of_a_settings_file_is_ignored(home: Path, folder: Path) -> None:
    (folder / ".fieldguide.toml").mkdir()
    assert read(home, folder).problems == ()


def test_an_editor_may_say_null_and_keep_settings_of_its_own(home: Path) -> None:
    editor = {
        "fieldguide": {"model": {"name": None}, "trace": {"server": "verbose"}, "server": {"path": ["x"]}}
    }
    assert read(home, editor=editor) == Loaded.defaults()


def test_lists_and_switches_can_be_written_as_text(home: Path) -> None:
    loaded = read(
        home, environment={"FIELDGUIDE_INDEX_EXCLUDE": "dist, *.min.js"}, flags={"hover.enabled": "off"}
    )
    assert loaded.settings.index.exclude == ("dist", "*.min.js")
    assert loaded.settings.hover.enabled is False


def test_the_index_options_carry_the_key_only_for_whom_it_is_meant(home: Path) -> None:
    environment = {"MY_KEY": "sk-1", "FIELDGUIDE_HOME": str(home)}
    local = read(home, flags={"embedding.api_key_env": "MY_KEY", "index.max_file_kib": "2"}).settings
    remote = read(home, flags={"embedding.api_key_env": "MY_KEY", "embedding.provider": "openai"}).settings
    assert local.index_options(environment).embedding.api_key == ""
    assert local.index_options(environment).max_file_bytes == 2048
    assert local.index_options(environment).home == home
    assert remote.index_options(environment).embedding.api_key == "sk-1"
    assert "sk-1" not in repr(remote.index_options(environment))


def test_without_an_own_home_the_user_file_is_in_the_platforms_config_folder() -> None:
    assert user_file({}).parts[-2:] == ("fieldguide", "config.toml")


def test_every_setting_has_a_default_of_its_type_a_sentence_and_a_scope() -> None:
    for key, spec in schema().items():
        assert spec.doc.endswith("."), key
        assert spec.scope in ("user", "workspace"), key
        assert isinstance(spec.default, spec.kind), key
        assert Settings().value(key) == spec.default
        if spec.kind in (int, float):
            assert spec.minimum is not None, key
            assert spec.maximum is not None, key
