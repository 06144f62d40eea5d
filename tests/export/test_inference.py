from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import CheckFailedError, InputError
from data_tools.images.decode import UnreadablePictureError, read_picture
from data_tools.images.preprocessing import to_model_size
from data_tools.split.artifact import OpenSplit, Sample, open_split
from export.inference import BATCH, batches, labels_of, load_batch, part_of, run_graph
from tests.export.runtime.tiny_bundle import SPEC, golden_outputs_of, make_graph
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


def test_run_graph_equals_one_batch(samples: tuple[Sample, ...], tmp_path: Path):
    assert len(samples) > BATCH  # more than one batch, the last one short
    (tmp_path / "tiny.onnx").write_bytes(make_graph())
    seen: list[tuple[int, int, str]] = []
    logits, probabilities = run_graph(
        tmp_path / "tiny.onnx", samples, SPEC, lambda done, total, what: seen.append((done, total, what))
    )
    expected = golden_outputs_of(make_graph(), load_batch(samples, SPEC))
    np.testing.assert_allclose(logits, expected[:, 0], atol=1e-5)
    np.testing.assert_allclose(probabilities, expected[:, 1], atol=1e-6)
    assert seen == [(16, 18, "running tiny.onnx"), (18, 18, "running tiny.onnx")]


def test_a_broken_graph_is_named(samples: tuple[Sample, ...], tmp_path: Path):
    (tmp_path / "broken.onnx").write_bytes(make_graph()[:100])
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
