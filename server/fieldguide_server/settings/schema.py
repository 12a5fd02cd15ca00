"""The schema of the settings: default, bounds, one sentence of documentation, and scope of each.

A setting of scope ``user`` cannot be set in a workspace file: a repository must not decide where text is sent, which key
is used, or which files outside of the folder are read.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from fieldguide_indexer import IndexOptions


def _setting(default: object, doc: str, scope: str = "workspace", **limits: object) -> Any:  # noqa: ANN401
    """Declare a setting; ``limits`` are further fields of its ``Spec``. Typed like ``dataclasses.field``."""
    return field(default=default, metadata={"doc": doc, "scope": scope, **limits})


def _off() -> Any:  # noqa: ANN401
    """Declare why a service is off, in one sentence; "" if it is not. No setting: see ``endpoints``."""
    return field(default="")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What is indexed, and the resources that indexing may use."""

    max_file_kib: int = _setting(1000, "Skip files larger than this many KiB.", minimum=1, maximum=100_000)
    threads: int = _setting(
        0, "Threads that compute embeddings; 0 means one per core, at most four.", minimum=0, maximum=64
    )
    rescan_seconds: int = _setting(
        0,
        "Seconds between full scans; 0 means only where file events are unavailable, such as on network drives.",
        minimum=0,
        maximum=86_400,
    )
    nice: int = _setting(
        10,
        "Niceness of indexing, from 0 (normal priority) to 19 (lowest priority).",
        scope="user",
        minimum=0,
        maximum=19,
    )
    memory_mib: int = _setting(
        450,
        "Memory limit in MiB for all processes of an index together, kept as far as possible.",
        scope="user",
        minimum=200,
        maximum=1_000_000,
    )
    exclude: tuple[str, ...] = _setting((), "Paths to exclude, as patterns in gitignore syntax.")


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """Which model computes the vectors of the index."""

    provider: str = _setting(
        "local",
        "Source of the vectors: the shipped local model, an OpenAI-compatible endpoint, or none.",
        scope="user",
        choices=("local", "openai", "none"),
    )
    folder: str = _setting(
        "", "Folder of a local ONNX model; empty means the shipped model.", scope="user", form="folder"
    )
    base_url: str = _setting(
        "", "Address of the embeddings endpoint; without one, OpenAI's own.", scope="user", form="url"
    )
    model: str = _setting("", "Name of the embedding model at that endpoint.", scope="user")
    api_key_env: str = _setting(
        "OPENAI_API_KEY",
        "Name of the environment variable that holds the key for embeddings; the default is for OpenAI's own address.",
        scope="user",
        form="variable",
    )
    ca_file: str = _setting(
        "",
        "A PEM file with the certificate of your own authority for that endpoint, trusted beside those of the system.",
        scope="user",
        form="file",
    )
    batch_size: int = _setting(
        64, "Most texts in one request to that endpoint.", scope="user", minimum=1, maximum=2048
    )
    off: str = _off()


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the vectors of the index are kept."""

    url: str = _setting(
        "",
        "Address of a Chroma server that stores the vectors of a team; empty means a folder on this machine.",
        scope="user",
        form="url",
    )
    collection: str = _setting(
        "",
        "Name of the shared collection; empty means one collection per repository.",
        scope="user",
        form="name",
    )
    api_key_env: str = _setting(
        "CHROMA_API_KEY",
        "Name of the environment variable that holds the key for that server; the default is for Chroma Cloud.",
        scope="user",
        form="variable",
    )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which language model writes the answers."""

    profile: str = _setting(
        "",
        "Name of the profile to use: one of yours, or a built-in one.",
        scope="user",
        form="profile",
    )
    name: str = _setting(
        "", "Name of the language model; empty means offline answers, without a model.", scope="user"
    )
    base_url: str = _setting(
        "", "Address of an OpenAI-compatible endpoint; without one, OpenAI's own.", scope="user", form="url"
    )
    api_key_env: str = _setting(
        "OPENAI_API_KEY",
        "Name of the environment variable that holds the key for the model, empty for none; the default is for OpenAI's own address.",
        scope="user",
        form="variable",
    )
    api_version: str = _setting("", "API version of Azure OpenAI; empty for other servers.", scope="user")
    file: str = _setting(
        "",
        "A GGUF file to run on this machine instead of using a server.",
        scope="user",
        form="file",
    )
    ca_file: str = _setting(
        "",
        "A PEM file with the certificate of your own authority, trusted beside those of the system.",
        scope="user",
        form="file",
    )
    omit_parameters: tuple[str, ...] = _setting(
        (),
        "Parameters to leave out of requests: temperature, max_tokens, stream, or system (the role).",
        scope="user",
    )
    context_window: int = _setting(
        128_000, "Context window of the model, in tokens.", minimum=1_000, maximum=10_000_000
    )
    max_output_tokens: int = _setting(
        2_000, "Maximum number of tokens of an answer.", minimum=16, maximum=1_000_000
    )
    temperature: float = _setting(0.2, "Sampling temperature of the model.", minimum=0, maximum=2)
    input_price: float = _setting(
        0.0,
        "Price of a million input tokens, in your currency; 0 means unknown.",
        scope="user",
        minimum=0,
        maximum=1e6,
    )
    output_price: float = _setting(
        0.0, "Price of a million output tokens; 0 means unknown.", scope="user", minimum=0, maximum=1e6
    )
    timeout_seconds: float = _setting(60.0, "Seconds to wait for the model.", minimum=1, maximum=3600)
    off: str = _off()

    @property
    def title(self) -> str:
        """The display name of the model: its name, else that of its file; "" if there is none, or if it is off."""
        if self.off:
            return ""
        return self.name or (Path(self.file).stem if self.file else "")

    @property
    def address(self) -> str:
        """Where the model in use is: a file or a URL; "" if there is none, or if it is a model of the editor."""
        return (self.file or self.base_url) if self.title else ""


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """The records of questions and answers that are kept on this machine."""

    enabled: bool = _setting(
        default=True, doc="Keep questions, prompts and answers on this machine.", scope="user"
    )
    max_megabytes: int = _setting(
        50,
        "Megabytes of records to keep; the oldest are deleted first.",
        scope="user",
        minimum=1,
        maximum=100_000,
    )
    max_days: int = _setting(90, "Days to keep records.", scope="user", minimum=0, maximum=36_500)


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How questions are answered."""

    persona: str = _setting("engineer", "Persona that answers: a name, or a template file of your own.")
    workspace_personas: bool = _setting(
        default=False,
        doc="Allow the personas in a workspace's .fieldguide/personas folder.",
        scope="user",
    )
    max_passages: int = _setting(12, "Maximum number of passages for an answer.", minimum=1, maximum=100)
    context_tokens: int = _setting(
        6_000, "Token budget for passages and conversation in a prompt.", minimum=200, maximum=1_000_000
    )
    review_rounds: int = _setting(
        2,
        "How often the model may correct the problems that checks find in its code; 0 disables the checks.",
        minimum=0,
        maximum=10,
    )


@dataclass(frozen=True, slots=True)
class HoverSettings:
    """Hover cards."""

    enabled: bool = _setting(default=True, doc="Show a card about the name under the pointer.")


@dataclass(frozen=True, slots=True)
class DocsSettings:
    """Documentation outside of the workspace."""

    folders: tuple[str, ...] = _setting(
        (),
        "Folders of documentation outside of the workspace, for searches and answers.",
        scope="user",
    )


@dataclass(frozen=True, slots=True)
class CodeLensSettings:
    """Code lenses above definitions."""

    enabled: bool = _setting(default=False, doc='Show "Explain" and the number of callers above definitions.')


@dataclass(frozen=True, slots=True)
class ConfigSettings:
    """Config files in the editor."""

    inspect: bool = _setting(
        default=True,
        doc="Show problems, hovers and completions in config files of development environments and CI workflows.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. ``Settings()`` holds the defaults."""

    index: IndexSettings = field(default_factory=IndexSettings)
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    hover: HoverSettings = field(default_factory=HoverSettings)
    code_lens: CodeLensSettings = field(default_factory=CodeLensSettings)
    config: ConfigSettings = field(default_factory=ConfigSettings)
    docs: DocsSettings = field(default_factory=DocsSettings)
    records: RecordSettings = field(default_factory=RecordSettings)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Settings":
        """Build settings from checked values by key (``model.name``); missing keys have their defaults."""
        sections: dict[str, dict[str, Any]] = {section.name: {} for section in fields(cls)}
        for key, value in values.items():
            section, _, name = key.partition(".")
            sections[section][name] = value
        types = get_type_hints(cls)
        return cls(**{name: types[name](**chosen) for name, chosen in sections.items()})

    def value(self, key: str) -> object:
        """Return the value of a key such as ``model.name``."""
        section, _, name = key.partition(".")
        return getattr(getattr(self, section), name)

    def index_options(self, environment: Mapping[str, str] = os.environ) -> "IndexOptions":
        """Return the options of the indexer. Keys are read from the environment here and nowhere earlier."""
        from fieldguide_indexer import EmbeddingOptions, IndexOptions, StoreOptions  # noqa: PLC0415 - keeps start-up light

        chosen, home = self.embedding, environment.get("FIELDGUIDE_HOME")
        return IndexOptions(
            embedding=EmbeddingOptions(
                provider=chosen.provider,
                folder=Path(chosen.folder).expanduser() if chosen.folder else None,
                base_url=chosen.base_url,
                model=chosen.model,
                api_key=environment.get(chosen.api_key_env, "") if chosen.provider == "openai" else "",
                ca_file=Path(chosen.ca_file).expanduser() if chosen.ca_file else None,
                batch_size=chosen.batch_size,
                off=chosen.off,
            ),
            store=StoreOptions(
                url=self.store.url,
                api_key=environment.get(self.store.api_key_env, "") if self.store.url else "",
                collection=self.store.collection,
            ),
            max_file_bytes=self.index.max_file_kib * 1024,
            threads=self.index.threads,
            rescan_seconds=self.index.rescan_seconds,
            nice=self.index.nice,
            memory_mib=self.index.memory_mib,
            exclude=self.index.exclude,
            home=Path(home) if home else None,
        )


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting, for loading, documentation and the manifest of an editor's extension.

    ``form`` narrows a string: ``url``, ``file``, ``folder``, ``profile``, ``name`` (letters, digits, ``.``, ``_`` and
    ``-``) or ``variable`` (the name of an environment variable).
    """

    key: str
    kind: type
    default: object
    doc: str
    scope: str = "workspace"
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    form: str = ""


@cache
def schema() -> Mapping[str, Spec]:
    """Return all settings by key, in the order of the dataclasses above."""
    specs = {}
    for section, type_ in get_type_hints(Settings).items():
        for declared in fields(type_):
            if not declared.metadata:
                continue
            kind = tuple if declared.default == () else type(declared.default)
            key = f"{section}.{declared.name}"
            assert declared.default is not MISSING, f"{key} has no default"
            specs[key] = Spec(key, kind, declared.default, **declared.metadata)
    return specs
