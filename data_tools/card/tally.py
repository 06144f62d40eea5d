"""Count records as they stream by: a number or a few a picture are kept, never the record."""

from array import array
from collections import Counter, defaultdict

import numpy as np
import numpy.typing as npt

from data_tools.card.clusters import Member
from data_tools.card.guess import guessed_right
from data_tools.card.measures import measure, quantiles
from data_tools.card.model import ClassDrives, Measure, Resolution, Resolutions
from data_tools.card.sampling import Sample
from data_tools.dataset.records import PictureRecord

TOP_RESOLUTIONS = 100
_WIDTH_BITS = 32
_ENDS = {"brightness": (0.0, 1.0), "contrast": (0.0, 0.5), "sharpness": (0.0, 1.5)}


class Tally:
    """Count the pictures of a data set.

    Args:
        classes: In order.
        named_in_pairs: Paths whose label and group are kept.
        samples: Pictures to draw for each class.
    """

    def __init__(self, classes: tuple[str, ...], named_in_pairs: frozenset[str], samples: int) -> None:
        self._classes = classes
        self._in_pairs = named_in_pairs
        self._values = {name: {label: array("d") for label in classes} for name in _ENDS}
        self._drives: dict[str, Counter[str]] = {label: Counter() for label in classes}
        self._samples = {label: Sample(label, samples) for label in classes}
        self._counts: dict[str, dict[str, Counter[str]]] = {
            name: defaultdict(Counter) for name in ("source", "source label", "format", "camera")
        }
        self._sizes = {label: array("q") for label in classes}
        self.pictures = 0
        self.without_camera_or_time = 0
        self.members: dict[str, Member] = {}

    def add(self, record: PictureRecord) -> None:
        """Count one picture, whose label is one of the classes."""
        label = record.label
        self.pictures += 1
        self.without_camera_or_time += not record.camera or record.time_s is None
        for name, by_class in self._values.items():
            by_class[label].append(getattr(record, name))
        self._drives[label][record.group] += 1
        self._counts["source"][record.source][label] += 1
        self._counts["format"][record.format][label] += 1
        self._counts["camera"][record.camera][label] += 1
        if record.source_label:
            self._counts["source label"][label][record.source_label] += 1
        self._sizes[label].append(record.height_px << _WIDTH_BITS | record.width_px)
        self._samples[label].offer(record.source, record.group, record.path)
        if record.path in self._in_pairs:
            self.members[record.path] = Member(label, record.group)

    def counts(self, name: str) -> dict[str, dict[str, int]]:
        """Return pictures by source, format or camera, and class; "source label": by class and source label."""
        return {key: self._by_class(found) for key, found in sorted(self._counts[name].items())}

    def drives(self) -> dict[str, ClassDrives]:
        """Return the drives of each class that has a picture."""
        return {label: _describe(found) for label, found in self._drives.items() if found}

    def groups(self) -> int:
        """Return the number of drives; one that has two classes counts once."""
        return len(set().union(*self._drives.values()))

    def drives_of_one_picture(self) -> int:
        """Return the number of drives with one picture, whatever its class."""
        return sum(count == 1 for count in sum(self._drives.values(), Counter[str]()).values())

    def samples(self) -> dict[str, tuple[str, ...]]:
        """Return the drawn paths of each class."""
        return {label: sample.draw() for label, sample in self._samples.items()}

    def measures(self) -> tuple[Measure, ...]:
        """Describe each measured value."""
        return tuple(
            measure(name, {label: np.asarray(values) for label, values in by_class.items()}, _ENDS[name])
            for name, by_class in self._values.items()
        )

    def resolutions(self) -> Resolutions:
        """Describe the sizes."""
        sizes, counts = self._by_size()
        heights, widths, times = sizes >> _WIDTH_BITS, sizes & (1 << _WIDTH_BITS) - 1, counts.sum(axis=1)
        top = np.lexsort((sizes, -times))[:TOP_RESOLUTIONS].tolist()
        height, width = (np.repeat(values.astype(np.float64), times) for values in (heights, widths))
        return Resolutions(
            distinct=len(sizes),
            top=tuple(
                Resolution(height_px=int(heights[row]), width_px=int(widths[row]), pictures=self._named(counts[row]))
                for row in top
            ),
            height_px=quantiles(height),
            width_px=quantiles(width),
            aspect=quantiles(width / height),
        )

    def guessed_from(self) -> dict[str, float]:
        """Return the share of pictures whose class their source, and so on, gives away."""
        totals = {label: found.total() for label, found in self._drives.items()}
        most = max(totals, key=totals.__getitem__)
        right = {name: guessed_right(self._counts[name].values(), most) for name in ("source", "camera", "format")}
        right["resolution"] = guessed_right(map(self._named, self._by_size()[1]), most)
        right["nothing"] = totals[most]
        return {name: round(count / self.pictures, 4) for name, count in right.items()}

    def _by_size(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the distinct sizes, (s,), and the pictures of each by class, (s, classes)."""
        columns = [np.asarray(sizes, np.int64) for sizes in self._sizes.values()]
        sizes, which = np.unique(np.concatenate(columns), return_inverse=True)
        label = np.repeat(np.arange(len(columns)), [len(column) for column in columns])
        counts = np.bincount(which.ravel() * len(columns) + label, minlength=len(sizes) * len(columns))
        return sizes, counts.reshape(len(sizes), len(columns)).astype(np.int64)

    def _named(self, counts: npt.NDArray[np.int64]) -> dict[str, int]:
        """Return the classes that have a picture, with their counts."""
        return {label: count for label, count in zip(self._classes, counts.tolist(), strict=True) if count}

    def _by_class(self, found: Counter[str]) -> dict[str, int]:
        """Order counts: the classes as in the data set, anything else by name."""
        order = {label: index for index, label in enumerate(self._classes)}
        return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def _describe(found: Counter[str]) -> ClassDrives:
    largest = min(found, key=lambda name: (-found[name], name))
    return ClassDrives(
        drives=len(found),
        of_one_picture=sum(count == 1 for count in found.values()),
        largest=largest,
        largest_pictures=found[largest],
    )
