import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.latency import stage
from benchmarks.latency.artifact import FILE_NAME, LatencyReport
from benchmarks.latency.config import LatencyConfig
from benchmarks.latency.frames import decide, encode_frames
from benchmarks.latency.opencv_threads import opencv_threads
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import decode_bytes
from export.runtime.session import Classifier
from tests.export.runtime.tiny_bundle import SPEC, GraphOptions, flip_byte, golden_pictures, make_graph, write_bundle

SMALL = LatencyConfig(warmup=1, rounds=5, frame_height=72, frame_width=128)


def run(config: LatencyConfig, manifest_path: Path, out_dir: Path) -> LatencyReport:
    path = stage.run(config, manifest_path, out_dir)
    assert path == out_dir / FILE_NAME
    return load_artifact(LatencyReport, path)


def test_report_holds_every_variant_twice_and_the_reference_again(manifest_path: Path, tmp_path: Path):
    report = run(SMALL, manifest_path, tmp_path / "out")
    names = ["fp32", "int8", "reference_again"]
    assert [(row.variant, row.mode) for row in report.rows] == [
        (name, mode) for name in names for mode in ("model_only", "end_to_end")
    ]
    assert all(len(row.samples_ms) == 5 and row.min_ms > 0 for row in report.rows)
    assert all(row.min_ms <= row.p50_ms <= row.p90_ms <= row.p99_ms <= max(row.samples_ms) for row in report.rows)
    assert [row.ratio_to_reference for row in report.rows[:2]] == [1.0, 1.0]
    assert report.reference == "fp32"
    assert set(report.load_ms) == set(report.size_bytes) == {"fp32", "int8"}
    assert report.size_bytes["int8"] == (manifest_path.parent / "int8.onnx").stat().st_size
    (origin,) = report.parents
    assert (origin.role, origin.sha256) == ("bundle", sha256_file(manifest_path))
    assert (tmp_path / "out" / origin.path).resolve() == manifest_path.resolve()


def test_reference_again_has_a_session_of_its_own(manifest_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen: dict[str, Classifier] = {}
    real = stage.make_probes
    monkeypatch.setattr(
        stage, "make_probes", lambda classifiers, *rest: (seen.update(classifiers), real(classifiers, *rest))[1]
    )
    run(SMALL, manifest_path, tmp_path / "out")
    assert list(seen) == ["fp32", "int8", "reference_again"]
    assert seen["fp32"]._session is not seen["reference_again"]._session
    assert seen["reference_again"].variant.name == "fp32"


def test_without_fp32_the_first_variant_is_the_reference(manifest_path: Path, tmp_path: Path):
    report = run(SMALL.model_copy(update={"variants": ("int8",)}), manifest_path, tmp_path / "out")
    assert report.reference == "int8"
    assert {row.variant for row in report.rows} == {"int8", "reference_again"}


def test_opencv_threads_hold_during_the_measurement_and_are_restored(
    manifest_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = cv2.getNumThreads()
    inside: list[int] = []
    real = stage.measure
    monkeypatch.setattr(
        stage, "measure", lambda *args, **kwargs: (inside.append(cv2.getNumThreads()), real(*args, **kwargs))[1]
    )
    run(SMALL, manifest_path, tmp_path / "out")
    assert inside == [1]
    assert cv2.getNumThreads() == before
    with pytest.raises(ValueError, match="stop"), opencv_threads(1):
        raise ValueError("stop")
    assert cv2.getNumThreads() == before


def test_unknown_variant_and_changed_file_leave_no_report(manifest_path: Path, tmp_path: Path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="no variant 'int9'; did you mean 'int8'"):
        stage.run(SMALL.model_copy(update={"variants": ("int9",)}), manifest_path, out)
    flip_byte(manifest_path.parent / "int8.onnx", 50)
    with pytest.raises(CheckFailedError, match=r"int8\.onnx"):
        stage.run(SMALL, manifest_path, out)
    assert not out.exists()


def test_only_what_is_made_for_the_provider_is_measured_unless_it_is_named(tmp_path: Path):
    path = write_bundle(tmp_path, {name: make_graph() for name in ("fp32", "fp16", "int8", "int8-trt")})
    assert set(run(SMALL, path, tmp_path / "out").load_ms) == {"fp32", "int8"}
    named = SMALL.model_copy(update={"variants": ("int8-trt", "fp32")})
    report = run(named, path, tmp_path / "named")
    assert set(report.load_ms) == {"int8-trt", "fp32"}
    assert report.reference == "fp32"


def test_a_bundle_with_nothing_for_the_provider_is_refused(tmp_path: Path):
    path = write_bundle(tmp_path, {"fp16": make_graph()})
    with pytest.raises(InputError, match=r"no variant is made for the provider 'cpu': fp16 \(tensorrt\)"):
        stage.run(SMALL, path, tmp_path / "out")


def test_a_bgr_bundle_gets_its_own_order_and_cameras_still_send_rgb(tmp_path: Path):
    spec = SPEC.model_copy(update={"color": "bgr"})
    metadata = {**GraphOptions().metadata, "roadgrip.preprocessing": spec.model_dump_json()}
    path = write_bundle(
        tmp_path,
        {"fp32": make_graph(GraphOptions(metadata=metadata))},
        edit=lambda values: values["preprocessing"].update(color="bgr"),
    )
    classifier = Classifier.open(path)
    rgb = golden_pictures()[..., ::-1]  # stored as the graph takes them
    frames = encode_frames(np.ascontiguousarray(rgb), 3, 72, 128, quality=100)
    model, end_to_end = stage.make_probes({"fp32": classifier}, np.ascontiguousarray(rgb), SMALL)
    np.testing.assert_array_equal(model.action.args[0], golden_pictures()[:1])
    assert decide(classifier, frames).tolist() == [0, 1, 2]
    assert end_to_end.action().tolist() == [0]


def test_frames_are_jpegs_of_the_wanted_size_in_turn():
    frames = encode_frames(golden_pictures(), 4, 72, 128)
    assert all(frame.startswith(b"\xff\xd8") for frame in frames)
    assert frames[3] == frames[0] != frames[1]
    assert decode_bytes(frames[0]).shape == (72, 128, 3)


def test_frames_lead_to_the_golden_classes(manifest_path: Path):
    frames = encode_frames(golden_pictures(), 3, 72, 128, quality=95)
    np.testing.assert_array_equal(decide(Classifier.open(manifest_path), frames), [0, 1, 2])


def test_batch_size_reaches_both_modes(manifest_path: Path, monkeypatch: pytest.MonkeyPatch):
    classifier = Classifier.open(manifest_path)
    sizes: list[int] = []
    real = classifier.run
    monkeypatch.setattr(classifier, "run", lambda batch: (sizes.append(len(batch)), real(batch))[1])
    config = SMALL.model_copy(update={"batch_size": 5})
    for probe in stage.make_probes({"fp32": classifier}, golden_pictures(), config):
        probe.action()
    assert sizes == [5, 5]


def test_report_without_a_schema_version_is_refused(manifest_path: Path, tmp_path: Path):
    path = stage.run(SMALL, manifest_path, tmp_path / "out")
    values = json.loads(path.read_text())
    del values["schema_version"]
    path.write_text(json.dumps(values))
    with pytest.raises(InputError, match="schema_version: missing"):
        load_artifact(LatencyReport, path)
