from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import UnreadablePictureError, read_picture
from data_tools.images.preprocessing import to_model_size
from data_tools.split.artifact import OpenSplit, Sample, open_split
from export.inference import BATCH, Outputs, batches, labels_of, load_batch, part_of, run_graph
from tests.export.graph.small_graph import NAMES, SPEC, expected_outputs, small_graph
from tests.pipeline.training.tiny_split import CLASSES


@pytest.fixture(scope="module")
def split(split_path: Path) -> OpenSplit:
    return open_split(split_path)


@pytest.fixture(scope="module")
def samples(split: OpenSplit) -> tuple[Sample, ...]:
    return split.samples["test"]


def test_load_batch_keeps_the_order_and_resizes(samples: tuple[Sample, ...]):
    found = load_batch(samples[::-1], SPEC)
    assert found.shape == (len(samples), SPEC.height, SPEC.width, 3)
    assert found.dtype == np.uint8
    for picture, sample in zip(found, samples[::-1], strict=True):
        np.testing.assert_array_equal(picture, to_model_size(read_picture(sample.file), SPEC))


def test_a_vanished_picture_is_named(samples: tuple[Sample, ...], tmp_path: Path):
    gone = samples[0]._replace(file=tmp_path / "gone.png")
    with pytest.raises(UnreadablePictureError, match=r"gone\.png"):
        load_batch([samples[0], gone], SPEC)


@pytest.mark.parametrize(("size", "lengths"), [(1, [1] * 18), (7, [7, 7, 4]), (18, [18]), (50, [18])])
def test_batches_cover_all_in_order(samples: tuple[Sample, ...], size: int, lengths: list[int]):
    found = list(batches(samples, SPEC, size))
    assert [len(batch) for batch in found] == lengths
    np.testing.assert_array_equal(np.concatenate(found), load_batch(samples, SPEC))


def test_pictures_come_in_the_order_of_the_graph(samples: tuple[Sample, ...]):
    bgr = load_batch(samples[:3], SPEC.model_copy(update={"color": "bgr"}))
    assert bgr.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(bgr, load_batch(samples[:3], SPEC)[..., ::-1])


@pytest.mark.parametrize(
    ("batch", "steps"), [("batch", [16, 18]), (1, list(range(1, 19))), (7, [7, 14, 18]), (32, [18])], ids=str
)
def test_run_graph_gives_every_output_of_every_picture(
    samples: tuple[Sample, ...], tmp_path: Path, batch: int | str, steps: list[int]
):
    assert len(samples) == 18 > BATCH  # more than one batch, the last one short
    path = tmp_path / "small.onnx"
    path.write_bytes(small_graph(batch=batch).SerializeToString())
    seen: list[tuple[int, int, str]] = []
    found = run_graph(path, samples, SPEC, lambda *step: seen.append(step))
    assert found._fields == ("logits", "probabilities", "feature", "distance")
    for ours, theirs in zip(found, expected_outputs(load_batch(samples, SPEC)), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert isinstance(found, Outputs)
    assert seen == [(done, 18, "running small.onnx") for done in steps]


def test_the_order_of_the_graphs_outputs_does_not_matter(samples: tuple[Sample, ...], tmp_path: Path):
    model = small_graph()
    turned = list(model.graph.output)[::-1]
    del model.graph.output[:]
    model.graph.output.extend(turned)
    (tmp_path / "turned.onnx").write_bytes(model.SerializeToString())
    found = run_graph(tmp_path / "turned.onnx", samples[:2], SPEC)
    np.testing.assert_allclose(found.logits, expected_outputs(load_batch(samples[:2], SPEC))[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_without_an_output_is_named(samples: tuple[Sample, ...], tmp_path: Path, name: str):
    model = small_graph()
    model.graph.output.remove(next(item for item in model.graph.output if item.name == name))
    (tmp_path / "old.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(CheckFailedError, match=r"old\.onnx: expected the outputs logits, .*export it anew"):
        run_graph(tmp_path / "old.onnx", samples, SPEC)


def test_a_broken_graph_is_named(samples: tuple[Sample, ...], tmp_path: Path):
    (tmp_path / "broken.onnx").write_bytes(small_graph().SerializeToString()[:100])
    with pytest.raises(CheckFailedError, match=r"broken\.onnx"):
        run_graph(tmp_path / "broken.onnx", samples, SPEC)


def test_labels(samples: tuple[Sample, ...]):
    labels = labels_of(samples)
    assert labels.dtype == np.int64
    assert labels.tolist() == [CLASSES.index(sample.image_id.split("/")[0]) for sample in samples]


def test_part_of(split: OpenSplit, split_path: Path):
    assert part_of(split, "calibration", CLASSES, split_path) == split.samples["calibration"]
    with pytest.raises(InputError, match=r"split\.json: expected the network's classes \('wet', 'dry', 'snow'\)"):
        part_of(split, "test", ("wet", "dry", "snow"), split_path)
    emptied = split.model_copy(update={"samples": {**split.samples, "test": ()}})
    with pytest.raises(InputError, match=r"split\.json: expected pictures in the test part, got none"):
        part_of(emptied, "test", CLASSES, split_path)
