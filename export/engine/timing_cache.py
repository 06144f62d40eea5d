"""Read and write the file that remembers how long kernels took."""

from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.artifacts.atomic import write_bytes
from data_tools.errors import CheckFailedError, InputError

if TYPE_CHECKING:
    import tensorrt as trt


def use_timing_cache(config: "trt.IBuilderConfig", path: Path) -> None:
    """Give the build the timings of a file, or an empty cache when there is no such file yet.

    Raises:
        InputError: The path is no file, or it cannot be read.
        CheckFailedError: TensorRT refuses the content, such as a cache of another version or GPU.
    """
    try:
        stored = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise InputError(f"{path}: expected a timing cache, but it cannot be read ({error.strerror})") from error
    cache = config.create_timing_cache(stored)
    if cache is None or not config.set_timing_cache(cache, ignore_mismatch=False):
        raise CheckFailedError(
            f"{path}: TensorRT refuses this timing cache (made by another version or for another GPU?); "
            "delete it or name another file"
        )


def keep_timing_cache(config: "trt.IBuilderConfig", path: Path) -> None:
    """Write the timings back, atomically: another build that reads the file sees the old content or the new."""
    cache = config.get_timing_cache()
    if cache is not None:
        write_bytes(path, memoryview(cache.serialize()).tobytes())
