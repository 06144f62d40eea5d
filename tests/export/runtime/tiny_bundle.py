"""Make tiny but complete bundles: the network takes the mean colour, so red is dry, green is wet, blue is snow."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.artifacts.model import FileRef, file_ref, save_artifact
from data_tools.images.preprocessing import PreprocessingSpec
from export.runtime.manifest import BundleManifest, Variant, VariantMetrics

CLASSES = ("dry", "wet", "snow")
SPEC = PreprocessingSpec(height=32, width=40)
METRICS = VariantMetrics(test_pictures=3, accuracy=1.0, ece=0.1, mean_confidence=0.9, agreement_with_fp32=1.0)


@dataclass
class GraphOptions:
    """Say what the tiny graph looks like; the defaults fit the manifest."""

    gain: float = 60.0
    shape: tuple[str | int, ...] = ("B", 32, 40, 3)
    uint8: bool = True
    outputs: tuple[str, ...] = ("logits", "probabilities")
    nan: bool = False
    metadata: dict[str, str] = field(
        default_factory=lambda: {
            "roadgrip.classes": json.dumps(list(CLASSES)),
            "roadgrip.preprocessing": SPEC.model_dump_json(),
        }
    )


def make_graph(options: GraphOptions | None = None) -> bytes:
    """Return uint8 NHWC -> float -> mean colour -> MatMul -> logits -> softmax."""
    onnx = pytest.importorskip("onnx")
    options = options or GraphOptions()
    helper, types = onnx.helper, onnx.TensorProto
    scale = np.array(np.nan if options.nan else 1 / 255, dtype=np.float32)
    weights = (options.gain * np.eye(3)).astype(np.float32)
    logits, probabilities = "logits", "probabilities"
    nodes = [
        helper.make_node("Cast", ["picture"], ["float"], to=types.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], [logits]),
        helper.make_node("Softmax", [logits], [probabilities], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", types.UINT8 if options.uint8 else types.FLOAT, options.shape)],
        [helper.make_tensor_value_info(name, types.FLOAT, ["B", 3]) for name in options.outputs],
        [onnx.numpy_helper.from_array(scale, "scale"), onnx.numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, options.metadata)
    return bytes(model.SerializeToString())


def colour_picture(label: int, height: int = 32, width: int = 40, strength: int = 6, seed: int = 0) -> np.ndarray:
    """Return a grey picture with a little more of the class's colour; (height, width, 3) uint8 RGB."""
    picture = np.random.default_rng(seed).integers(110, 130, (height, width, 3))
    picture[..., label] += strength
    return picture.astype(np.uint8)


def golden_pictures() -> np.ndarray:
    return np.stack([colour_picture(label, seed=label) for label in range(3)])


def golden_outputs_of(graph: bytes, pictures: np.ndarray) -> np.ndarray:
    """Run a graph without any of the code under test; (N, 2, C) float32."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    return np.stack(session.run(["logits", "probabilities"], {"picture": pictures}), axis=1).astype(np.float32)


def write_bundle(
    folder: Path, graphs: dict[str, bytes] | None = None, edit: Callable[[dict], None] = lambda manifest: None
) -> Path:
    """Write a bundle of the given graphs (fp32 and int8 by default), and return its manifest's path."""
    graphs = graphs or {"fp32": make_graph(), "int8": make_graph(GraphOptions(gain=55.0))}
    folder.mkdir(parents=True, exist_ok=True)
    pictures = golden_pictures()
    np.save(folder / "golden_inputs.npy", pictures)
    variants = []
    for name, graph in graphs.items():
        path, outputs = folder / f"{name}.onnx", folder / f"golden_{name}.npy"
        path.write_bytes(graph)
        np.save(outputs, golden_outputs_of(make_graph(GraphOptions(gain=55.0 if name == "int8" else 60.0)), pictures))
        variants.append(
            Variant(
                name=name,
                file=file_ref(path, folder),
                precision="int8" if name == "int8" else "fp32",
                metrics=METRICS,
                golden_outputs=file_ref(outputs, folder),
                golden_tolerance=1e-4,
            )
        )
    manifest = BundleManifest(
        schema_version=1,
        producer="test",
        parents=(),
        name="tiny",
        classes=CLASSES,
        preprocessing=SPEC,
        variants=tuple(variants),
        golden_inputs=file_ref(folder / "golden_inputs.npy", folder),
        lineage=(),
    )
    values = json.loads(manifest.model_dump_json())
    edit(values)
    return save_artifact(BundleManifest.model_validate_json(json.dumps(values)), folder / "manifest.json")


def rehash(folder: Path, name: str, data: bytes) -> None:
    """Replace a file of a bundle and its sha256 in the manifest, so that only its content can be at fault."""
    path = folder / "manifest.json"
    old = FileRef(path=name, sha256=sha256_bytes((folder / name).read_bytes()), size_bytes=1).sha256
    (folder / name).write_bytes(data)
    path.write_text(path.read_text().replace(old, sha256_bytes(data)))


def flip_byte(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0x01
    path.write_bytes(data)
