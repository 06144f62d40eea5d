import csv
import json
import logging
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, file_ref, load_artifact, save_artifact
from data_tools.cache import reader
from data_tools.card import figure
from data_tools.errors import CheckFailedError, InputError, MissingDependencyError
from data_tools.images import decode
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.split.artifact import Part, Sample, open_split
from export.artifact import OnnxArtifact, QuantizedArtifact, QuantizedGraph
from export.config import BudgetConfig, FinetuneConfig, QuantizeConfig
from export.graph.batch import with_batch
from export.quantize.pictures import choose
from export.quantize.stage import check_apart, run
from tests.export.hand_made import run_model
from tests.export.quantize.small_graph import small_graph
from tests.export.runtime.tiny_bundle import flip_byte
from tests.export.trained_like import SPEC
from tests.pipeline.training.tiny_split import CLASSES, make_split

WIDE = BudgetConfig(max_accuracy_drop=1, min_agreement=0, max_confidence_change=1, max_ece_change=1, max_divergence=100)
NEVER = FinetuneConfig(when="never")
QUICK = QuantizeConfig(steps=("layers in float",), budget=WIDE, finetune=NEVER, timing_rounds=0)
GRAPHS = ("model.int8.onnx", "model.int8-trt.onnx")
HASHED = [*GRAPHS, "recipes.csv", "quantized.json"]


def with_graph(onnx_path: Path, folder: Path, model: onnx.ModelProto, **update: object) -> Path:
    """Copy the export stage's result with another graph in its place."""
    shutil.copytree(onnx_path.parent, folder)
    (folder / "model.fp32.onnx").write_bytes(model.SerializeToString())
    artifact = load_artifact(OnnxArtifact, folder / "onnx.json")
    graph = file_ref(folder / "model.fp32.onnx", folder)
    return save_artifact(artifact.model_copy(update={"graph": graph, **update}), folder / "onnx.json")


@pytest.fixture(scope="module")
def small_path(onnx_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the small graph, which a search takes a second for."""
    model = small_graph((SPEC.height, SPEC.width))
    return with_graph(onnx_path, tmp_path_factory.mktemp("small") / "export", model)


@pytest.fixture
def split_copy(split_path: Path, tmp_path: Path) -> Path:
    shutil.copytree(split_path.parent, tmp_path / "split")
    return tmp_path / "split" / split_path.name


def graph_of(path: Path, target: str) -> QuantizedGraph:
    found = load_artifact(QuantizedArtifact, path).find(target)
    assert found is not None
    return found


def test_result(checkpoint_path: Path, quantized_path: Path, onnx_path: Path, split_path: Path):
    artifact = load_artifact(QuantizedArtifact, quantized_path)
    check_payload(artifact, quantized_path.parent)
    present = {path.name for path in quantized_path.parent.iterdir()}
    assert present - {"recipes.png"} == {*HASHED, "timings.csv"}
    assert {item.path for item in artifact.payload()} == {*GRAPHS, "recipes.csv"}
    assert (artifact.classes, artifact.preprocessing) == (CLASSES, SPEC)
    assert [item.role for item in artifact.parents] == ["onnx", "checkpoint", "split"]
    for item, path in zip(artifact.parents, (onnx_path, checkpoint_path, split_path), strict=True):
        assert (quantized_path.parent / item.path).resolve() == path.resolve()
        assert item.sha256 == sha256_file(path)
    assert (artifact.calibration_pictures, artifact.validation_pictures) == (12, 3)
    assert [item.name for item in artifact.graphs] == ["int8", "int8-trt"]
    for item in artifact.graphs:
        assert (item.chosen_on.pictures, item.chosen_on.part) == (15, "calibration and val")
        assert (item.degradation.pictures, item.degradation.part) == (18, "test")
        assert len(item.nodes_left_in_float) >= 54
        assert item.graph.size_bytes < 0.75 * load_artifact(OnnxArtifact, onnx_path).graph.size_bytes


def test_metadata_travels_in_the_graphs(quantized_path: Path, onnx_path: Path, split_path: Path):
    for name in GRAPHS:
        model = onnx.load(str(quantized_path.parent / name))
        found = {item.key: item.value for item in model.metadata_props}
        assert json.loads(found["roadgrip.classes"]) == list(CLASSES)
        assert PreprocessingSpec.model_validate_json(found["roadgrip.preprocessing"]) == SPEC
        lineage = json.loads(found["roadgrip.lineage"])
        assert [item["kind"] for item in lineage] == ["checkpoint", "split", "dataset"]
        assert lineage[1]["sha256"] == sha256_file(split_path)
        source = {item.key: item.value for item in onnx.load(str(onnx_path.parent / "model.fp32.onnx")).metadata_props}
        for key in ("roadgrip.outputs", "roadgrip.centroids"):
            assert found[key] == source[key]


@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_numbers_equal_an_independent_computation(target: str, quantized_path: Path, onnx_path: Path, split_path: Path):
    artifact = graph_of(quantized_path, target)
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
        for path in (onnx_path.parent / "model.fp32.onnx", quantized_path.parent / artifact.graph.path)
    )
    confusion = np.zeros((3, 3), dtype=int)
    for sample, row in zip(samples, after, strict=True):
        confusion[sample.label, int(row.argmax())] += 1
    right_before = sum(int(row.argmax()) == sample.label for sample, row in zip(samples, before, strict=True))
    assert artifact.metrics.confusion == tuple(tuple(int(value) for value in row) for row in confusion)
    found = artifact.degradation
    assert found.accuracy_fp32 == pytest.approx(right_before / 18)
    assert found.accuracy == pytest.approx(np.trace(confusion) / 18) == artifact.metrics.accuracy.value
    assert found.agreement == pytest.approx((before.argmax(axis=1) == after.argmax(axis=1)).mean())
    assert found.confidence_change == pytest.approx(after.max(axis=1).mean() - before.max(axis=1).mean(), abs=1e-5)
    assert found.mean_abs_probability_change == pytest.approx(np.abs(after - before).mean(), abs=1e-5)
    assert found.mean_abs_probability_change > 0


def test_the_table_of_latencies(quantized_path: Path):
    with (quantized_path.parent / "timings.csv").open(newline="", encoding="utf-8") as stream:
        first, *rows = list(csv.DictReader(stream))
    assert first["target"] == "fp32"
    for row in rows:
        if row["target"] == "int8-trt":
            assert (row["median_ms"], row["note"][:9]) == ("", "not timed")
        else:
            ratio = float(row["median_ms"]) / float(first["median_ms"])
            assert float(row["ratio_to_fp32"]) == pytest.approx(ratio, rel=0.02)


def test_pictures_are_read_in_order_and_the_test_part_last(
    checkpoint_path: Path, small_path: Path, split_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    samples = open_split(split_copy).samples
    for sample in samples["train"]:
        sample.file.unlink()
    opened: list[Path] = []

    def recording(path: Path) -> decode.Picture:
        opened.append(path)
        return decode.read_picture(path)

    monkeypatch.setattr(reader, "read_picture", recording)
    config = QUICK.model_copy(update={"max_calibration_pictures": 9, "max_validation_pictures": 2})
    run(config, small_path, checkpoint_path, split_copy, tmp_path / "out")
    choosing = [*choose(samples["calibration"], 9), *choose(samples["val"], 2)]
    test = [sample.file for sample in samples["test"]]
    assert opened == [sample.file for sample in choosing] + 3 * test  # fp32 and two graphs
    artifact = load_artifact(QuantizedArtifact, tmp_path / "out" / "quantized.json")
    assert (artifact.calibration_pictures, artifact.validation_pictures) == (9, 2)


def repaint(samples: tuple[Sample, ...]) -> None:
    for index, sample in enumerate(samples):
        noise = np.random.default_rng(index).integers(0, 256, (80, 80, 3), dtype=np.uint8)
        assert cv2.imwrite(str(sample.file), noise)


def test_who_has_a_say(checkpoint_path: Path, small_path: Path, split_copy: Path, tmp_path: Path):
    """The test part changes the record alone; the validation part the choice; the calibration part the ranges."""
    quick = QUICK.model_copy(update={"steps": ()})
    samples = open_split(split_copy).samples
    found: dict[str, dict[str, bytes]] = {}
    for name in ("plain", "again", "test", "val", "calibration"):
        if name in ("test", "val", "calibration"):
            repaint(samples[name])
        run(quick, small_path, checkpoint_path, split_copy, tmp_path / name)
        found[name] = {file: (tmp_path / name / file).read_bytes() for file in HASHED}
    assert found["again"] == found["plain"]
    for file in (*GRAPHS, "recipes.csv"):
        assert found["test"][file] == found["plain"][file]
    assert found["test"]["quantized.json"] != found["plain"]["quantized.json"]
    assert found["val"]["recipes.csv"] != found["test"]["recipes.csv"]
    for file in GRAPHS:
        assert found["calibration"][file] != found["val"][file]


def test_a_missed_budget_is_written_and_warned_about(
    checkpoint_path: Path, small_path: Path, split_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    tight = QUICK.model_copy(
        update={"steps": (), "budget": WIDE.model_copy(update={"max_divergence": 0.0, "max_ece_change": 0.0})}
    )
    with caplog.at_level(logging.WARNING, "roadgrip"):
        path = run(tight, small_path, checkpoint_path, split_path, tmp_path / "out")
    artifact = load_artifact(QuantizedArtifact, path)
    check_payload(artifact, path.parent)
    assert artifact.sensitivity is not None
    for item in artifact.graphs:
        assert [text.partition(" ")[0] for text in item.breaches_on_choice] == ["change", "divergence"]
        (missed,) = item.breaches_on_test  # the head-room is no promise
        assert missed.startswith("change of ECE")
        assert f"{item.name}: misses the budget: change of ECE" in caplog.text
        assert f"{item.name}: misses the budget on the test part: change of ECE" in caplog.text
    assert not (path.parent / "timings.csv").exists()


def test_one_target_alone_and_a_fixed_batch(checkpoint_path: Path, onnx_path: Path, split_path: Path, tmp_path: Path):
    fixed = with_batch(small_graph((SPEC.height, SPEC.width), opset=18), 4)
    source = with_graph(onnx_path, tmp_path / "export", fixed)
    config = QUICK.model_copy(update={"targets": ("int8",), "steps": ()})
    path = run(config, source, checkpoint_path, split_path, tmp_path / "out")
    assert not (path.parent / "model.int8-trt.onnx").exists()
    (item,) = onnx.load(str(path.parent / "model.int8.onnx")).graph.input
    assert [dim.dim_value for dim in item.type.tensor_type.shape.dim] == [4, SPEC.height, SPEC.width, 3]
    with pytest.raises(InputError, match=r"model\.fp32\.onnx: int8-trt needs operator set 19 or newer, .* got 18; set"):
        run(QUICK, source, checkpoint_path, split_path, tmp_path / "other")


def test_without_matplotlib_the_log_says_that_nothing_was_drawn(
    checkpoint_path: Path,
    small_path: Path,
    split_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def missing() -> None:
        raise MissingDependencyError("matplotlib")

    monkeypatch.setattr(figure, "require_matplotlib", missing)
    config = QUICK.model_copy(update={"targets": ("int8",), "steps": ()})
    with caplog.at_level(logging.INFO, "roadgrip"):
        run(config, small_path, checkpoint_path, split_path, tmp_path / "out")
    assert "recipes.png was not drawn: matplotlib is not installed" in caplog.text
    assert not (tmp_path / "out" / "recipes.png").exists()


def test_a_changed_graph_is_refused(checkpoint_path: Path, small_path: Path, split_path: Path, tmp_path: Path):
    shutil.copytree(small_path.parent, tmp_path / "export")
    flip_byte(tmp_path / "export" / "model.fp32.onnx", -100)
    with pytest.raises(CheckFailedError, match=r"model\.fp32\.onnx: changed"):
        run(QUICK, tmp_path / "export" / "onnx.json", checkpoint_path, split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_split_with_other_classes_is_refused(
    checkpoint_path: Path, small_path: Path, split_path: Path, tmp_path: Path
):
    shutil.copytree(small_path.parent, tmp_path / "export")
    path = tmp_path / "export" / "onnx.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "classes": ["wet", "dry", "snow"]}))
    with pytest.raises(InputError, match="classes"):
        run(QUICK, path, checkpoint_path, split_path, tmp_path / "out")


@pytest.mark.parametrize("part", ["calibration", "test"])
def test_an_empty_part_is_refused(checkpoint_path: Path, small_path: Path, tmp_path: Path, part: Part):
    sizes: dict[Part, int] = {"train": 1, "val": 1, "calibration": 1, "test": 1}
    split = make_split(tmp_path / "split", {**sizes, part: 0})
    with pytest.raises(InputError, match=f"{part} part"):
        run(QUICK, small_path, checkpoint_path, split, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_validation_pictures_it_warns(
    checkpoint_path: Path, small_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    split = make_split(tmp_path / "split", {"train": 1, "val": 0, "calibration": 2, "test": 1})
    config = QUICK.model_copy(update={"targets": ("int8",), "steps": ()})
    path = run(config, small_path, checkpoint_path, split, tmp_path / "out")
    assert "no validation pictures" in caplog.text
    artifact = load_artifact(QuantizedArtifact, path)
    assert (artifact.validation_pictures, artifact.graphs[0].chosen_on.part) == (0, "calibration")


def test_calibration_with_pictures_of_the_test_part_is_refused(
    checkpoint_path: Path, small_path: Path, split_copy: Path, tmp_path: Path
):
    """By a table that was changed behind the split's back, and by samples that no split should give."""
    table = split_copy.parent / "assignment.csv"
    table.write_text(table.read_text().replace("test_0.png,test,", "test_0.png,calibration,"))
    with pytest.raises(CheckFailedError, match=r"assignment\.csv: changed"):
        run(QUICK, small_path, checkpoint_path, split_copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("same", ["image_id", "file"])
def test_a_picture_in_two_parts_is_refused(same: str, split_path: Path):
    samples = open_split(split_path).samples
    check_apart(samples["calibration"], samples["test"], split_path)
    stray = samples["calibration"][0]._replace(**{same: getattr(samples["test"][3], same)})
    with pytest.raises(CheckFailedError, match=r"split\.json: expected no picture of the test part .* got 1, such as"):
        check_apart([*samples["calibration"], stray], samples["test"], split_path)


def test_another_checkpoint_is_refused(small_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path):
    other = tmp_path / "checkpoint.json"
    other.write_text(checkpoint_path.read_text().replace('"epochs": 1', '"epochs": 2'))
    message = r"checkpoint\.json: expected the checkpoint that .*onnx\.json was exported from .* got another"
    with pytest.raises(InputError, match=message):
        run(QUICK, small_path, other, split_path, tmp_path / "out")
    with pytest.raises(InputError, match=r"none\.json: expected a checkpoint's JSON file; it does not exist"):
        run(QUICK, small_path, tmp_path / "none.json", split_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_network_that_cannot_be_fine_tuned(
    small_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """The small graph is not the checkpoint's: a warning, or an error where fine-tuning is always wanted."""
    config = QUICK.model_copy(update={"targets": ("int8",), "steps": (), "finetune": FinetuneConfig()})
    run(config, small_path, checkpoint_path, split_path, tmp_path / "out")
    assert "cannot be fine-tuned for int8, recipes alone are searched: stem: expected a weight named" in caplog.text
    always = config.model_copy(update={"finetune": FinetuneConfig(when="always")})
    with pytest.raises(InputError, match=r"cannot be fine-tuned for int8: .* set quantize\.finetune\.when to never"):
        run(always, small_path, checkpoint_path, split_path, tmp_path / "other")


def test_the_whole_stage_with_fine_tuning(onnx_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path):
    config = QuantizeConfig(
        targets=("int8-trt",),
        steps=(),
        budget=WIDE,
        finetune=FinetuneConfig(when="always", steps=2, batch_size=4),
        max_calibration_pictures=3,
        max_validation_pictures=3,
        timing_rounds=0,
    )
    path = run(config, onnx_path, checkpoint_path, split_path, tmp_path / "out")
    artifact = load_artifact(QuantizedArtifact, path)
    recipe = artifact.graphs[0].recipe
    with (path.parent / "recipes.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["step"], row["finetuned"]) for row in rows] == [("start", "False"), ("fine-tuning", "True")]
    assert recipe.finetuned == (float(rows[1]["divergence_nats"]) < float(rows[0]["divergence_nats"]))
