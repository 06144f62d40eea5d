import json
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError
from export.runtime.graph_contract import OUTPUTS
from export.runtime.session import Classifier
from tests.export.runtime.tiny_bundle import CLASSES, SPEC, GraphOptions, make_graph, rehash, write_bundle

GOOD = GraphOptions().metadata
WRONG_GRAPHS = {
    "float input": (GraphOptions(uint8=False), r"expected a tensor\(uint8\) input .*got tensor\(float\)"),
    "other size": (GraphOptions(shape=("B", 32, 48, 3)), r"\['B', 32, 40, 3\], got tensor\(uint8\) \['B', 32, 48, 3\]"),
    "free size": (GraphOptions(shape=("B", "H", "W", 3)), "expected a tensor"),
    "endless batch": (GraphOptions(shape=(1025, 32, 40, 3)), "expected a tensor"),
    **{
        f"no {name}": (
            GraphOptions(outputs=tuple(item for item in OUTPUTS if item != name)),
            f"expected an output '{name}', the graph has ",
        )
        for name in OUTPUTS
    },
    "no metadata": (GraphOptions(metadata={}), r"expected the metadata key roadgrip\.classes"),
    "no preprocessing": (
        GraphOptions(metadata={"roadgrip.classes": GOOD["roadgrip.classes"]}),
        r"expected the metadata key roadgrip\.preprocessing",
    ),
    "other class order": (
        GraphOptions(metadata={**GOOD, "roadgrip.classes": json.dumps(["wet", "dry", "snow"])}),
        r"the graph's classes are \['wet', 'dry', 'snow'\], the manifest's \['dry', 'wet', 'snow'\]",
    ),
    "broken classes": (
        GraphOptions(metadata={**GOOD, "roadgrip.classes": "[dry"}),
        r"roadgrip\.classes: expected JSON, but",
    ),
    **{
        f"{what} in {key}": (GraphOptions(metadata={**GOOD, f"roadgrip.{key}": text}), message)
        for key in ("classes", "preprocessing")
        for what, text, message in (
            ("deep lists", "[" * 200_000, f"roadgrip.{key}: expected JSON of at most 32 levels"),
            ("a long number", "[" + "9" * 5000 + "]", f"roadgrip.{key}: expected numbers of at most 40 digits"),
            ("no number", "[NaN]", f"roadgrip.{key}: expected finite numbers"),
            ("a key twice", '{"a": 1, "a": 1}', f"roadgrip.{key}: expected every key once"),
            ("an escape", '["\\u001b[2J"]', f"roadgrip.{key}: expected texts without control characters"),
            ("2 MiB", '["' + "x" * (2 << 20) + '"]', f"roadgrip.{key}: expected at most 1048576 bytes, got 2097156"),
        )
    },
    "another kind of classes": (GraphOptions(metadata={**GOOD, "roadgrip.classes": "{}"}), "classes are {}, the man"),
    "long classes": (
        GraphOptions(metadata={**GOOD, "roadgrip.classes": json.dumps(["x" * 60] * 5000)}),
        r"the graph's classes are \['x{60}', '.{131}\.\.\., the manifest's \['dry'",
    ),
    "numbers as text": (
        GraphOptions(metadata={**GOOD, "roadgrip.preprocessing": GOOD["roadgrip.preprocessing"].replace("32", '"32"')}),
        "height: expected a valid integer, got '32'",
    ),
    "other interpolation": (
        GraphOptions(
            metadata={
                **GOOD,
                "roadgrip.preprocessing": SPEC.model_copy(update={"interpolation": "linear"}).model_dump_json(),
            }
        ),
        "preprocessing differs from the manifest's in interpolation",
    ),
    "other colour order": (
        GraphOptions(
            metadata={**GOOD, "roadgrip.preprocessing": SPEC.model_copy(update={"color": "bgr"}).model_dump_json()}
        ),
        "preprocessing differs from the manifest's in color",
    ),
    "unknown preprocessing": (
        GraphOptions(metadata={**GOOD, "roadgrip.preprocessing": '{"height": 32, "width": 40, "crop": 1}'}),
        "crop: unknown key",
    ),
}


@pytest.mark.parametrize("name", WRONG_GRAPHS)
def test_graph_that_disagrees_is_refused(manifest_path: Path, name: str):
    options, message = WRONG_GRAPHS[name]
    rehash(manifest_path.parent, "fp32.onnx", make_graph(options))
    with pytest.raises(CheckFailedError, match=message) as caught:
        Classifier.open(manifest_path)
    assert "fp32.onnx" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("name", [b"roadgrip.classes", b"picture", b"centroid_distance", b"MatMul", b'"snow"'])
def test_names_that_are_no_utf8_are_refused(manifest_path: Path, name: bytes):
    """ONNX Runtime takes some of them, and then cannot hand them to Python."""
    rehash(manifest_path.parent, "fp32.onnx", make_graph().replace(name, name[:-2] + b"\xff" + name[-1:]))
    with pytest.raises(CheckFailedError, match=r"fp32\.onnx: .*") as caught:
        Classifier.open(manifest_path)
    assert str(caught.value).isprintable()


def test_graph_that_agrees_is_opened(manifest_path: Path):
    assert Classifier.open(manifest_path).classes == CLASSES


def test_another_feature_length_than_the_manifests_is_refused(tmp_path: Path):
    path = write_bundle(tmp_path, edit=lambda values: values.update(feature_dim=4))
    with pytest.raises(CheckFailedError, match=r"'feature' as tensor\(float\) \['B', 4\], got .*, 3\]"):
        Classifier.open(path)


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_fixed_batch_is_accepted(manifest_path: Path, batch: int):
    rehash(manifest_path.parent, "fp32.onnx", make_graph(GraphOptions(shape=(batch, 32, 40, 3))))
    assert Classifier.open(manifest_path).classes == CLASSES
