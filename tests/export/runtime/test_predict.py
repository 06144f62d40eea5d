import json
import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_tools.errors import InputError
from export.runtime.predict import ClassifiedEntry, UnreadableEntry, entries_json, expand, predict_paths
from export.runtime.session import Classifier
from tests.export.runtime.tiny_bundle import colour_picture


def write(path: Path, picture: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture[..., ::-1])
    return path


def rotated_jpeg(path: Path, picture: np.ndarray) -> Path:
    """Write a JPEG whose EXIF orientation (6) says that it is to be turned by 90 degrees."""
    data = write(path, picture).read_bytes()
    tiff = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
    payload = b"Exif\0\0" + tiff
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + data[2:])
    return path


@pytest.fixture
def classifier(manifest_path: Path) -> Classifier:
    return Classifier.open(manifest_path)


def test_mixed_files_come_in_order_with_a_decision_or_a_reason(classifier: Classifier, tmp_path: Path):
    folder = tmp_path / "mixed"
    write(folder / "wet.png", colour_picture(1, 60, 80, strength=20))
    (folder / "text.jpg").write_text("this is no picture")
    (folder / "empty.jpg").touch()
    write(folder / "one.png", np.zeros((1, 1, 3), np.uint8))
    jpeg = write(folder / "cut.jpg", colour_picture(0, 200, 200)).read_bytes()
    (folder / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    deep = colour_picture(2, 60, 80, strength=20).astype(np.uint16) * 257
    write(folder / "deep.png", deep)
    rotated_jpeg(folder / "turned.jpg", colour_picture(0, 60, 80, strength=40))
    names = ["text.jpg", "wet.png", "empty.jpg", "one.png", "gone.jpg", "cut.jpg", "deep.png", "turned.jpg"]
    entries = predict_paths(classifier, [folder / name for name in names], batch_size=3)
    assert [entry.path for entry in entries] == [str(folder / name) for name in names]
    labels = [entry.label if isinstance(entry, ClassifiedEntry) else None for entry in entries]
    assert labels == [None, "wet", None, None, None, None, "snow", "dry"]
    errors = [entry.error for entry in entries if isinstance(entry, UnreadableEntry)]
    for error, part in zip(errors, ["finds none", "empty", "is 1×1 px", "no such file", "breaks off"], strict=True):
        assert part in error
        assert str(folder) not in error


def test_cmyk_jpeg_is_read(classifier: Classifier, tmp_path: Path):
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "print.jpg"
    image.fromarray(colour_picture(2, 60, 80, strength=60)).convert("CMYK").save(path, quality=95)
    (entry,) = predict_paths(classifier, [path])
    assert isinstance(entry, ClassifiedEntry)
    assert entry.label == "snow"


def test_exif_orientation_is_applied(classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    left_red = np.zeros((40, 100, 3), np.uint8)
    left_red[:, :50, 0] = 255
    seen: list[np.ndarray] = []
    real = classifier.prepare
    monkeypatch.setattr(classifier, "prepare", lambda picture: (seen.append(picture), real(picture))[1])
    predict_paths(classifier, [rotated_jpeg(tmp_path / "a.jpg", left_red)])
    assert seen[0].shape == (100, 40, 3)
    assert seen[0][:45, :, 0].min() > 200
    assert seen[0][55:, :, 0].max() < 50


def test_folder_is_read_at_any_depth_in_sorted_order(classifier: Classifier, tmp_path: Path):
    folder = tmp_path / "drive"
    for name in ("b/2.PNG", "b/1.png", "a.jpg", "c/d/e.png"):
        write(folder / name, colour_picture(1, 40, 40, strength=30))
    (folder / "notes.txt").write_text("no picture by its suffix")
    files = [str(folder / name) for name in ("a.jpg", "b/1.png", "b/2.PNG", "c/d/e.png")]
    assert [str(path) for path in expand(folder)] == files
    single = write(tmp_path / "z.png", colour_picture(0))
    entries = predict_paths(classifier, [single, folder], batch_size=2)
    assert [entry.path for entry in entries] == [str(single), *files]


def test_batch_size_does_not_change_the_entries_or_exceed_the_batch(
    classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for index in range(7):
        write(tmp_path / "p" / f"{index}.png", colour_picture(index % 3, 45, 60, seed=index))
    sizes: list[int] = []
    real = classifier.run
    monkeypatch.setattr(classifier, "run", lambda batch: (sizes.append(len(batch)), real(batch))[1])
    done: list[int] = []
    three = predict_paths(classifier, [tmp_path / "p"], batch_size=3, progress=lambda now, *_: done.append(now))
    assert sizes == [3, 3, 1]
    assert done == [3, 6, 7]
    for left, right in zip(three, predict_paths(classifier, [tmp_path / "p"], batch_size=1), strict=True):
        assert isinstance(left, ClassifiedEntry)
        assert isinstance(right, ClassifiedEntry)
        assert left.label == right.label
        assert left.confidence == pytest.approx(right.confidence, rel=1e-4)


def test_folder_without_pictures_is_wrong_input(classifier: Classifier, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: expected pictures .* but this folder holds none"):
        predict_paths(classifier, [tmp_path / "empty"])
    with pytest.raises(InputError, match="batch_size"):
        predict_paths(classifier, [], batch_size=0)


def test_a_name_that_is_no_utf8_is_escaped_and_the_others_are_kept(classifier: Classifier, tmp_path: Path):
    good = write(tmp_path / "good.png", colour_picture(1, 60, 80))
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.png"))
    try:
        odd.write_bytes(good.read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    gone = Path(os.fsdecode(os.fsencode(tmp_path) + b"/gone\xfe.png"))
    items = json.loads(entries_json(predict_paths(classifier, [good, odd, gone])))
    assert [item["path"] for item in items] == [
        str(good),
        f"{tmp_path}/odd\\udcff.png",
        f"{tmp_path}/gone\\udcfe.png",
    ]
    assert [item.get("label") for item in items] == ["wet", "wet", None]
    assert "no such file" in items[2]["error"]
    assert "udcfe" not in items[2]["error"]


def test_json_has_exactly_these_keys(classifier: Classifier, tmp_path: Path):
    good = write(tmp_path / "straße.png", colour_picture(1, 60, 80))
    items = json.loads(entries_json(predict_paths(classifier, [good, tmp_path / "gone.jpg"])))
    keys = ["path", "label", "confidence", "probabilities", "distance", "in_distribution"]
    assert [list(item) for item in items] == [keys, ["path", "error"]]
    assert list(items[0]["probabilities"]) == ["dry", "wet", "snow"]
    assert sum(items[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert items[0]["distance"] > 0
    assert items[0]["in_distribution"] is True
    assert items[0]["confidence"] == items[0]["probabilities"][items[0]["label"]]
    assert json.loads(entries_json([])) == []
