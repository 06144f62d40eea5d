import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.cache import reader
from data_tools.errors import CheckFailedError, InputError
from data_tools.images import decode
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.split.artifact import Part, Sample, open_split
from export.artifact import QuantizedArtifact
from export.config import QuantizeConfig
from export.quantize.pictures import choose
from export.quantize.stage import run
from tests.export.hand_made import run_model
from tests.export.runtime.tiny_bundle import flip_byte
from tests.export.trained_like import SPEC
from tests.pipeline.training.tiny_split import CLASSES, make_split

QUICK = QuantizeConfig(calibration="minmax")


def files_of(split_path: Path, part: Part) -> list[Path]:
    return [sample.file for sample in open_split(split_path).samples[part]]


@pytest.fixture
def split_copy(split_path: Path, tmp_path: Path) -> Path:
    shutil.copytree(split_path.parent, tmp_path / "split")
    return tmp_path / "split" / split_path.name


def test_result(int8_path: Path, onnx_path: Path, split_path: Path):
    artifact = load_artifact(QuantizedArtifact, int8_path)
    check_payload(artifact, int8_path.parent)
    assert sorted(path.name for path in int8_path.parent.iterdir()) == ["int8.json", "model.int8.onnx"]
    assert (artifact.classes, artifact.preprocessing) == (CLASSES, SPEC)
    assert [item.role for item in artifact.parents] == ["onnx", "split"]
    for item, path in zip(artifact.parents, (onnx_path, split_path), strict=True):
        assert (int8_path.parent / item.path).resolve() == path.resolve()
        assert item.sha256 == sha256_file(path)
    assert artifact.recipe == QuantizeConfig().model_dump()
    assert artifact.calibration_pictures == 12
    assert len(artifact.nodes_left_in_float) == 56


def test_metadata_travels_in_the_graph(int8_path: Path, onnx_path: Path):
    model = onnx.load(str(int8_path.parent / "model.int8.onnx"))
    found = {item.key: item.value for item in model.metadata_props}
    assert json.loads(found["roadgrip.classes"]) == list(CLASSES)
    assert PreprocessingSpec.model_validate_json(found["roadgrip.preprocessing"]) == SPEC
    lineage = json.loads(found["roadgrip.lineage"])
    assert [item["kind"] for item in lineage] == ["onnx", "checkpoint", "split", "dataset"]
    assert lineage[0]["sha256"] == sha256_file(onnx_path)


def test_numbers_equal_an_independent_computation(int8_path: Path, onnx_path: Path, split_path: Path):
    artifact = load_artifact(QuantizedArtifact, int8_path)
    samples = open_split(split_path).samples["test"]
    pictures = np.stack(
        [
            cv2.resize(
                cv2.resize(cv2.imread(str(sample.file))[..., ::-1], (2 * SPEC.width, 2 * SPEC.height)),
                (SPEC.width, SPEC.height),
                interpolation=cv2.INTER_AREA,
            )
            for sample in samples
        ]
    )
    before, after = (
        run_model(onnx.load(str(path)), {"image": pictures}, ["probabilities"])[0]
        for path in (onnx_path.parent / "model.fp32.onnx", int8_path.parent / "model.int8.onnx")
    )
    confusion = np.zeros((3, 3), dtype=int)
    for sample, row in zip(samples, after, strict=True):
        confusion[sample.label, int(row.argmax())] += 1
    right_before = sum(int(row.argmax()) == sample.label for sample, row in zip(samples, before, strict=True))
    assert artifact.metrics.confusion == tuple(tuple(int(value) for value in row) for row in confusion)
    found = artifact.degradation
    assert (found.pictures, found.part) == (18, "test")
    assert found.accuracy_fp32 == pytest.approx(right_before / 18)
    assert found.accuracy_int8 == pytest.approx(np.trace(confusion) / 18) == artifact.metrics.accuracy.value
    assert found.accuracy_drop == pytest.approx((right_before - np.trace(confusion)) / 18)
    assert found.agreement == pytest.approx((before.argmax(axis=1) == after.argmax(axis=1)).mean())
    assert found.confidence_change == pytest.approx(after.max(axis=1).mean() - before.max(axis=1).mean(), abs=1e-5)
    assert found.mean_abs_probability_change == pytest.approx(np.abs(after - before).mean(), abs=1e-5)
    assert found.mean_abs_probability_change > 0


def test_calibration_pictures_are_read_first_and_no_other_part_is_opened(
    onnx_path: Path, split_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for part in ("train", "val"):
        for file in files_of(split_copy, part):
            file.unlink()
    opened: list[Path] = []

    def recording(path: Path) -> decode.Picture:
        opened.append(path)
        return decode.read_picture(path)

    monkeypatch.setattr(reader, "read_picture", recording)
    run(QUICK.model_copy(update={"max_calibration_pictures": 9}), onnx_path, split_copy, tmp_path / "out")
    samples = open_split(split_copy).samples
    chosen = choose(samples["calibration"], 9)
    test = [sample.file for sample in samples["test"]]
    assert opened == [sample.file for sample in chosen] + test + test
    assert load_artifact(QuantizedArtifact, tmp_path / "out" / "int8.json").calibration_pictures == 9


def repaint(samples: tuple[Sample, ...]) -> None:
    for index, sample in enumerate(samples):
        noise = np.random.default_rng(index).integers(0, 256, (80, 80, 3), dtype=np.uint8)
        assert cv2.imwrite(str(sample.file), noise)


def test_the_test_part_has_no_say_in_the_graph_and_the_calibration_part_has(
    onnx_path: Path, split_copy: Path, tmp_path: Path
):
    samples = open_split(split_copy).samples
    graphs, artifacts = [], []
    for name, part in (("plain", None), ("test", "test"), ("calibration", "calibration")):
        if part is not None:
            repaint(samples[part])
        artifacts.append(run(QUICK, onnx_path, split_copy, tmp_path / name))
        graphs.append((tmp_path / name / "model.int8.onnx").read_bytes())
    assert graphs[0] == graphs[1] != graphs[2]
    assert artifacts[0].read_bytes() != artifacts[1].read_bytes()  # the metrics did change


@pytest.mark.parametrize(
    ("switch", "kept"),
    [
        ({"clip_before_hard_activations": False}, 56),
        ({"keep_squeeze_excite_float": False}, 2),
        ({"keep_first_and_last_float": False}, 54),
        ({"calibration": "percentile", "percentile": 95.0}, 56),
    ],
)
def test_every_switch_of_the_recipe_changes_the_graph(
    switch: dict[str, object], kept: int, onnx_path: Path, int8_path: Path, split_path: Path, tmp_path: Path
):
    path = run(QuantizeConfig(**switch), onnx_path, split_path, tmp_path)
    artifact = load_artifact(QuantizedArtifact, path)
    assert artifact.graph.sha256 != load_artifact(QuantizedArtifact, int8_path).graph.sha256
    assert len(artifact.nodes_left_in_float) == kept
    for key, value in switch.items():
        assert artifact.recipe[key] == value


def test_the_same_inputs_give_the_same_bytes(int8_path: Path, onnx_path: Path, split_path: Path, tmp_path: Path):
    run(QuantizeConfig(), onnx_path, split_path, tmp_path)
    assert (tmp_path / "model.int8.onnx").read_bytes() == (int8_path.parent / "model.int8.onnx").read_bytes()


def test_a_changed_graph_is_refused(onnx_path: Path, split_path: Path, tmp_path: Path):
    shutil.copytree(onnx_path.parent, tmp_path / "export")
    flip_byte(tmp_path / "export" / "model.fp32.onnx", -1000)
    with pytest.raises(CheckFailedError, match=r"model\.fp32\.onnx: changed"):
        run(QUICK, tmp_path / "export" / "onnx.json", split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_split_with_other_classes_is_refused(onnx_path: Path, split_path: Path, tmp_path: Path):
    shutil.copytree(onnx_path.parent, tmp_path / "export")
    path = tmp_path / "export" / "onnx.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "classes": ["wet", "dry", "snow"]}))
    with pytest.raises(InputError, match="classes"):
        run(QUICK, path, split_path, tmp_path / "out")


@pytest.mark.parametrize("part", ["calibration", "test"])
def test_an_empty_part_is_refused(onnx_path: Path, tmp_path: Path, part: Part):
    sizes: dict[Part, int] = {"train": 1, "val": 1, "calibration": 1, "test": 1}
    split = make_split(tmp_path / "split", {**sizes, part: 0})
    with pytest.raises(InputError, match=f"{part} part"):
        run(QUICK, onnx_path, split, tmp_path / "out")
    assert not (tmp_path / "out").exists()
