"""Make tiny but complete bundles: the network takes the mean colour, so red is dry, green is wet, blue is snow."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnxruntime
import pytest

from data_tools.artifacts.model import file_ref, save_artifact
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import Share
from export.runtime.graph_contract import OUTPUTS
from export.runtime.manifest import BundleManifest, Confidence, Variant, VariantMetrics

CLASSES = ("dry", "wet", "snow")
SPEC = PreprocessingSpec(height=32, width=40)
CONFIDENCE = Confidence(ece=0.1, nll=0.1, mean_confidence=0.9, confidence_change=0.0)
METRICS = VariantMetrics(
    test_pictures=3,
    accuracy=Share.of(3, 3),
    agreement_with_fp32=Share.of(3, 3),
    uncalibrated=CONFIDENCE,
    calibrated=CONFIDENCE,
)
CENTROIDS = 0.46 + 0.02 * np.eye(3, dtype=np.float32)
"""Of grey with a little more of the class's colour, as `colour_picture` paints."""
THRESHOLDS = {"0.95": 0.05, "0.99": 0.1}
BACK_ENDS = {
    "fp32": ("onnxruntime-cpu",),
    "fp16": ("tensorrt",),
    "int8": ("onnxruntime-cpu",),
    "int8-trt": ("tensorrt",),
}


@dataclass
class GraphOptions:
    """Say what the tiny graph looks like; the defaults fit the manifest."""

    gain: float = 60.0
    shape: tuple[str | int, ...] = ("B", 32, 40, 3)
    uint8: bool = True
    outputs: tuple[str, ...] = OUTPUTS
    nan: bool = False
    metadata: dict[str, str] = field(
        default_factory=lambda: {
            "roadgrip.classes": json.dumps(list(CLASSES)),
            "roadgrip.preprocessing": SPEC.model_dump_json(),
        }
    )


def make_graph(options: GraphOptions | None = None) -> bytes:
    """Return uint8 NHWC -> float -> mean colour = feature -> MatMul -> logits -> softmax; and feature - centroids."""
    onnx = pytest.importorskip("onnx")
    options = options or GraphOptions()
    helper, types = onnx.helper, onnx.TensorProto
    scale = np.array(np.nan if options.nan else 1 / 255, dtype=np.float32)
    weights = (options.gain * np.eye(3)).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["picture"], ["float"], to=types.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled"], ["feature"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["feature", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("Unsqueeze", ["feature", "one"], ["row"]),
        helper.make_node("Sub", ["row", "centroids"], ["difference"]),
        helper.make_node("ReduceL2", ["difference"], ["centroid_distance"], axes=[2], keepdims=0),
    ]
    batch = options.shape[0]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", types.UINT8 if options.uint8 else types.FLOAT, options.shape)],
        [helper.make_tensor_value_info(name, types.FLOAT, [batch, 3]) for name in options.outputs],
        [
            onnx.numpy_helper.from_array(value, name)
            for name, value in (
                ("scale", scale),
                ("weights", weights),
                ("one", np.array([1], dtype=np.int64)),
                ("centroids", CENTROIDS),
            )
        ],
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
    """Run a graph without any of the code under test; (N, 3, C) float32: logits, probabilities, centroid_distance."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    outputs = session.run(["logits", "probabilities", "centroid_distance"], {"picture": pictures})
    return np.stack(outputs, axis=1).astype(np.float32)


def write_bundle(
    folder: Path,
    graphs: dict[str, bytes] | None = None,
    edit: Callable[[dict], None] = lambda manifest: None,
    temperatures: dict[str, float] = MappingProxyType({}),
) -> Path:
    """Write a bundle of the given graphs (fp32 and int8 by default), and return its manifest's path."""
    graphs = graphs or {"fp32": make_graph(), "int8": make_graph(GraphOptions(gain=55.0))}
    folder.mkdir(parents=True, exist_ok=True)
    pictures = golden_pictures()
    np.save(folder / "golden_inputs.npy", pictures)
    (folder / "MODEL_CARD.md").write_text("# tiny\n" + "A tiny network. " * 8, encoding="utf-8")
    variants = []
    for name, graph in graphs.items():
        path, outputs = folder / f"{name}.onnx", folder / f"golden_{name}.npy"
        path.write_bytes(graph)
        np.save(outputs, golden_outputs_of(make_graph(GraphOptions(gain=55.0 if name == "int8" else 60.0)), pictures))
        variants.append(
            Variant(
                name=name,
                file=file_ref(path, folder),
                precision=name.partition("-")[0],
                back_ends=BACK_ENDS[name],
                temperature=temperatures.get(name, 1.0),
                temperature_basis="fitted",
                validation_pictures=100,
                ood_thresholds=THRESHOLDS,
                metrics=METRICS,
                golden_outputs=file_ref(outputs, folder),
                golden_tolerance=1e-4,
                golden_distance_tolerance=1e-3,
            )
        )
    manifest = BundleManifest(
        schema_version=2,
        producer="test",
        parents=(),
        name="tiny",
        classes=CLASSES,
        preprocessing=SPEC,
        feature_dim=3,
        centroids="measured",
        variants=tuple(variants),
        left_out=(),
        golden_inputs=file_ref(folder / "golden_inputs.npy", folder),
        model_card=file_ref(folder / "MODEL_CARD.md", folder),
        lineage=(),
    )
    values = json.loads(manifest.model_dump_json())
    edit(values)
    return save_artifact(BundleManifest.model_validate_json(json.dumps(values)), folder / "manifest.json")


def rehash(folder: Path, name: str, data: bytes) -> None:
    """Replace a file of a bundle and what the manifest says of it, so that only its content can be at fault."""
    path = folder / "manifest.json"
    before = file_ref(folder / name, folder).model_dump()
    (folder / name).write_bytes(data)
    after = file_ref(folder / name, folder).model_dump()
    values = json.loads(path.read_text(), object_hook=lambda item: after if item == before else item)
    path.write_text(json.dumps(values))


def flip_byte(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0x01
    path.write_bytes(data)
