import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import load_artifact, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import Part, open_split
from export.artifact import OnnxArtifact, QuantizedArtifact
from export.bundle.stage import run
from export.config import BundleConfig
from export.inference import load_batch
from export.runtime.manifest import BundleManifest
from export.runtime.verify import verify_bundle
from tests.export.hand_made import run_model
from tests.export.runtime.tiny_bundle import flip_byte
from tests.export.trained_like import SPEC
from tests.pipeline.training.tiny_split import CLASSES, make_split


@pytest.fixture(scope="module")
def manifest_path(onnx_path: Path, int8_path: Path, split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(BundleConfig(), onnx_path, int8_path, split_path, tmp_path_factory.mktemp("bundle"), name="tiny")


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
    assert set(present) == {*listed, "manifest.json"}
    assert len(listed) == len(manifest.payload()) == 5
    for name, ref in listed.items():
        assert (ref.sha256, ref.size_bytes) == (sha256_file(present[name]), present[name].stat().st_size)


def test_verifies_wherever_it_is_carried(manifest_path: Path, tmp_path: Path):
    shutil.copytree(manifest_path.parent, tmp_path / "device")
    report = verify_bundle(tmp_path / "device")
    assert [check.variant for check in report.variants] == ["fp32", "int8"]
    assert all(check.passed and check.argmax_equal == check.pictures == 8 for check in report.variants)


def test_variants_are_the_stages_files_with_their_numbers(
    manifest: BundleManifest, manifest_path: Path, onnx_path: Path, int8_path: Path
):
    fp32, int8 = manifest.variants
    source, quantized = load_artifact(OnnxArtifact, onnx_path), load_artifact(QuantizedArtifact, int8_path)
    for variant, artifact, agreement in (
        (fp32, source, 1.0),
        (int8, quantized, quantized.degradation.agreement),
    ):
        assert variant.precision == variant.name
        assert variant.file.sha256 == artifact.graph.sha256
        assert variant.metrics.test_pictures == 18
        assert variant.metrics.accuracy == artifact.metrics.accuracy.value
        assert variant.metrics.ece == artifact.metrics.ece
        assert variant.metrics.mean_confidence == artifact.metrics.mean_confidence
        assert variant.metrics.agreement_with_fp32 == agreement
    assert fp32.golden_tolerance < int8.golden_tolerance


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
    for variant in manifest.variants:
        stored = np.load(folder / variant.golden_outputs.path)
        assert (stored.shape, stored.dtype) == ((8, 2, 3), np.float32)
        model = onnx.load(str(folder / variant.file.path))
        logits, probabilities = run_model(model, {"image": golden}, ["logits", "probabilities"])
        np.testing.assert_allclose(stored[:, 0], logits, atol=1e-4)
        np.testing.assert_allclose(stored[:, 1], probabilities, atol=1e-5)


def test_lineage_is_complete_and_nearest_first(
    manifest: BundleManifest, onnx_path: Path, int8_path: Path, checkpoint_path: Path, split_path: Path
):
    dataset_path = split_path.parent / "dataset.json"
    wanted = {
        "onnx": onnx_path,
        "quantized": int8_path,
        "split": split_path,
        "checkpoint": checkpoint_path,
        "dataset": dataset_path,
    }
    assert Counter(item.kind for item in manifest.lineage) == dict.fromkeys(wanted, 1)
    for item in manifest.lineage:
        assert item.sha256 == sha256_file(wanted[item.kind])
        assert item.summary.startswith(wanted[item.kind].name)
    kinds = [item.kind for item in manifest.lineage]
    assert set(kinds[:3]) == {"onnx", "quantized", "split"}
    assert [item.role for item in manifest.parents] == ["onnx", "split", "quantized"]
    for parent in manifest.parents:
        assert parent.sha256 == sha256_file(wanted[parent.role])


def test_one_flipped_byte_in_any_file_is_found(manifest: BundleManifest, manifest_path: Path, tmp_path: Path):
    for index, ref in enumerate(manifest.payload()):
        folder = tmp_path / str(index)
        shutil.copytree(manifest_path.parent, folder)
        flip_byte(folder / ref.path, ref.size_bytes // 2)
        with pytest.raises(CheckFailedError, match=f"{Path(ref.path).name}: changed"):
            verify_bundle(folder)


def test_fp32_alone(onnx_path: Path, split_path: Path, tmp_path: Path):
    path = run(BundleConfig(golden_pictures=64), onnx_path, None, split_path, tmp_path / "bundle", name="fp32 only")
    manifest = load_artifact(BundleManifest, path)
    assert [variant.name for variant in manifest.variants] == ["fp32"]
    assert sorted(item.kind for item in manifest.lineage) == ["checkpoint", "dataset", "onnx", "split"]
    assert len(np.load(path.parent / manifest.golden_inputs.path)) == 18  # the whole test part, no more
    assert len(list((tmp_path / "bundle").rglob("*.*"))) == 4
    assert verify_bundle(path).files == 3


def test_the_same_inputs_give_the_same_bytes(
    manifest_path: Path, onnx_path: Path, int8_path: Path, split_path: Path, tmp_path: Path
):
    again = run(BundleConfig(), onnx_path, int8_path, split_path, tmp_path, name="tiny").parent
    assert sorted(path.name for path in again.rglob("*.*")) == sorted(
        path.name for path in manifest_path.parent.rglob("*.*")
    )
    for path in (manifest_path.parent / "golden").iterdir():
        assert (again / "golden" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("stage", ["export", "quantize"])
def test_a_graph_changed_since_it_was_made_is_refused(
    stage: str, onnx_path: Path, int8_path: Path, split_path: Path, tmp_path: Path
):
    paths = {"export": onnx_path, "quantize": int8_path}
    shutil.copytree(paths[stage].parent, tmp_path / stage)
    paths[stage] = tmp_path / stage / paths[stage].name
    (graph,) = (tmp_path / stage).glob("*.onnx")
    flip_byte(graph, -1000)
    with pytest.raises(CheckFailedError, match=f"{graph.name}: changed"):
        run(BundleConfig(), paths["export"], paths["quantize"], split_path, tmp_path / "out", name="tiny")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_an_int8_graph_of_another_fp32_graph_is_refused(
    onnx_path: Path, int8_path: Path, split_path: Path, tmp_path: Path
):
    shutil.copytree(onnx_path.parent, tmp_path / "export")
    other = tmp_path / "export" / "onnx.json"
    other.write_text(json.dumps({**json.loads(other.read_text()), "producer": "another run"}))
    with pytest.raises(CheckFailedError, match=r"int8\.json: .*another"):
        run(BundleConfig(), other, int8_path, split_path, tmp_path / "out", name="tiny")
    assert not (tmp_path / "out").exists()


def test_an_empty_test_part_is_refused(onnx_path: Path, tmp_path: Path):
    sizes: dict[Part, int] = {"train": 1, "val": 1, "calibration": 1, "test": 0}
    with pytest.raises(InputError, match="test part"):
        run(BundleConfig(), onnx_path, None, make_split(tmp_path / "s", sizes), tmp_path / "out", name="tiny")
