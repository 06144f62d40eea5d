"""Classify pictures with one variant of a bundle: the class that a vehicle program embeds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime

from data_tools.errors import CheckFailedError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import to_model_size
from export.runtime.bundle import find_variant, open_bundle, read_file
from export.runtime.graph_contract import OUTPUTS, GraphInput, check_graph
from export.runtime.manifest import DECISIVE, BundleManifest, Variant
from export.runtime.ort_session import ORT_ERRORS, create_session, one_line
from export.runtime.outputs import Outputs, with_temperature
from export.runtime.prediction import Prediction, to_prediction

Color = Literal["rgb", "bgr"]


class Classifier:
    """Hold an opened variant; calls do not change it, and several threads may share it.

    Example:
        classifier = Classifier.open(Path("road-bundle"), "int8", threads=2)
        (prediction,) = classifier.classify([read_picture(Path("frame.jpg"))])
        print(prediction.label, prediction.confidence, prediction.in_distribution)
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        graph_input: GraphInput,
        manifest: BundleManifest,
        variant: Variant,
    ) -> None:
        self._session = session
        self._input = graph_input
        self.manifest = manifest
        self.variant = variant

    @classmethod
    def open(
        cls, bundle_path: Path, variant: str = "fp32", *, threads: int | None = 1, provider: str = "cpu"
    ) -> "Classifier":
        """Open a variant after checking its file's sha256, its input, its outputs and its metadata.

        Args:
            bundle_path: The bundle's folder, or its manifest.json.
            variant: Its name in the manifest.
            threads: Threads within one operator; None leaves the number to ONNX Runtime.
            provider: 'cpu', 'cuda' or 'tensorrt'; never replaced by another one.

        Raises:
            InputError: No such bundle, variant or provider, or `threads` outside 1..1024.
            CheckFailedError: The file is missing or was changed, ONNX Runtime refuses it, or it is not the graph
                that the manifest describes.
        """
        bundle = open_bundle(bundle_path)
        found = find_variant(bundle, variant)
        label = str(bundle.file(found.file))
        session = create_session(read_file(bundle, found.file), label, threads, provider)
        return cls(session, check_graph(session, bundle.manifest, label), bundle.manifest, found)

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the class names in logit order."""
        return self.manifest.classes

    def prepare(self, picture: Picture, color: Color = "rgb") -> Picture:
        """Bring a decoded picture to model size and into the graph's colour order.

        Args:
            picture: (H, W, 3) uint8 of any size.
            color: The order of its channels; 'bgr' is what cv2 gives.

        Returns:
            (height, width, 3) uint8 as `run` takes it, contiguous.

        Raises:
            ValueError: The picture is not (H, W, 3) uint8, or the order is unknown.
        """
        if color not in {"rgb", "bgr"}:
            raise ValueError(f"color: expected 'rgb' or 'bgr', got {color!r}")
        sized = to_model_size(picture, self.manifest.preprocessing)
        return sized if color == self.manifest.preprocessing.color else np.ascontiguousarray(sized[..., ::-1])

    def run(self, batch: npt.NDArray[np.uint8]) -> Outputs:
        """Compute logits, probabilities, feature and distances.

        Args:
            batch: (B, H, W, 3) uint8 at model size and in the graph's colour order (see `prepare`), B >= 1. A graph
                with a fixed batch runs as often as needed; the last run is filled up, and what that adds is cut off.

        Returns:
            The outputs; the probabilities are softmax(logits / T) with the variant's temperature.

        Raises:
            ValueError: The batch has another shape or type.
            CheckFailedError: ONNX Runtime fails, or an output is not finite.
        """
        outputs = self.run_graph(batch)
        return outputs._replace(probabilities=with_temperature(outputs.logits, self.variant.temperature))

    def run_graph(self, batch: npt.NDArray[np.uint8]) -> Outputs:
        """Compute what the graph itself gives, probabilities without temperature; otherwise as `run`."""
        spec = self.manifest.preprocessing
        if (
            batch.dtype != np.uint8
            or batch.ndim != 4
            or batch.shape[1:] != (spec.height, spec.width, 3)
            or not len(batch)
        ):
            raise ValueError(f"expected (B, {spec.height}, {spec.width}, 3) uint8, got {batch.shape} {batch.dtype}")
        size = self._input.batch
        if size is None:
            return self._compute(batch)
        parts = [self._compute(_filled(batch[start : start + size], size)) for start in range(0, len(batch), size)]
        return Outputs.join(parts).part(0, len(batch))

    def predict(self, batch: npt.NDArray[np.uint8]) -> list[Prediction]:
        """Name the decision for each picture of a batch at model size (see `run`)."""
        outputs = self.run(batch)
        threshold = self.variant.ood_thresholds[DECISIVE]
        return [
            to_prediction(probabilities, distances, self.classes, threshold)
            for probabilities, distances in zip(outputs.probabilities, outputs.distance, strict=True)
        ]

    def classify(self, pictures: Sequence[Picture], color: Color = "rgb") -> list[Prediction]:
        """Name the decision for each decoded picture, in one batch.

        Args:
            pictures: (H, W, 3) uint8 each, of any size; none gives an empty list.
            color: The order of their channels; 'bgr' is what cv2 gives.

        Raises:
            ValueError: A picture is not (H, W, 3) uint8, or the order is unknown.
            CheckFailedError: See `run`.
        """
        if not pictures:
            return []
        return self.predict(np.stack([self.prepare(picture, color) for picture in pictures]))

    def _compute(self, batch: npt.NDArray[np.uint8]) -> Outputs:
        """Run the graph once."""
        try:
            values = self._session.run(list(OUTPUTS), {self._input.name: batch})
        except ORT_ERRORS as error:
            raise CheckFailedError(f"variant {self.variant.name}: ONNX Runtime failed ({one_line(error)})") from error
        for name, value in zip(OUTPUTS, values, strict=True):
            if not np.isfinite(value).all():
                raise CheckFailedError(f"variant {self.variant.name}: gave {name} that are not finite")
        return Outputs(*(np.asarray(value, dtype=np.float32) for value in values))


def _filled(batch: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Repeat the last picture until the batch has `size` pictures."""
    missing = size - len(batch)
    return np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch
