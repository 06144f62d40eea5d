"""Build the C++ example, run it on bundles, and compare it with the Python runtime."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from data_tools.artifacts.hashing import sha256_bytes
from export.runtime.session import Classifier
from tests.export.runtime.external_graphs import split_weights
from tests.export.runtime.tiny_bundle import (
    CLASSES,
    SPEC,
    GraphOptions,
    colour_picture,
    make_graph,
    write_bundle,
)

TOLERANCE = 1e-6
PICTURES = [colour_picture(label, strength=strength, seed=strength) for label in range(3) for strength in (2, 6, 60)]


def reference(graph: bytes, picture: np.ndarray, temperature: float) -> tuple[np.ndarray, float]:
    """Return softmax(logits / temperature) and the smallest distance, without the code under test."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: picture[None]}
    logits, distance = session.run(["logits", "centroid_distance"], feed)
    powers = np.exp(logits[0].astype(np.float64) / temperature)
    return powers / powers.sum(), float(distance.min())


def edit_json(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(value))


def set_temperatures(manifest_path: Path, temperature: float) -> None:
    def edit(value: dict[str, Any]) -> None:
        for variant in value["variants"]:
            variant["temperature"] = temperature

    edit_json(manifest_path, edit)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle of two variants with temperature 1."""
    path = write_bundle(tmp_path / "bundle", {"fp32": make_graph(), "int8": make_graph(GraphOptions(gain=55.0))})
    set_temperatures(path, 1.0)
    return path.parent


def replace_graph(bundle: Path, graph: bytes) -> None:
    """Replace fp32's graph and what the manifest says about it, so that only its content can be at fault."""
    (bundle / "fp32.onnx").write_bytes(graph)

    def edit(value: dict[str, Any]) -> None:
        value["variants"][0]["file"].update(sha256=sha256_bytes(graph), size_bytes=len(graph))

    edit_json(bundle / "manifest.json", edit)


class Example:
    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder

    def run(self, *words: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([self.program, *map(str, words)], capture_output=True, encoding="utf-8", timeout=60)

    def raw(self, picture: np.ndarray) -> Path:
        path = self.folder / "picture.raw"
        path.write_bytes(picture.tobytes())
        return path

    def classify(self, bundle: Path, variant: str, picture: np.ndarray, *options: str) -> dict[str, Any]:
        done = self.run(bundle, variant, self.raw(picture), *options)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") == 1
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    def refused(self, *words: object) -> str:
        """Return the one line that it fails with for wrong input."""
        done = self.run(*words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
        return done.stderr


@pytest.fixture
def example(predict_program: Path, tmp_path: Path) -> Example:
    return Example(predict_program, tmp_path)


@pytest.mark.parametrize("variant", ["fp32", "int8"])
def test_answers_are_the_python_classifiers(example: Example, bundle: Path, tmp_path: Path, variant: str):
    graphs = {name: (bundle / f"{name}.onnx").read_bytes() for name in ("fp32", "int8")}
    classifier = Classifier.open(write_bundle(tmp_path / "python", graphs), variant)
    for picture in PICTURES:
        answer = example.classify(bundle, variant, picture)
        (expected,) = classifier.predict(picture[None])
        assert answer["label"] == expected.label
        assert answer["confidence"] == pytest.approx(expected.confidence, abs=TOLERANCE)
        assert tuple(answer["probabilities"]) == CLASSES
        assert answer["probabilities"] == pytest.approx(expected.probabilities, abs=TOLERANCE)
        assert answer["distance"] == pytest.approx(expected.distance, abs=TOLERANCE)
        assert answer["in_distribution"] is expected.in_distribution
        assert set(answer) == set(expected.model_dump())


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_temperature_and_distance_are_applied(example: Example, bundle: Path, temperature: float):
    set_temperatures(bundle / "manifest.json", temperature)
    for picture in PICTURES[::2]:
        probabilities, distance = reference((bundle / "int8.onnx").read_bytes(), picture, temperature)
        answer = example.classify(bundle, "int8", picture)
        np.testing.assert_allclose(list(answer["probabilities"].values()), probabilities, rtol=0, atol=TOLERANCE)
        assert answer["distance"] == pytest.approx(distance, rel=TOLERANCE)


def test_threshold_is_applied(example: Example, bundle: Path):
    distance = example.classify(bundle, "int8", PICTURES[0])["distance"]
    for factor, known in ((1.01, True), (0.99, False)):

        def edit(value: dict[str, Any], threshold: float = factor * distance) -> None:
            value["variants"][1]["ood_thresholds"]["0.99"] = threshold

        edit_json(bundle / "manifest.json", edit)
        assert example.classify(bundle, "int8", PICTURES[0])["in_distribution"] is known


def test_bgr_file_gives_the_answer_of_its_rgb_picture(example: Example, bundle: Path):
    for picture in (PICTURES[1], PICTURES[7]):
        rgb = example.classify(bundle, "fp32", picture)
        assert example.classify(bundle, "fp32", picture[..., ::-1], "--color", "bgr", "--threads", "2") == rgb
        assert example.classify(bundle, "fp32", picture[..., ::-1])["label"] != rgb["label"]


def test_graph_that_takes_bgr_is_given_bgr(example: Example, bundle: Path):
    spec = json.loads(SPEC.model_dump_json()) | {"color": "bgr"}
    metadata = GraphOptions().metadata | {"roadgrip.preprocessing": json.dumps(spec)}
    graph = make_graph(GraphOptions(metadata=metadata))
    replace_graph(bundle, graph)
    edit_json(bundle / "manifest.json", lambda value: value["preprocessing"].update(color="bgr"))
    bgr = PICTURES[1][..., ::-1]
    expected, _ = reference(graph, bgr, 1.0)
    for picture, color in ((PICTURES[1], "rgb"), (bgr, "bgr")):
        answer = example.classify(bundle, "fp32", picture, "--color", color)
        np.testing.assert_allclose(list(answer["probabilities"].values()), expected, rtol=0, atol=TOLERANCE)


def test_graph_of_one_fixed_picture_is_taken(example: Example, bundle: Path):
    graph = make_graph(GraphOptions(shape=(1, SPEC.height, SPEC.width, 3)))
    replace_graph(bundle, graph)
    expected, _ = reference(graph, PICTURES[4], 1.0)
    answer = example.classify(bundle, "fp32", PICTURES[4])
    np.testing.assert_allclose(list(answer["probabilities"].values()), expected, rtol=0, atol=TOLERANCE)


def test_class_names_of_any_script_come_out_as_json(example: Example, bundle: Path):
    names = ['dry "tarmac"', "nass\\naß", "雪\n"]
    metadata = GraphOptions().metadata | {"roadgrip.classes": json.dumps(names)}
    replace_graph(bundle, make_graph(GraphOptions(metadata=metadata)))
    edit_json(bundle / "manifest.json", lambda value: value.update(classes=names))
    assert list(example.classify(bundle, "fp32", PICTURES[0])["probabilities"]) == names


@pytest.mark.parametrize("extra", [-1, 1, 3])
def test_picture_of_another_length_is_refused(example: Example, bundle: Path, tmp_path: Path, extra: int):
    size = SPEC.height * SPEC.width * 3
    (tmp_path / "raw").write_bytes(bytes(size + extra))
    expected = f"expected a raw picture ({SPEC.height}, {SPEC.width}, 3) of {size} bytes, got {size + extra}"
    assert expected in example.refused(bundle, "fp32", tmp_path / "raw")


def test_missing_files_are_refused(example: Example, bundle: Path, tmp_path: Path):
    raw = example.raw(PICTURES[0])
    assert "none.rgb: there is no such file" in example.refused(bundle, "fp32", tmp_path / "none.rgb")
    assert "bundle: there is no such file" in example.refused(bundle, "fp32", bundle)
    assert "expected a bundle's manifest" in example.refused(tmp_path / "none", "fp32", raw)
    assert "no variant 'fp64'; it has fp32, int8" in example.refused(bundle, "fp64", raw)
    (bundle / "fp32.onnx").unlink()
    assert "fp32.onnx: there is no such file" in example.refused(bundle, "fp32", raw)


@pytest.mark.parametrize(
    "options", [["--color", "grey"], ["--color"], ["--threads", "0"], ["--threads", "2x"], ["--size", "3"], ["more"]]
)
def test_wrong_options_are_refused(example: Example, bundle: Path, options: list[str]):
    assert example.refused(bundle, "fp32", example.raw(PICTURES[0]), *options)
    assert "usage: roadgrip_predict" in example.refused()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (GraphOptions(metadata={}), "expected the metadata key roadgrip.classes; is it a Roadgrip graph?"),
        (
            GraphOptions(metadata=GraphOptions().metadata | {"roadgrip.classes": "[1"}),
            "roadgrip.classes: expected JSON",
        ),
        (
            GraphOptions(metadata=GraphOptions().metadata | {"roadgrip.classes": '["wet","dry","snow"]'}),
            "the graph's classes are not the manifest's",
        ),
        (
            GraphOptions(metadata=GraphOptions().metadata | {"roadgrip.preprocessing": "{}"}),
            "the graph's preprocessing is not the manifest's",
        ),
        (GraphOptions(uint8=False), "expected one uint8 input (1 or free, 32, 40, 3)"),
        (GraphOptions(shape=("B", 32, 41, 3)), "expected one uint8 input (1 or free, 32, 40, 3)"),
        (GraphOptions(shape=(4, 32, 40, 3)), "expected one uint8 input (1 or free, 32, 40, 3)"),
        (GraphOptions(outputs=("probabilities",)), "expected an output 'logits'"),
        (GraphOptions(outputs=("logits", "probabilities")), "expected an output 'centroid_distance'"),
    ],
)
def test_graph_that_is_not_the_manifests_is_refused(
    example: Example, bundle: Path, options: GraphOptions, message: str
):
    replace_graph(bundle, make_graph(options))
    assert message in example.refused(bundle, "fp32", example.raw(PICTURES[0]))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (b"no graph at all", "expected an ONNX file, but it cannot be read as one"),
        (bytes(300), "expected an ONNX file, but it cannot be read as one"),
        (b"\x08\x08", "ONNX Runtime cannot open it ("),
    ],
)
def test_corrupt_graph_is_refused(example: Example, bundle: Path, graph: bytes, message: str):
    replace_graph(bundle, graph)
    assert f"fp32.onnx: {message}" in example.refused(bundle, "fp32", example.raw(PICTURES[0]))


def test_graph_of_another_length_than_the_manifest_says_is_refused(example: Example, bundle: Path):
    with (bundle / "fp32.onnx").open("ab") as stream:
        stream.write(b"\0")
    assert "expected the manifest's graph of" in example.refused(bundle, "fp32", example.raw(PICTURES[0]))


@pytest.mark.parametrize("way", ["here", "absolute"])
def test_weights_in_a_second_file_are_refused_where_the_bundle_is_the_working_directory(
    example: Example, bundle: Path, monkeypatch: pytest.MonkeyPatch, way: str
):
    graph, weights = split_weights(make_graph())
    (bundle / "w.bin").write_bytes(weights)
    replace_graph(bundle, graph)
    raw = example.raw(PICTURES[0])
    monkeypatch.chdir(bundle)
    onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])  # ONNX Runtime itself finds the file
    refused = example.refused("." if way == "here" else bundle, "fp32", raw)
    assert "fp32.onnx: expected every weight inside the graph's own file" in refused


def test_a_graph_in_onnx_runtimes_own_format_is_refused(example: Example, bundle: Path, tmp_path: Path):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "m.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(make_graph(), options, providers=["CPUExecutionProvider"])
    replace_graph(bundle, (tmp_path / "m.ort").read_bytes())
    assert "fp32.onnx: expected an ONNX file" in example.refused(bundle, "fp32", example.raw(PICTURES[0]))


def test_nan_never_becomes_a_decision(example: Example, bundle: Path):
    replace_graph(bundle, make_graph(GraphOptions(nan=True)))
    done = example.run(bundle, "fp32", example.raw(PICTURES[0]))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the graph gave logits that are not finite\n"


def test_full_disk_is_not_success(example: Example, bundle: Path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [example.program, bundle, "fp32", example.raw(PICTURES[0])], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (1, "error: cannot write the answer\n")


def test_missing_library_is_said_with_the_way_out(cmake_configure: Callable[..., Any], tmp_path: Path):
    done = cmake_configure(tmp_path / "build", f"-DONNXRUNTIME_ROOT={tmp_path}")
    assert done.returncode != 0
    assert "ONNX Runtime was not found" in done.stderr
    assert "Give -DONNXRUNTIME_ROOT=FOLDER" in done.stderr
