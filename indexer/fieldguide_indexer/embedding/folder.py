"""Configuration of a model folder: the shipped one, or any in the layout of sentence-transformers."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fieldguide_indexer.errors import EmbeddingError

SHIPPED = Path(__file__).with_name("model")
PROJECTION = "projection.npy"
Pooling = Literal["mean", "cls", "last"]
POOLINGS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
}
SETTINGS = ("sentence_bert_config.json", "1_Pooling/config.json", "config_sentence_transformers.json")
# Samples suffice, since other weights differ everywhere; hashing gigabytes would delay the start.
SAMPLES, SAMPLE_BYTES = 16, 1 << 16


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A local model: its files, and how its texts and vectors are processed.

    ``pooling`` is used if the model returns a vector per token; ``max_tokens`` includes special tokens.
    ``projection`` has the axes, of shape (model dimension, dimension), onto which vectors are projected: see ``make_projection.py``.
    ``dimension`` is the length of a vector; 0 if it is only known after loading the model.
    """

    name: str
    model: Path
    tokenizer: Path
    max_tokens: int = 512
    pooling: Pooling = "mean"
    query_prefix: str = ""
    document_prefix: str = ""
    projection: Path | None = None
    dimension: int = 0


def shipped_model() -> ModelFolder:
    """Return the model shipped with the package.

    Raises:
        EmbeddingError: the installation is damaged.
    """
    manifest = _read_object(SHIPPED / "manifest.json")
    if not manifest:
        message = "The model shipped with Fieldguide is missing; reinstall the package."
        raise EmbeddingError(message)
    return ModelFolder(
        name=f"{manifest['name']}@{manifest['revision']}",
        model=SHIPPED / "model.onnx",
        tokenizer=SHIPPED / "tokenizer.json",
        max_tokens=int(str(manifest["max_tokens"])),
        projection=SHIPPED / PROJECTION,
        dimension=int(str(manifest["dimension"])),
    )


def revision(hashes: Mapping[str, str]) -> str:
    """Twelve hex digits that change with any shipped file that affects vectors."""
    return hashlib.sha256("".join(hashes[name] for name in sorted(hashes)).encode()).hexdigest()[:12]


def damaged_shipped_files() -> tuple[str, ...]:
    """Return the names of shipped model files that do not match the manifest. It reads them completely: for ``doctor``."""
    files = _read_object(SHIPPED / "manifest.json").get("files")
    if not isinstance(files, dict):
        return ("manifest.json",)
    return tuple(name for name, facts in files.items() if _sha256(SHIPPED / name) != facts["sha256"])


def read_model_folder(folder: Path) -> ModelFolder:
    """Return the model in ``folder`` with its tokenizer and configuration.

    Raises:
        EmbeddingError: a part is missing, or requires something that is not supported.
    """
    if not folder.is_dir():
        message = f"The model folder {folder} does not exist."
        raise EmbeddingError(message)
    model = _first_file(folder, ("model.onnx", "onnx/model.onnx"))
    tokenizer = _first_file(folder, ("tokenizer.json", "onnx/tokenizer.json"))
    weights = model.with_name(
        f"{model.name}_data"
    )  # Exporters store weights that are too large for one file here.
    settings = [folder / name for name in SETTINGS]
    limits, pooling, sentence = (_read_object(path) for path in settings)
    prompts = sentence.get("prompts")
    prefixes = prompts if isinstance(prompts, dict) else {}
    limit = limits.get("max_seq_length")
    return ModelFolder(
        name=f"{folder.resolve().name}@{_fingerprint([model, weights, tokenizer, *settings])}",
        model=model,
        tokenizer=tokenizer,
        max_tokens=limit if isinstance(limit, int) and limit > 2 else 512,
        pooling=_pooling(pooling, folder),
        query_prefix=str(prefixes.get("query", "")),
        document_prefix=str(prefixes.get("document", prefixes.get("passage", ""))),
    )


def _first_file(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    message = f"The model folder {folder} has no {' or '.join(names)}."
    raise EmbeddingError(message)


def _pooling(config: dict[str, object], folder: Path) -> Pooling:
    chosen = [name for name, value in config.items() if name.startswith("pooling_mode_") and value is True]
    if not chosen:
        return "mean"
    if len(chosen) > 1 or chosen[0] not in POOLINGS:
        message = f"The model in {folder} requires {' and '.join(chosen)} pooling, which is not supported."
        raise EmbeddingError(message)
    return POOLINGS[chosen[0]]


def _read_object(path: Path) -> dict[str, object]:
    """Return the JSON object in ``path``; empty if the file does not exist.

    Raises:
        EmbeddingError: the file cannot be read, or is not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        message = f"The model file {path} cannot be read."
        raise EmbeddingError(message) from error
    if not isinstance(content, dict):
        message = f"The model's file {path} holds no JSON object."
        raise EmbeddingError(message)
    return content


def _fingerprint(paths: Iterable[Path]) -> str:
    """Twelve hex digits that change with any of the files."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            size = path.stat().st_size
            digest.update(f"{path.name}:{size};".encode())
            for sample in _samples(path, size):
                digest.update(sample)
    return digest.hexdigest()[:12]


def _samples(path: Path, size: int) -> Iterator[bytes]:
    """Even samples of the file: all of it up to SAMPLES · SAMPLE_BYTES."""
    with path.open("rb") as file:
        for number in range(SAMPLES):
            file.seek(number * size // SAMPLES)
            yield file.read(SAMPLE_BYTES)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
