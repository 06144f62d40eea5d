"""Inspection: what each picture tells, and shards that a restart finds again."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.dataset import inspection
from data_tools.dataset.config import CacheConfig
from data_tools.dataset.inspect_all import SHARD_PICTURES, inspect_all, inspected_rows, plan_shards
from data_tools.dataset.inspection import Failed, Inspected, ShardJob, inspect_shard, load_shard
from data_tools.dataset.measure import luma_level, measure
from data_tools.duplicates.crops import THUMBNAIL_PX, thumbnail
from data_tools.engines.local import LocalEngine
from data_tools.errors import InputError
from data_tools.images.decode import decode_bytes
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.progress import silent
from data_tools.sources.candidates import Candidate, Listing
from tests.data_tools.dataset.builds import candidate, contents, listing, scene
from tests.data_tools.images.segments import claiming_png, exif, with_segment
from tests.data_tools.pictures import encode, encode_pillow, gradient, noise

CACHE = CacheConfig(height=32, width=48)
BAD = {
    "text.jpg": (b"not a picture\n", "undecodable"),
    "empty.png": (b"", "empty"),
    "cut.jpg": (encode(gradient(), ".jpg")[:-200], "truncated"),
    "cut.png": (encode(gradient(), ".png")[:-20], "truncated"),
    "one.png": (encode(noise("one", height=1, width=1), ".png"), "too_small"),
    "huge.png": (claiming_png(60_000, 60_000), "too_large"),
}
ODD = {
    "cmyk.jpg": encode_pillow(Image.fromarray(gradient()).convert("CMYK"), "JPEG"),
    "deep.png": encode(gradient().astype(np.uint16) * 257, ".png"),
    "turned.jpg": with_segment(encode(gradient(), ".jpg"), exif(6)),
    "grey.png": encode(gradient()[..., 0], ".png"),
}


def single_job(root: Path, files: dict[str, bytes], cache: CacheConfig | None = CACHE) -> ShardJob:
    (job,) = plan_shards(listing(root / "in", files), root / "shards", cache)
    return job


def test_usable_pictures_are_described(tmp_path: Path):
    job = single_job(tmp_path, ODD)
    assert inspect_shard(job) == len(ODD)
    samples = job.stem.with_suffix(".tar").read_bytes()
    thumbnails = np.fromfile(job.stem.with_suffix(".luma"), np.uint8).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX)
    spec = PreprocessingSpec(height=32, width=48, interpolation="supersampled")
    for data, row, small in zip(ODD.values(), load_shard(job), thumbnails, strict=True):
        assert isinstance(row, Inspected)
        picture = decode_bytes(data)
        assert (row.sha256, row.facts) == (sha256_bytes(data), measure(data, picture))
        assert np.array_equal(small, thumbnail(luma_level(picture)))
        expected = to_model_size(picture, spec).tobytes()
        assert samples[row.offset : row.offset + len(expected)] == expected
    sizes = {name: row.facts[:2] for name, row in zip(ODD, load_shard(job), strict=True)}
    assert sizes["turned.jpg"] == (64, 48), "EXIF orientation 6 turns the picture"
    assert sizes["cmyk.jpg"] == sizes["deep.png"] == (48, 64)


def test_bad_pictures_are_listed_with_reasons(tmp_path: Path):
    given = listing(tmp_path / "in", {name: data for name, (data, _) in BAD.items()} | ODD)
    (tmp_path / "in" / "folder.jpg").mkdir()
    given.candidates.extend([candidate("gone.jpg"), candidate("folder.jpg")])
    jobs = plan_shards(given, tmp_path / "shards", CACHE)
    inspect_all(jobs, LocalEngine(1), silent)
    found = {item.path: row for _, _, item, row in inspected_rows(jobs)}
    reasons = {name: reason for name, (_, reason) in BAD.items()}
    reasons |= {"gone.jpg": "missing", "folder.jpg": "unreadable"}
    failed = {name: row for name, row in found.items() if isinstance(row, Failed)}
    assert {name: row.reason for name, row in failed.items()} == reasons
    assert all(row.detail.startswith(f"{name}: ") and "\n" not in row.detail for name, row in failed.items())
    assert found.keys() - failed.keys() == ODD.keys()


def test_any_other_error_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def break_down(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(inspection, "decode_bytes", break_down)
    job = single_job(tmp_path, {"a.png": b"x"})
    with pytest.raises(MemoryError):
        inspect_all([job], LocalEngine(1), silent)
    with pytest.raises(RuntimeError, match="expected a finished shard of 1 pictures"):
        load_shard(job)


def test_listing_is_cut_in_order(tmp_path: Path):
    names = [f"dry/{index:04d}.png" for index in range(2 * SHARD_PICTURES + 5)][::-1]
    given = Listing({"": tmp_path}, [candidate(name) for name in names], [], {})
    jobs = plan_shards(given, tmp_path, None)
    assert [len(job.files) for job in jobs] == [SHARD_PICTURES, SHARD_PICTURES, 5]
    assert [job.first for job in jobs] == [0, SHARD_PICTURES, 2 * SHARD_PICTURES]
    assert [item for job in jobs for item in job.candidates] == given.candidates
    assert [file for job in jobs for file in job.files] == [str(tmp_path / name) for name in names]
    assert len({job.stem for job in jobs}) == 3


def test_path_below_no_root_is_refused(tmp_path: Path):
    given = Listing({"a": tmp_path}, [Candidate("b/1.png", "dry", "s", "g")], [], {})
    with pytest.raises(InputError, match=r"b/1\.png: expected a path that starts with one of a"):
        plan_shards(given, tmp_path, None)


def test_progress_counts_pictures_shard_by_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("data_tools.dataset.inspect_all.SHARD_PICTURES", 2)
    jobs = plan_shards(listing(tmp_path, {f"{index}.png": b"bad" for index in range(5)}), tmp_path / "s", None)
    calls: list[tuple[int, int, str]] = []

    class InOrder:
        def run(self, function: Callable[[ShardJob], int], given: list[ShardJob]) -> list[int]:
            return [function(job) for job in given]

    inspect_all(jobs, InOrder(), lambda *call: calls.append(call))
    assert calls == [(done, 5, "reading pictures") for done in (2, 4, 5)]


def test_nothing_to_inspect(tmp_path: Path):
    assert plan_shards(Listing({"": tmp_path}, [], [], {}), tmp_path, None) == []
    inspect_all([], LocalEngine(1), silent)


FILES = {"dry/a.png": encode(scene("a"), ".png"), "dry/b.png": b"bad", "dry/c.png": encode(scene("c"), ".png")}


def opens(job: ShardJob, monkeypatch: pytest.MonkeyPatch) -> int:
    """Inspect a shard and return how many files were opened for it."""
    opened: list[Path] = []
    read = inspection.read_bytes

    def counted(path: Path, name: str) -> bytes:
        opened.append(path)
        return read(path, name)

    with monkeypatch.context() as patch:
        patch.setattr(inspection, "read_bytes", counted)
        inspect_shard(job)
    return len(opened)


def flip_sample(folder: Path) -> None:
    path = folder / "shard-000000.tar"
    data = bytearray(path.read_bytes())
    data[1024] ^= 1
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "report gone": lambda folder: (folder / "shard-000000.json").unlink(),
    "report cut": lambda folder: os.truncate(folder / "shard-000000.json", 50),
    "report of another version": lambda folder: (folder / "shard-000000.json").write_text('{"key": ""}'),
    "thumbnails gone": lambda folder: (folder / "shard-000000.luma").unlink(),
    "thumbnails cut": lambda folder: os.truncate(folder / "shard-000000.luma", 5000),
    "samples gone": lambda folder: (folder / "shard-000000.tar").unlink(),
    "samples cut": lambda folder: os.truncate(folder / "shard-000000.tar", 3000),
    "sample changed": flip_sample,
}


def test_finished_shard_is_not_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for cache in (None, CACHE):
        job = single_job(tmp_path / str(cache is None), FILES, cache)
        assert [opens(job, monkeypatch) for _ in range(2)] == [3, 0]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_shard_is_made_again(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = single_job(tmp_path, FILES)
    inspect_shard(job)
    before = contents(Path(job.folder))
    assert sorted(before) == ["shard-000000.json", "shard-000000.luma", "shard-000000.tar"]
    DAMAGES[damage](Path(job.folder))
    assert opens(job, monkeypatch) == 3
    assert contents(Path(job.folder)) == before
    assert opens(job, monkeypatch) == 0


def changed_picture(job: ShardJob) -> ShardJob:
    stat = Path(job.files[0]).stat()
    os.utime(job.files[0], ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    return job


def lost_picture(job: ShardJob) -> ShardJob:
    Path(job.files[0]).unlink()
    return job


CHANGES: dict[str, Callable[[ShardJob], ShardJob]] = {
    "picture written again": changed_picture,
    "picture removed": lost_picture,
    "another size": lambda job: job._replace(cache=CacheConfig(height=48, width=48)),
    "another interpolation": lambda job: job._replace(cache=CacheConfig(height=32, width=48, interpolation="linear")),
    "another label": lambda job: job._replace(
        candidates=tuple(job.candidates[i]._replace(label="wet") for i in range(3))
    ),
    "another place": lambda job: job._replace(first=128),
}


@pytest.mark.parametrize("change", CHANGES)
def test_shard_of_something_else_is_made_again(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = single_job(tmp_path, FILES)
    inspect_shard(job)
    changed = CHANGES[change](job)
    assert opens(changed, monkeypatch) == 3
    assert opens(changed, monkeypatch) == 0


def test_a_report_never_vouches_for_files_of_a_later_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Configuration A, then B killed between its files and its report, then A again."""
    first = single_job(tmp_path, {"a.png": encode(noise("first"), ".png")})
    inspect_shard(first)
    wanted = contents(first.stem.parent)
    second = single_job(tmp_path / "other", {"b.png": encode(noise("second"), ".png")})._replace(folder=first.folder)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inspection, "write_text", killed)
    with pytest.raises(KeyboardInterrupt):
        inspect_shard(second)
    monkeypatch.undo()
    inspect_shard(first)
    assert contents(first.stem.parent) == wanted
