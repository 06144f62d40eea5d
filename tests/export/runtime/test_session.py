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
    GraphOptions,
    colour_picture,
    flip_byte,
    golden_outputs_of,
    golden_pictures,
    make_graph,
    rehash,
)


@pytest.mark.parametrize(("variant", "gain"), [("fp32", 60.0), ("int8", 55.0)])
def test_run_gives_the_graphs_outputs(manifest_path: Path, variant: str, gain: float):
    logits, probabilities = Classifier.open(manifest_path, variant).run(golden_pictures())
    expected = golden_outputs_of(make_graph(GraphOptions(gain=gain)), golden_pictures())
    np.testing.assert_allclose(np.stack([logits, probabilities], axis=1), expected, rtol=1e-5)
    assert logits.dtype == probabilities.dtype == np.float32


def test_classify_names_the_class_of_pictures_of_any_size(manifest_path: Path):
    classifier = Classifier.open(manifest_path.parent)
    pictures = [colour_picture(label, height=50 + label, width=90, seed=label) for label in (2, 0, 1, 2)]
    predictions = classifier.classify(pictures)
    assert [item.label for item in predictions] == ["snow", "dry", "wet", "snow"]
    for picture, prediction in zip(pictures, predictions, strict=True):
        _, row = classifier.run(to_model_size(picture, SPEC)[None])
        assert tuple(prediction.probabilities) == CLASSES
        np.testing.assert_allclose(list(prediction.probabilities.values()), row[0], rtol=1e-4)
        assert prediction.confidence == max(prediction.probabilities.values())
    assert classifier.classify([]) == []


def test_threads_do_not_change_the_decision(manifest_path: Path):
    one, every = Classifier.open(manifest_path, threads=1), Classifier.open(manifest_path, threads=None)
    np.testing.assert_allclose(one.run(golden_pictures())[1], every.run(golden_pictures())[1], rtol=1e-5)


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
    with pytest.raises(CheckFailedError, match=r"int8\.onnx: cannot be read"):
        Classifier.open(manifest_path, "int8")


@pytest.mark.parametrize("data", [b"", b"no graph at all", b"\x00" * 300])
def test_corrupt_file_is_one_line(manifest_path: Path, data: bytes):
    rehash(manifest_path.parent, "fp32.onnx", data)
    with pytest.raises(CheckFailedError, match=r"fp32\.onnx: ONNX Runtime cannot open it") as caught:
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
    with pytest.raises(CheckFailedError, match=r"fp32\.onnx"):
        Classifier.open(manifest_path)


def test_nan_never_becomes_a_decision(manifest_path: Path):
    rehash(manifest_path.parent, "fp32.onnx", make_graph(GraphOptions(nan=True)))
    with pytest.raises(CheckFailedError, match="variant fp32: gave probabilities that are not finite"):
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
    with pytest.raises(InputError, match="threads: expected 1 or more"):
        Classifier.open(manifest_path, threads=0)


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
