"""Classify pictures with one variant of a bundle: the class that a vehicle program embeds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.errors import CheckFailedError
from data_tools.images.decode import Picture
from data_tools.images.preprocessing import to_model_size
from export.runtime.bundle import OpenBundle, find_variant, open_bundle
from export.runtime.graph_contract import LOGITS, PROBABILITIES, check_graph
from export.runtime.manifest import BundleManifest, Variant
from export.runtime.ort_session import ORT_ERRORS, create_session, one_line
from export.runtime.prediction import Prediction, to_prediction

Scores = npt.NDArray[np.float32]
"""(B, C) float32, C in the manifest's class order."""


class Classifier:
    """Hold an opened variant; calls do not change it, and several threads may share it.

    Example:
        classifier = Classifier.open(Path("road-bundle"), "int8", threads=2)
        (prediction,) = classifier.classify([read_picture(Path("frame.jpg"))])
        print(prediction.label, prediction.confidence)
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, input_name: str, manifest: BundleManifest, variant: Variant
    ) -> None:
        self._session = session
        self._input_name = input_name
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
            InputError: No such bundle, variant or provider, or `threads` below 1.
            CheckFailedError: The file is missing or was changed, ONNX Runtime refuses it, or it is not the graph
                that the manifest describes.
        """
        bundle = open_bundle(bundle_path)
        found = find_variant(bundle, variant)
        label = str(bundle.file(found.file))
        session = create_session(_checked_bytes(bundle, found), label, threads, provider)
        return cls(session, check_graph(session, bundle.manifest, label), bundle.manifest, found)

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the class names in logit order."""
        return self.manifest.classes

    def prepare(self, picture: Picture) -> Picture:
        """Bring a decoded picture, (H, W, 3) uint8 RGB of any size, to model size."""
        return to_model_size(picture, self.manifest.preprocessing)

    def run(self, batch: npt.NDArray[np.uint8]) -> tuple[Scores, Scores]:
        """Compute logits and probabilities.

        Args:
            batch: (B, H, W, 3) uint8 RGB at model size (see `prepare`), B >= 1.

        Returns:
            Logits and probabilities, each (B, C) float32.

        Raises:
            ValueError: The batch has another shape or type.
            CheckFailedError: ONNX Runtime fails, or a probability is not finite.
        """
        spec = self.manifest.preprocessing
        if (
            batch.dtype != np.uint8
            or batch.ndim != 4
            or batch.shape[1:] != (spec.height, spec.width, 3)
            or not len(batch)
        ):
            raise ValueError(f"expected (B, {spec.height}, {spec.width}, 3) uint8, got {batch.shape} {batch.dtype}")
        try:
            logits, probabilities = self._session.run([LOGITS, PROBABILITIES], {self._input_name: batch})
        except ORT_ERRORS as error:
            raise CheckFailedError(f"variant {self.variant.name}: ONNX Runtime failed ({one_line(error)})") from error
        if not np.isfinite(probabilities).all():
            raise CheckFailedError(f"variant {self.variant.name}: gave probabilities that are not finite")
        return np.asarray(logits, dtype=np.float32), np.asarray(probabilities, dtype=np.float32)

    def predict(self, batch: npt.NDArray[np.uint8]) -> list[Prediction]:
        """Name the decision for each picture of a batch at model size (see `run`)."""
        _, probabilities = self.run(batch)
        return [to_prediction(row, self.classes) for row in probabilities]

    def classify(self, pictures: Sequence[Picture]) -> list[Prediction]:
        """Name the decision for each decoded picture, in one batch.

        Args:
            pictures: (H, W, 3) uint8 RGB each, of any size; none gives an empty list.

        Raises:
            ValueError: A picture is not (H, W, 3) uint8.
            CheckFailedError: See `run`.
        """
        if not pictures:
            return []
        return self.predict(np.stack([self.prepare(picture) for picture in pictures]))


def _checked_bytes(bundle: OpenBundle, variant: Variant) -> bytes:
    """Read a variant's file and compare it with the manifest's sha256."""
    path = bundle.file(variant.file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckFailedError(f"{path}: cannot be read, although the manifest lists it ({error.strerror})") from error
    found = sha256_bytes(data)
    if found != variant.file.sha256:
        raise CheckFailedError(
            f"{path}: changed after the bundle was made "
            f"(expected sha256 {variant.file.sha256[:12]}…, found {found[:12]}…)"
        )
    return data
