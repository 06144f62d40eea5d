"""Open mutated picture files in a process of their own, and print what came of each; run with `python -m`."""

import faulthandler
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from data_tools.cache.shard import ShardWriter
from data_tools.dataset.measure import luma_level, measure
from data_tools.duplicates.crops import thumbnail
from data_tools.images.decode import SUFFIXES, UnreadablePictureError, decode_bytes
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.randomness import keyed_generator
from tests.data_tools.images.segments import exif, with_segment
from tests.data_tools.pictures import encode, encode_pillow, gradient, noise

LIMIT_S = 20
"""Far above the milliseconds that a picture takes, so that only a hang reaches it on a loaded machine."""
HOSTILE = (0, 1, 0x7F, 0x80, 0xFF, 0xD8, 0xD9, 0xDA)


def seeds() -> list[bytes]:
    """Return small valid files of every container and of the variants within them."""
    picture = gradient(40, 56)
    mixed = ((gradient(40, 56).astype(int) + noise("fuzz", height=40, width=56)) // 2).astype(np.uint8)
    found = [encode(item, suffix) for suffix in sorted(SUFFIXES) for item in (picture, mixed)]
    jpeg = encode(mixed, ".jpg")
    found.append(with_segment(jpeg, exif(3)))
    found.append(encode(mixed, ".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)))
    found.append(encode(mixed, ".jpg", (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)))
    found.append(encode(mixed[..., 0], ".png"))
    found.append(encode(mixed.astype(np.uint16) * 257, ".png"))
    found.append(encode(mixed.astype(np.uint16) * 257, ".tif"))
    found.append(encode(mixed, ".webp", (cv2.IMWRITE_WEBP_QUALITY, 40)))
    opened = Image.fromarray(mixed)
    found.append(encode_pillow(opened.convert("CMYK"), "JPEG"))
    found.append(encode_pillow(opened.convert("P"), "PNG"))
    found.append(encode_pillow(opened.convert("LA"), "PNG"))
    found.append(encode_pillow(opened, "TIFF", compression="tiff_lzw"))
    found.append(encode_pillow(opened, "TIFF", compression="tiff_adobe_deflate"))
    return found


def mutated(data: bytes, draw: np.random.Generator, others: list[bytes]) -> bytes:
    """Return the file with one to eight damages: bytes set, runs cut, repeated, swapped or taken from another file."""
    changed = bytearray(data)
    for _ in range(int(draw.integers(1, 9))):
        if len(changed) < 2:
            break
        # Half of the damages hit the header, where sizes, offsets and tables stand.
        reach = min(len(changed), 200) if draw.random() < 0.5 else len(changed)
        at, length = int(draw.integers(reach)), int(draw.integers(1, 64))
        match int(draw.integers(8)):
            case 0:
                changed[at] ^= 1 << int(draw.integers(8))
            case 1:
                changed[at] = HOSTILE[int(draw.integers(len(HOSTILE)))]
            case 2:
                changed[at : at + 4] = draw.integers(0, 256, 4, dtype=np.uint8).tobytes()
            case 3:
                changed[at : at + 4] = b"\xff\xff\xff\x7f" if draw.random() < 0.5 else b"\x7f\xff\xff\xff"
            case 4:
                del changed[at : at + length]
            case 5:
                changed[at:at] = changed[at : at + length] * int(draw.integers(1, 4))
            case 6:
                other = others[int(draw.integers(len(others)))]
                start = int(draw.integers(len(other)))
                changed[at : at + length] = other[start : start + length]
            case _:
                del changed[at:]
    return bytes(changed)


def cases(first: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Yield numbered files; a number alone gives its file again."""
    known = seeds()
    for number in range(first, first + count):
        yield number, mutated(known[number % len(known)], keyed_generator("tests", "fuzz", number), known)


def open_like_a_build(data: bytes, spec: PreprocessingSpec) -> str:
    """Do with the bytes all that a build does with a file, and return what came of it.

    Raises:
        AssertionError: The refusal is not one line, or the facts are not those of the picture.
    """
    try:
        picture = decode_bytes(data)
    except UnreadablePictureError as error:
        if "\n" in str(error):
            raise AssertionError(str(error)) from error
        return error.reason
    level = luma_level(picture)
    small = thumbnail(level)
    facts = measure(data, picture, level, small)
    assert (facts.height_px, facts.width_px) == picture.shape[:2]
    ShardWriter(BytesIO()).add("00000000", to_model_size(picture, spec), facts._asdict())
    return "usable"


def main(first: int, count: int) -> None:
    """Open the files in turn; a crash or a hang names its number in the trace on stderr."""
    cv2.setNumThreads(1)
    spec = PreprocessingSpec(height=48, width=64)
    found: Counter[str] = Counter()
    for number, data in cases(first, count):
        print(number, file=sys.stderr, flush=True)
        faulthandler.dump_traceback_later(LIMIT_S, exit=True)
        found[open_like_a_build(data, spec)] += 1
    faulthandler.cancel_dump_traceback_later()
    for outcome, pictures in sorted(found.items()):
        print(outcome, pictures)


if __name__ == "__main__":
    faulthandler.enable()
    main(int(sys.argv[1]), int(sys.argv[2]))
