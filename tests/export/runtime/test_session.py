import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from data_tools.errors import CheckFailedError, InputError
from data_tools.images.preprocessing import to_model_size
from export.runtime.ort_session import ORT_ERRORS, create_session, one_line
from export.runtime.session import Classifier
from tests.export.runtime.tiny_bundle import (
    CLASSES,
    SPEC,
    THRESHOLDS,
    GraphOptions,
    colour_picture,
    flip_byte,
    golden_outputs_of,
    golden_pictures,
    make_graph,
    rehash,
    write_bundle,
)


@pytest.mark.parametrize(("variant", "gain"), [("fp32", 60.0), ("int8", 55.0)])
def test_run_gives_the_graphs_outputs(manifest_path: Path, variant: str, gain: float):
    outputs = Classifier.open(manifest_path, variant).run(golden_pictures())
    expected = golden_outputs_of(make_graph(GraphOptions(gain=gain)), golden_pictures())
    found = np.stack([outputs.logits, outputs.probabilities, outputs.distance], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(outputs.feature, golden_pictures().mean(axis=(1, 2)) / 255, rtol=1e-5)
    assert {value.dtype for value in outputs} == {np.dtype(np.float32)}


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3.0])
def test_the_temperature_is_applied_to_probabilities_alone(tmp_path: Path, temperature: float):
    classifier = Classifier.open(write_bundle(tmp_path, temperatures={"fp32": temperature}))
    outputs, plain = classifier.run(golden_pictures()), classifier.run_graph(golden_pictures())
    for row, logits in zip(outputs.probabilities, plain.logits, strict=True):
        powers = [math.exp(float(value - logits.max()) / temperature) for value in logits]
        np.testing.assert_allclose(row, [power / sum(powers) for power in powers], rtol=1e-6)
    for name in ("logits", "feature", "distance"):
        np.testing.assert_array_equal(getattr(outputs, name), getattr(plain, name))
    expected = golden_outputs_of(make_graph(), golden_pictures())
    np.testing.assert_allclose(plain.probabilities, expected[:, 1], rtol=1e-5)
    if temperature > 1:
        assert (outputs.probabilities.max(axis=1) < plain.probabilities.max(axis=1)).all()


def test_classify_names_the_class_of_pictures_of_any_size(manifest_path: Path):
    classifier = Classifier.open(manifest_path.parent)
    pictures = [colour_picture(label, height=50 + label, width=90, seed=label) for label in (2, 0, 1, 2)]
    predictions = classifier.classify(pictures)
    assert [item.label for item in predictions] == ["snow", "dry", "wet", "snow"]
    for picture, prediction in zip(pictures, predictions, strict=True):
        outputs = classifier.run(to_model_size(picture, SPEC)[None])
        assert tuple(prediction.probabilities) == CLASSES
        np.testing.assert_allclose(list(prediction.probabilities.values()), outputs.probabilities[0], rtol=1e-4)
        assert prediction.confidence == max(prediction.probabilities.values())
        assert prediction.distance == pytest.approx(float(outputs.distance.min()), rel=1e-4)
        assert prediction.in_distribution
    assert classifier.classify([]) == []


def test_a_picture_unlike_the_known_ones_is_said_to_be_so(manifest_path: Path):
    white, red = np.full((60, 90, 3), 255, np.uint8), colour_picture(0, strength=100)
    known, *unknown = Classifier.open(manifest_path).classify([colour_picture(0), white, red])
    assert known.in_distribution
    assert known.distance <= THRESHOLDS["0.99"]
    for item in unknown:
        assert not item.in_distribution
        assert item.distance > THRESHOLDS["0.99"]
    assert unknown[1].label == "dry"  # however sure the class is
    assert unknown[1].confidence > 0.99


@pytest.mark.parametrize("graph_color", ["rgb", "bgr"])
def test_every_colour_order_gives_the_same_decision(tmp_path: Path, graph_color: str):
    spec = SPEC.model_copy(update={"color": graph_color})
    metadata = {**GraphOptions().metadata, "roadgrip.preprocessing": spec.model_dump_json()}
    path = write_bundle(
        tmp_path,
        {"fp32": make_graph(GraphOptions(metadata=metadata))},
        edit=lambda values: values["preprocessing"].update(color=graph_color),
    )
    classifier = Classifier.open(path)
    red = colour_picture(0, 60, 90, strength=40)
    seen = {"rgb": "dry", "bgr": "snow"}[graph_color]  # the tiny graph calls its first channel dry
    assert [item.label for item in classifier.classify([red])] == [seen]
    assert classifier.classify([np.ascontiguousarray(red[..., ::-1])], color="bgr") == classifier.classify([red])
    prepared = classifier.prepare(red)
    np.testing.assert_array_equal(prepared, to_model_size(red, SPEC)[..., :: 1 if graph_color == "rgb" else -1])
    assert prepared.flags.c_contiguous
    with pytest.raises(ValueError, match="expected 'rgb' or 'bgr', got 'gbr'"):
        classifier.classify([red], color="gbr")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_a_fixed_batch_gives_what_a_free_one_gives(manifest_path: Path, size: int):
    pictures = np.stack([colour_picture(index % 3, seed=index) for index in range(5)])
    free = Classifier.open(manifest_path).run(pictures)
    rehash(manifest_path.parent, "fp32.onnx", make_graph(GraphOptions(shape=(size, 32, 40, 3))))
    fixed = Classifier.open(manifest_path).run(pictures)
    for left, right in zip(free, fixed, strict=True):
        assert left.shape == right.shape
        np.testing.assert_allclose(left, right, rtol=1e-4)


def test_threads_do_not_change_the_decision(manifest_path: Path):
    one, every = Classifier.open(manifest_path, threads=1), Classifier.open(manifest_path, threads=None)
    left, right = one.run(golden_pictures()), every.run(golden_pictures())
    np.testing.assert_allclose(left.probabilities, right.probabilities, rtol=1e-5)


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((1, 32, 40, 3), np.float32),
        np.zeros((32, 40, 3), np.uint8),
        np.zeros((1, 3, 32, 40), np.uint8),
        np.zeros((1, 32, 41, 3), np.uint8),
        np.zeros((0, 32, 40, 3), np.uint8),
    ],
)
def test_another_batch_is_refused(manifest_path: Path, batch: np.ndarray):
    with pytest.raises(ValueError, match=r"expected \(B, 32, 40, 3\) uint8, got"):
        Classifier.open(manifest_path).run(batch)


def test_changed_file_is_refused_before_it_is_loaded(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *args, **kwargs: pytest.fail("was loaded"))
    flip_byte(manifest_path.parent / "fp32.onnx", 100)
    with pytest.raises(CheckFailedError, match=r"fp32\.onnx: changed after the bundle was made"):
        Classifier.open(manifest_path)
    (manifest_path.parent / "int8.onnx").unlink()
    with pytest.raises(CheckFailedError, match=r"int8\.onnx: missing"):
        Classifier.open(manifest_path, "int8")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no graph at all", "expected an ONNX file, but it cannot be read as one"),
        (bytes(300), "expected an ONNX file, but it cannot be read as one"),
        (b"", "ONNX Runtime cannot open it"),
        (b"\x08\x08", "ONNX Runtime cannot open it"),
    ],
)
def test_corrupt_file_is_one_line(manifest_path: Path, data: bytes, message: str):
    rehash(manifest_path.parent, "fp32.onnx", data)
    with pytest.raises(CheckFailedError, match=rf"fp32\.onnx: {message}") as caught:
        Classifier.open(manifest_path)
    assert "\n" not in str(caught.value)


def test_graph_cut_in_the_middle_is_refused(manifest_path: Path):
    graph = make_graph()
    rehash(manifest_path.parent, "fp32.onnx", graph[: len(graph) // 2])
    with pytest.raises(CheckFailedError, match=r"fp32\.onnx"):
        Classifier.open(manifest_path)


def test_weights_in_a_second_file_are_refused(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    onnx = pytest.importorskip("onnx")
    folder = manifest_path.parent
    model = onnx.load_model_from_string(make_graph())
    onnx.save_model(model, folder / "split.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (folder / "weights.bin").is_file()
    rehash(folder, "fp32.onnx", (folder / "split.onnx").read_bytes())
    monkeypatch.chdir(folder)
    with pytest.raises(CheckFailedError, match=r"fp32\.onnx: expected every weight inside the graph's own file"):
        Classifier.open(manifest_path)


def test_nan_never_becomes_a_decision(manifest_path: Path):
    rehash(manifest_path.parent, "fp32.onnx", make_graph(GraphOptions(nan=True)))
    with pytest.raises(CheckFailedError, match="variant fp32: gave logits that are not finite"):
        Classifier.open(manifest_path).classify([colour_picture(0)])


def test_missing_provider_is_refused(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(InputError, match=r"provider 'cuda'.*available: cpu.*'\.\[gpu\]'"):
        Classifier.open(manifest_path, provider="cuda")


def test_fallback_to_the_cpu_is_refused(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = onnxruntime.InferenceSession
    built_in = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_in)
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda graph, options, providers, **kwargs: real(graph, options, providers=["CPUExecutionProvider"]),
    )
    with pytest.raises(InputError, match=r"provider 'cuda': .*offers CPUExecutionProvider instead"):
        Classifier.open(manifest_path, provider="cuda")


def test_threads_below_one_are_refused(manifest_path: Path):
    with pytest.raises(InputError, match=r"threads: expected 1\.\.1024, or none for all cores, got 0"):
        Classifier.open(manifest_path, threads=0)


def test_threads_beyond_any_machine_are_refused(manifest_path: Path):
    with pytest.raises(InputError, match=r"threads: expected 1\.\.1024, or none for all cores, got 1025"):
        Classifier.open(manifest_path, threads=1025)


def test_session_options_reach_onnxruntime():
    options = create_session(make_graph(), "tiny", 2, "cpu").get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert options.get_session_config_entry("session.force_spinning_stop") == "1"
    assert create_session(make_graph(), "tiny", None, "cpu").get_session_options().intra_op_num_threads == 0


def test_failure_while_running_is_one_line(manifest_path: Path):
    classifier = Classifier.open(manifest_path)

    class Failing:
        def run(self, *args: object) -> None:
            raise ORT_ERRORS[1]("out of\nmemory")

    classifier._session = Failing()
    with pytest.raises(CheckFailedError, match=r"variant fp32: ONNX Runtime failed \(out of memory\)"):
        classifier.run(golden_pictures())


def test_long_messages_are_cut():
    assert len(one_line(RuntimeError("x" * 999))) == 200


def test_messages_never_hold_what_a_terminal_obeys(manifest_path: Path):
    onnx = pytest.importorskip("onnx")
    assert one_line(RuntimeError("a\x1b[31mred\x9b\u202egnp\ud800\n b")) == r"a\x1b[31mred\x9b\u202egnp\ud800 b"
    assert len(one_line(RuntimeError("\x1b" * 999))) == 200
    model = onnx.load_model_from_string(make_graph())
    model.graph.node[1].op_type = "Mu\x1b[31mRED"
    rehash(manifest_path.parent, "fp32.onnx", model.SerializeToString())
    with pytest.raises(CheckFailedError, match=r"ONNX Runtime cannot open it .*Mu\\x1b\[31mRED") as caught:
        Classifier.open(manifest_path)
    assert str(caught.value).isprintable()
