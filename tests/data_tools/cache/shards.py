"""Write shards of a few random pictures."""

from pathlib import Path

import numpy as np

from data_tools.cache.shard import Place, ShardWriter
from tests.data_tools.pictures import noise

NAMES = ("first", "second", "雪 with spaces")


def pictures(height: int = 32, width: int = 40) -> dict[str, np.ndarray]:
    return {name: noise("cache", name, height=height, width=width) for name in NAMES}


def describe(name: str) -> dict[str, str | float | None]:
    return {"path": f"dry/{name}.jpg", "label": "dry", "time_s": None if name == "first" else 1.5}


def write_shard(path: Path, given: dict[str, np.ndarray]) -> list[Place]:
    """Write a shard; the keys count from 00000000."""
    with path.open("wb") as stream:
        writer = ShardWriter(stream)
        places = [writer.add(f"{at:08d}", picture, describe(name)) for at, (name, picture) in enumerate(given.items())]
        writer.finish()
    return places
