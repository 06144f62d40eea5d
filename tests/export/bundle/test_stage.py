import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from data_tools.artifacts.csv_table import write_table
from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.lineage import ancestors
from data_tools.artifacts.model import load_artifact, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import Part, open_split
from export.artifact import OnnxArtifact, QuantizedArtifact
from export.bundle.shipping import TIMING_COLUMNS
from export.bundle.stage import run
from export.bundle.temperature import fit_temperature
from export.config import BundleConfig
from export.inference import labels_of, load_batch, run_graph
from export.runtime.manifest import BundleManifest
from export.runtime.seal import SEAL_NAME, check_seal
from export.runtime.session import Classifier
from export.runtime.verify import verify_bundle
from tests.export.hand_made import run_model
from tests.export.runtime.tiny_bundle import flip_byte
from tests.export.trained_like import SPEC
from tests.pipeline.training.tiny_split import CLASSES, make_split

ALL = BundleConfig(int8="always")


@pytest.fixture(scope="module")
def manifest_path(
    onnx_path: Path, quantized_path: Path, split_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return run(ALL, onnx_path, quantized_path, split_path, tmp_path_factory.mktemp("bundle"), name="tiny")


@pytest.fixture(scope="module")
def manifest(manifest_path: Path) -> BundleManifest:
    return load_artifact(BundleManifest, manifest_path)


def test_manifest_round_trip(manifest: BundleManifest, manifest_path: Path, tmp_path: Path):
    assert manifest_path.name == "manifest.json"
    assert save_artifact(manifest, tmp_path / "again.json").read_bytes() == manifest_path.read_bytes()
    assert (manifest.name, manifest.classes, manifest.preprocessing) == ("tiny", CLASSES, SPEC)


def test_every_file_is_listed_and_there_is_no_other(manifest: BundleManifest, manifest_path: Path):
    folder = manifest_path.parent
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    listed = {ref.path: ref for ref in manifest.payload()}
    assert set(present) == {*listed, "manifest.json", SEAL_NAME}
    assert len(listed) == len(manifest.payload()) == 10
    for name, ref in listed.items():
        assert (ref.sha256, ref.size_bytes) == (sha256_file(present[name]), present[name].stat().st_size)
    assert check_seal(folder, manifest_path.read_bytes(), None)


def test_verifies_wherever_it_is_carried(manifest_path: Path, tmp_path: Path):
    shutil.copytree(manifest_path.parent, tmp_path / "device")
    report = verify_bundle(tmp_path / "device", strict=True)
    assert [check.variant for check in report.variants] == ["fp32", "fp16", "int8", "int8-trt"]
    assert all(check.passed and check.argmax_equal == check.pictures == 8 for check in report.variants)


def test_variants_are_the_stages_files(
    manifest: BundleManifest, manifest_path: Path, onnx_path: Path, quantized_path: Path
):
    source, quantized = load_artifact(OnnxArtifact, onnx_path), load_artifact(QuantizedArtifact, quantized_path)
    assert source.half is not None
    fp32, fp16, int8, trt = manifest.variants
    graphs = [source.graph, source.half.graph, *(item.graph for item in quantized.graphs)]
    assert [item.file.sha256 for item in manifest.variants] == [item.sha256 for item in graphs]
    assert [item.precision for item in manifest.variants] == ["fp32", "fp16", "int8", "int8"]
    assert "onnxruntime-cpu" in fp32.back_ends
    assert int8.back_ends == ("onnxruntime-cpu",)
    assert trt.back_ends == ("tensorrt",)
    assert fp32.golden_tolerance < fp16.golden_tolerance < int8.golden_tolerance
    assert (manifest.feature_dim, manifest.centroids) == (source.feature_dim, source.centroids)


def test_metrics_are_those_that_the_stages_measured(manifest: BundleManifest, onnx_path: Path, quantized_path: Path):
    source, quantized = load_artifact(OnnxArtifact, onnx_path), load_artifact(QuantizedArtifact, quantized_path)
    assert source.half is not None
    measured = [source.metrics, source.half.metrics, *(item.metrics for item in quantized.graphs)]
    losses = [None, source.half.degradation, *(item.degradation for item in quantized.graphs)]
    for variant, stage, loss in zip(manifest.variants, measured, losses, strict=True):
        found = variant.metrics
        assert found.test_pictures == 18
        assert found.accuracy == stage.accuracy
        assert found.uncalibrated.ece == pytest.approx(stage.ece, abs=1e-6)
        assert found.uncalibrated.mean_confidence == pytest.approx(stage.mean_confidence, abs=1e-6)
        assert found.agreement_with_fp32.value == pytest.approx(1.0 if loss is None else loss.agreement)
        change = 0.0 if loss is None else loss.confidence_change
        assert found.uncalibrated.confidence_change == pytest.approx(change, abs=1e-6)


def test_three_validation_pictures_fit_no_temperature_and_the_manifest_says_so(manifest: BundleManifest):
    for variant in manifest.variants:
        assert variant.validation_pictures == 3
        assert (variant.temperature, variant.temperature_basis) == (1.0, "too_few_pictures")
        assert variant.metrics.calibrated == variant.metrics.uncalibrated


def test_temperature_and_thresholds_come_from_the_validation_part(
    exported_twice: tuple[Path, Path], long_split_path: Path
):
    manifest = load_artifact(BundleManifest, exported_twice[0])
    assert [variant.name for variant in manifest.variants] == ["fp32", "fp16", "int8"]
    samples = open_split(long_split_path).samples["val"]
    for variant in manifest.variants:
        graph = exported_twice[0].parent / variant.file.path
        outputs = run_graph(graph, samples, manifest.preprocessing)
        assert (variant.temperature, variant.temperature_basis) == fit_temperature(outputs.logits, labels_of(samples))
        assert variant.temperature_basis == "fitted"
        assert variant.temperature != 1
        nearest = np.sort(outputs.distance.min(axis=1))
        assert variant.validation_pictures == len(nearest) == 24
        assert variant.ood_thresholds == {"0.95": float(nearest[23]), "0.99": float(nearest[23])}  # ⌈25 · 0.95⌉ = 24
        assert variant.metrics.calibrated.nll < variant.metrics.uncalibrated.nll


def test_the_same_checkpoint_gives_the_same_bytes_wherever_it_is_exported(exported_twice: tuple[Path, Path]):
    here, far = (path.parent for path in exported_twice)
    names = sorted(path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(far).as_posix() for path in far.rglob("*") if path.is_file())
    assert len(names) == 10
    for name in names:
        assert (here / name).read_bytes() == (far / name).read_bytes(), name
    text = exported_twice[0].read_text()
    assert str(here.parents[1]) not in text
    assert sha256_file(here.parent / "export" / "onnx.json") != sha256_file(far.parent / "export" / "onnx.json")


def test_with_the_default_rule_the_timings_are_an_input_too(
    exported_twice: tuple[Path, Path], long_split_path: Path, tmp_path: Path
):
    made = exported_twice[0].parent.parent
    quantize = shutil.copytree(made / "quantize", tmp_path / "quantize")
    label = load_artifact(QuantizedArtifact, quantize / "quantized.json").graphs[0].recipe.label
    manifests = []
    for ratio in ("0.500", "0.500", "1.500"):
        rows = [["fp32", "fp32", "2.0", "1.000", ""], ["int8", label, "1.0", ratio, ""]]
        write_table(quantize / "timings.csv", TIMING_COLUMNS, rows)
        out = tmp_path / f"bundle{len(manifests)}"
        args = (made / "export" / "onnx.json", quantize / "quantized.json", long_split_path, out)
        manifests.append(run(BundleConfig(), *args, name="tiny").read_bytes())
    assert manifests[0] == manifests[1] == exported_twice[0].read_bytes()
    slower = BundleManifest.model_validate_json(manifests[2])
    assert [item.name for item in slower.variants] == ["fp32", "fp16"]
    assert [item.name for item in slower.left_out] == ["int8"]


def test_a_bgr_bundle_keeps_its_golden_pictures_as_the_graph_takes_them(
    exported_twice: tuple[Path, Path], long_split_path: Path
):
    manifest = load_artifact(BundleManifest, exported_twice[0])
    assert manifest.preprocessing.color == "bgr"
    golden = np.load(exported_twice[0].parent / manifest.golden_inputs.path)
    rgb = load_batch(open_split(long_split_path).samples["test"], SPEC)
    known = {picture[..., ::-1].tobytes() for picture in rgb}
    assert {picture.tobytes() for picture in golden} <= known
    assert verify_bundle(exported_twice[0]).variants[0].max_abs_probability_difference < 1e-5


def test_golden_pictures_are_of_the_test_part(manifest: BundleManifest, manifest_path: Path, split_path: Path):
    golden = np.load(manifest_path.parent / manifest.golden_inputs.path)
    assert golden.shape == (8, SPEC.height, SPEC.width, 3)
    samples = open_split(split_path).samples
    test = {picture.tobytes(): sample for picture, sample in zip(*_pictures(samples["test"]), strict=True)}
    others = {picture.tobytes() for part in ("train", "val", "calibration") for picture in _pictures(samples[part])[0]}
    found = [picture.tobytes() for picture in golden]
    assert len(set(found)) == 8
    assert set(found) <= set(test)
    assert not set(found) & others
    assert sorted(Counter(test[picture].label for picture in found).values()) == [2, 3, 3]


def _pictures(samples: tuple) -> tuple[np.ndarray, tuple]:
    return load_batch(samples, SPEC), samples


def test_golden_outputs_are_the_graphs(manifest: BundleManifest, manifest_path: Path):
    folder = manifest_path.parent
    golden = np.load(folder / manifest.golden_inputs.path)
    names = ["logits", "probabilities", "centroid_distance"]
    for variant in manifest.variants:
        stored = np.load(folder / variant.golden_outputs.path)
        assert (stored.shape, stored.dtype) == ((8, 3, 3), np.float32)
        outputs = run_model(onnx.load(str(folder / variant.file.path)), {"image": golden}, names)
        for position, values in enumerate(outputs):
            np.testing.assert_allclose(stored[:, position], values, atol=2e-3)


def test_parents_are_the_checkpoint_and_the_split(manifest: BundleManifest, checkpoint_path: Path, split_path: Path):
    assert [(item.role, item.sha256) for item in manifest.parents] == [
        ("checkpoint", sha256_file(checkpoint_path)),
        ("split", sha256_file(split_path)),
    ]
    assert [item.kind for item in manifest.lineage] == ["checkpoint", "split", "dataset", "configuration", "code"]


def test_lineage_can_be_walked_within_a_runs_folder(
    onnx_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path
):
    for source, name in ((split_path, "split"), (checkpoint_path, "train"), (onnx_path, "export")):
        shutil.copytree(source.parent, tmp_path / name)
    # The copies' paths lead nowhere; what they say of their parents' bytes still holds.
    for name, kinds in (
        ("train/checkpoint.json", {"split": "split"}),
        ("export/onnx.json", {"checkpoint": "train", "split": "split"}),
    ):
        values = json.loads((tmp_path / name).read_text())
        for item in values["parents"]:
            item["path"] = f"../{kinds[item['role']]}/{item['role']}.json"
            item["sha256"] = sha256_file(tmp_path / kinds[item["role"]] / f"{item['role']}.json")
        (tmp_path / name).write_text(json.dumps(values))
    path = run(
        BundleConfig(),
        tmp_path / "export" / "onnx.json",
        None,
        tmp_path / "split" / "split.json",
        tmp_path / "bundle",
        name="x",
    )
    links = ancestors(path)
    assert [link.kind for link in links] == ["bundle", "checkpoint", "split", "dataset"]
    assert {link.state for link in links} == {"ok"}


def test_one_flipped_byte_in_any_file_is_found(manifest: BundleManifest, manifest_path: Path, tmp_path: Path):
    shutil.copytree(manifest_path.parent, tmp_path / "b")
    for ref in manifest.payload():
        flip_byte(tmp_path / "b" / ref.path, ref.size_bytes // 2)
        with pytest.raises(CheckFailedError, match=f"{Path(ref.path).name}: changed"):
            verify_bundle(tmp_path / "b")
        flip_byte(tmp_path / "b" / ref.path, ref.size_bytes // 2)


def test_fp32_and_fp16_alone(onnx_path: Path, split_path: Path, tmp_path: Path):
    path = run(BundleConfig(golden_pictures=64), onnx_path, None, split_path, tmp_path / "bundle", name="floats only")
    manifest = load_artifact(BundleManifest, path)
    assert [variant.name for variant in manifest.variants] == ["fp32", "fp16"]
    assert manifest.left_out == ()
    assert len(np.load(path.parent / manifest.golden_inputs.path)) == 18  # the whole test part, no more
    assert verify_bundle(path).files == 6


def test_what_is_left_out_is_named(onnx_path: Path, quantized_path: Path, split_path: Path, tmp_path: Path):
    shutil.copytree(quantized_path.parent, tmp_path / "quantize")
    copy = tmp_path / "quantize" / quantized_path.name
    values = json.loads(copy.read_text())
    for item in values["graphs"]:
        item["breaches_on_choice"] = [] if item["name"] == "int8" else ["agreement 91.00 % (allowed 99 %)"]
        item["breaches_on_test"] = []
    copy.write_text(json.dumps(values))
    path = run(BundleConfig(int8="within_budget"), onnx_path, copy, split_path, tmp_path / "out", name="x")
    manifest = load_artifact(BundleManifest, path)
    assert [variant.name for variant in manifest.variants] == ["fp32", "fp16", "int8"]
    assert [(item.name, "agreement 91.00 %" in item.reason) for item in manifest.left_out] == [("int8-trt", True)]
    assert "not in the bundle: int8-trt" in (path.parent / "MODEL_CARD.md").read_text()
    assert not (path.parent / "model.int8-trt.onnx").exists()
    with pytest.raises(InputError, match="no variant 'int8-trt'"):
        Classifier.open(path, "int8-trt")


@pytest.mark.parametrize("stage", ["export", "quantize"])
def test_a_graph_changed_since_it_was_made_is_refused(
    stage: str, onnx_path: Path, quantized_path: Path, split_path: Path, tmp_path: Path
):
    paths = {"export": onnx_path, "quantize": quantized_path}
    shutil.copytree(paths[stage].parent, tmp_path / stage)
    paths[stage] = tmp_path / stage / paths[stage].name
    graph = min((tmp_path / stage).glob("*.onnx"))
    flip_byte(graph, -1000)
    with pytest.raises(CheckFailedError, match=f"{graph.name}: changed"):
        run(ALL, paths["export"], paths["quantize"], split_path, tmp_path / "out", name="tiny")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_int8_graphs_of_another_fp32_graph_are_refused(
    onnx_path: Path, quantized_path: Path, split_path: Path, tmp_path: Path
):
    shutil.copytree(onnx_path.parent, tmp_path / "export")
    other = tmp_path / "export" / "onnx.json"
    other.write_text(json.dumps({**json.loads(other.read_text()), "producer": "another run"}))
    with pytest.raises(CheckFailedError, match=r"quantized\.json: .*another"):
        run(ALL, other, quantized_path, split_path, tmp_path / "out", name="tiny")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("empty", ["val", "test"])
def test_an_empty_part_is_refused(onnx_path: Path, tmp_path: Path, empty: Part):
    sizes: dict[Part, int] = {"train": 1, "val": 1, "calibration": 1, "test": 1, empty: 0}
    with pytest.raises(InputError, match=f"{empty} part"):
        run(ALL, onnx_path, None, make_split(tmp_path / "s", sizes), tmp_path / "out", name="tiny")
