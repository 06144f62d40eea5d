"""Say what a way of quantising is, and what it is tried on."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx

from export.quantize.quantizer import Quantizer
from export.quantize.scoring import Scorer

Feed = dict[str, npt.NDArray[np.uint8]]


class Subject(NamedTuple):
    """Hold one float graph with what it may be calibrated and judged on."""

    model: onnx.ModelProto
    quantizer: Quantizer
    """Ours; it holds the calibration pictures, as all tools get them."""
    scorer: Scorer
    """Judges on calibration and validation pictures."""

    def feeds(self) -> Iterator[Feed]:
        """Yield the calibration pictures as the graph takes them, one at a time."""
        name = self.model.graph.input[0].name
        for picture in self.quantizer.pictures:
            yield {name: picture[np.newaxis]}

    def copy(self) -> onnx.ModelProto:
        """Return the float graph for a tool that may change what it is given."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        return model


class Candidate(NamedTuple):
    """Name one way of quantising, and do it."""

    tool: str
    setting: str
    make: Callable[[Subject], onnx.ModelProto]
    """Raises ModuleNotFoundError where the tool is not installed, ValueError where it refuses."""
