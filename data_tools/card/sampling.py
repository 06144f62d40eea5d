"""Draw sample pictures from a stream, spread over sources and drives, in memory that does not grow with it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Generic, TypeVar

from data_tools.randomness import keyed_seed

ItemT = TypeVar("ItemT")


class Sample:
    """Keep what is needed to draw `size` pictures: at most `size` sources, `size` drives each, `size` pictures each.

    Which ones depends on the names alone, not on their order.

    Args:
        key: Makes the draw differ from others, such as the class.
        size: Pictures to draw, 1 or more.
    """

    def __init__(self, key: str, size: int) -> None:
        self._key = key
        self._size = size
        self._sources: _Lowest[_Lowest[_Lowest[None]]] = _Lowest(size)

    def offer(self, source: str, drive: str, path: str) -> None:
        """Take note of a picture; each path is offered once."""
        size = self._size
        drives = self._sources.get(_rank(self._key, source), source)
        if drives is None:
            drives = self._sources.add(_rank(self._key, source), source, _Lowest(size))
        paths = drives.get(_rank(self._key, drive), drive) if drives is not None else None
        if drives is not None and paths is None:
            paths = drives.add(_rank(self._key, drive), drive, _Lowest(size))
        if paths is not None:
            paths.add(keyed_seed("card sample", self._key, path), path, None)

    def draw(self) -> tuple[str, ...]:
        """Return up to `size` paths: the sources take turns, and within a source its drives."""
        queues = [
            list(_in_turns([list(paths.names()) for paths in source.values()])) for source in self._sources.values()
        ]
        return tuple(path for path, _ in zip(_in_turns(queues), range(self._size), strict=False))


class _Lowest(Generic[ItemT]):
    """Keep the items with the lowest ranks."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: dict[tuple[int, str], ItemT] = {}
        self._worst: tuple[int, str] | None = None

    def get(self, rank: int, name: str) -> ItemT | None:
        return self._items.get((rank, name))

    def add(self, rank: int, name: str, item: ItemT) -> ItemT | None:
        """Keep a new item, in the place of the worst one when there is no room; return it unless it is the worst."""
        key = (rank, name)
        if len(self._items) >= self._size:
            self._worst = self._worst or max(self._items)
            if key > self._worst:
                return None
            del self._items[self._worst]
            self._worst = None
        self._items[key] = item
        return item

    def names(self) -> list[str]:
        return [name for _, name in sorted(self._items)]

    def values(self) -> list[ItemT]:
        return [self._items[key] for key in sorted(self._items)]


@lru_cache(maxsize=65536)
def _rank(key: str, name: str) -> int:
    """Return where a name stands in the draw; a cache, for records come by drive."""
    return keyed_seed("card sample", key, name)


def _in_turns(queues: list[list[str]]) -> Iterator[str]:
    """Yield the first of every queue, then the second of every queue, and so on."""
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue):
                yield queue[turn]
