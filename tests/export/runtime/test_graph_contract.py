import json
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError
from export.runtime.session import Classifier
from tests.export.runtime.tiny_bundle import CLASSES, SPEC, GraphOptions, make_graph, rehash

GOOD = GraphOptions().metadata
WRONG_GRAPHS = {
    "float input": (GraphOptions(uint8=False), r"expected a tensor\(uint8\) input .*got tensor\(float\)"),
    "other size": (GraphOptions(shape=("B", 32, 48, 3)), r"\['B', 32, 40, 3\], got tensor\(uint8\) \['B', 32, 48, 3\]"),
    "free size": (GraphOptions(shape=("B", "H", "W", 3)), "expected a tensor"),
    "fixed batch": (GraphOptions(shape=(1, 32, 40, 3)), "expected a tensor"),
    "no probabilities": (GraphOptions(outputs=("logits",)), "expected an output 'probabilities'"),
    "no logits": (GraphOptions(outputs=("probabilities",)), "expected an output 'logits'"),
    "no metadata": (GraphOptions(metadata={}), r"expected the metadata key roadgrip\.classes"),
    "no preprocessing": (
        GraphOptions(metadata={"roadgrip.classes": GOOD["roadgrip.classes"]}),
        r"expected the metadata key roadgrip\.preprocessing",
    ),
    "other class order": (
        GraphOptions(metadata={**GOOD, "roadgrip.classes": json.dumps(["wet", "dry", "snow"])}),
        r"the graph's classes are \['wet', 'dry', 'snow'\], the manifest's \['dry', 'wet', 'snow'\]",
    ),
    "broken classes": (GraphOptions(metadata={**GOOD, "roadgrip.classes": "[dry"}), r"roadgrip\.classes is no JSON"),
    "other interpolation": (
        GraphOptions(
            metadata={
                **GOOD,
                "roadgrip.preprocessing": SPEC.model_copy(update={"interpolation": "linear"}).model_dump_json(),
            }
        ),
        "preprocessing differs from the manifest's in interpolation",
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
    assert "\n" not in str(caught.value)


def test_graph_that_agrees_is_opened(manifest_path: Path):
    assert Classifier.open(manifest_path).classes == CLASSES
