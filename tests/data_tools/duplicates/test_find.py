import cv2
import numpy as np
import pytest

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.duplicates.crops import thumbnail
from data_tools.duplicates.find import find_near_duplicates
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.duplicates.phash import is_flat, perceptual_hash
from data_tools.errors import InputError
from data_tools.randomness import keyed_generator
from tests.data_tools.duplicates.scenes import SPOILERS, scenes, spoiled

ORIGINALS = {name: luma for name, luma in scenes().items() if name.endswith("/0")}


def find(pictures: dict[str, np.ndarray], groups: dict[str, str], **options: float) -> list[NearDuplicate]:
    small = {path: thumbnail(luma) for path, luma in pictures.items()}
    return find_near_duplicates(
        list(pictures),
        [groups.get(path, path) for path in pictures],
        [sha256_bytes(luma.tobytes()) for luma in pictures.values()],
        np.array([perceptual_hash(luma) for luma in pictures.values()], dtype=np.uint64),
        np.array([is_flat(luma) for luma in pictures.values()], dtype=bool),
        load_thumbnail=small.__getitem__,
        **options,
    )


@pytest.mark.parametrize("kind", SPOILERS)
def test_every_copy_is_found_and_nothing_else(kind: str) -> None:
    copies = {f"z/{kind}/{name}": spoiled(kind, name) for name in ORIGINALS}
    found = find({**ORIGINALS, **copies}, {})
    assert {(row.path_a, row.path_b) for row in found} == {(name, f"z/{kind}/{name}") for name in ORIGINALS}
    assert {row.mirrored for row in found} == {kind in {"mirror", "all"}}
    assert all(0.75 <= row.similarity <= 1 and row.distance <= 6 for row in found)


def test_frames_of_different_drives_are_not_joined() -> None:
    assert find(scenes(), {name: name.split("/")[0] for name in scenes()}, max_distance=12) == []


def test_a_copy_in_its_own_drive_is_not_reported() -> None:
    name = next(iter(ORIGINALS))
    copy = {"z": spoiled("jpeg", name)}
    assert find({**ORIGINALS, **copy}, {"z": "g", name: "g"}) == []
    assert [row.group_b for row in find({**ORIGINALS, **copy}, {"z": "g"})] == ["g"]


def test_equal_bytes_are_chained_to_the_first_even_in_one_drive_or_flat() -> None:
    name = next(iter(ORIGINALS))
    plain = np.full((40, 40), 9, dtype=np.uint8)
    pictures = {"q/3": ORIGINALS[name], "q/1": ORIGINALS[name], "q/2": ORIGINALS[name], "r/1": plain, "r/2": plain}
    assert find(pictures, {"q/1": "q", "q/2": "q"}) == [
        NearDuplicate("q/1", "q/2", "q", "q", 0, False, 1.0),
        NearDuplicate("q/1", "q/3", "q", "q/3", 0, False, 1.0),
        NearDuplicate("r/1", "r/2", "r/1", "r/2", 0, False, 1.0),
    ]


def test_flat_pictures_are_not_compared() -> None:
    plain = {f"p/{level}": np.full((40, 40), level, dtype=np.uint8) for level in (10, 20)}
    assert find(plain, {}) == []


def test_the_order_of_the_input_does_not_count() -> None:
    pictures = {**ORIGINALS, **{f"z/{name}": spoiled("all", name) for name in ORIGINALS}}
    backwards = dict(reversed(pictures.items()))
    found = find(pictures, {})
    assert found == find(backwards, {}) == sorted(found)


def test_an_alike_hash_alone_is_not_enough() -> None:
    first, second = list(ORIGINALS.values())[:2]
    small = {"a": thumbnail(first), "b": thumbnail(second)}
    same = np.zeros(2, dtype=np.uint64)
    flat = np.zeros(2, dtype=bool)
    assert find_near_duplicates(["a", "b"], ["a", "b"], ["1", "2"], same, flat, load_thumbnail=small.__getitem__) == []


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        (["a"], {}, "for each of 1 paths"),
        (["a", "a"], {}, "distinct paths"),
        (["a", "b"], {"min_similarity": 1.5}, "min_similarity: expected 0 to 1, got 1.5"),
        (["a", "b"], {"max_distance": 17}, "0 to 16"),
    ],
)
def test_wrong_arguments_are_refused(paths: list[str], options: dict[str, float], message: str) -> None:
    plain = np.zeros((64, 64), dtype=np.uint8)
    with pytest.raises(InputError, match=message):
        find_near_duplicates(
            paths, ["g", "h"], ["1", "2"], np.zeros(2, np.uint64), np.ones(2, bool),
            load_thumbnail=lambda path: plain, **options,
        )  # fmt: skip


def test_nothing_gives_nothing() -> None:
    assert find({}, {}) == []


@pytest.mark.parametrize("drive", ["d0", "d1"])
def test_a_picture_of_equal_hash_does_not_hide_the_copies_behind_it(drive: str) -> None:
    # Fine texture, which the hash does not see, over one layout: the hash is the same, the shot is not.
    layout = cv2.resize(
        keyed_generator("layout").integers(30, 225, (9, 9)).astype(np.uint8), (64, 64), interpolation=cv2.INTER_CUBIC
    ).astype(float)

    def textured(name: str) -> np.ndarray:
        signs = keyed_generator("texture", name).choice([-25, 25], (32, 32))
        return np.clip(layout + np.kron(signs, [[1, -1], [-1, 1]]), 0, 255).astype(np.uint8)

    other, shot = textured("other"), textured("shot")
    assert perceptual_hash(other) == perceptual_hash(shot)
    pictures = {"a": other, "b": shot, "c": np.clip(shot.astype(int) + 1, 0, 255).astype(np.uint8)}
    assert [(row.path_a, row.path_b) for row in find(pictures, {"a": drive, "b": "d1"})] == [("b", "c")]
