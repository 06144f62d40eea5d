"""Prove that a graph which takes camera frames answers as the bundle's runtime does."""

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from pydantic import Field

from data_tools.artifacts.model import Record
from data_tools.errors import CheckFailedError
from data_tools.images.decode import Picture
from data_tools.progress import Progress, silent
from data_tools.randomness import keyed_generator
from export.graph.camera import resize_alone
from export.graph.camera_input import CameraSize, Color
from export.runtime.graph_contract import OUTPUTS
from export.runtime.ort_session import ORT_ERRORS, create_session, one_line
from export.runtime.outputs import Outputs, with_temperature
from export.runtime.session import Classifier
from export.runtime.verify import VariantCheck, compare_probabilities

MAX_GREY_LEVELS = 1
"""The graph repeats OpenCV's integers, and gives the same samples where OpenCV computes as on x86. One that is built
for another processor may round otherwise, and so do the sums of `area`. More than one level is another resize."""
TOLERANCE = 1e-2
"""Largest |Δprobability|: 0 where the samples agree, and not much where single ones are a level (0.4 % of the range)
apart, except in an int8 network whose codes lie beside a rounding edge: one sample in 100,000 a level too high moved
the probabilities of an untrained one by 0.04, and ONNX's own Resize, a level too high in one of ten, by 0.17."""
RANDOM_FRAMES = 4


class CameraProof(Record):
    """Say how the graph's samples and probabilities compare with those of resizing outside the bundle's graph."""

    golden_frames: int = Field(ge=1, description="golden pictures, enlarged to the camera's size")
    random_frames: int = Field(ge=1, description="shapes and noise of fixed keys")
    max_grey_levels: float = Field(description="largest difference of a sample at model size, of 255")
    share_of_samples_differing: float
    probabilities: VariantCheck
    max_distance_difference: float = Field(description="of centroid_distance, as a share of the largest")


def prove(
    graph: bytes,
    classifier: Classifier,
    golden: npt.NDArray[np.uint8],
    camera: CameraSize,
    color: Color,
    *,
    tolerance: float = TOLERANCE,
    progress: Progress = silent,
) -> CameraProof:
    """Compare samples, probabilities (with the variant's temperature) and distances, frame by frame.

    Args:
        graph: The bytes that will be written.
        classifier: The bundle's variant; resizes outside the graph.
        golden: (N, H, W, 3) uint8 at model size and in the graphs' colour order, N >= 1.
        camera: The frames' size.
        color: The frames' channel order.
        tolerance: Largest |Δprobability|, and largest difference of a distance as a share of the largest one.
        progress: Receives the number of frames done.

    Raises:
        CheckFailedError: A sample differs by more than `MAX_GREY_LEVELS`, a probability or a distance by more than
            the tolerance, or ONNX Runtime fails.
    """
    model = onnx.load_from_string(graph)
    resize = create_session(resize_alone(model).SerializeToString(), "the resize", 1, "cpu")
    whole = create_session(graph, f"variant {classifier.variant.name} with a camera's frames", 1, "cpu")
    model_color = classifier.manifest.preprocessing.color
    frames = [*range(len(golden)), *range(-RANDOM_FRAMES, 0)]
    levels, differing, wanted, found = 0.0, 0.0, [], []
    for done, index in enumerate(frames, start=1):
        if index >= 0:
            picture = golden[index] if color == model_color else golden[index][..., ::-1]
            frame = _enlarged(np.ascontiguousarray(picture), camera)
        else:
            frame = random_frame(camera, index)
        picture = classifier.prepare(frame, color)
        (samples,) = _run(resize, frame, None)
        gap = np.abs(samples[0] - picture.astype(np.float32))
        levels, differing = max(levels, float(gap.max())), differing + float((gap > 0).mean())
        wanted.append(classifier.run(picture[None]))
        found.append(_outputs(_run(whole, frame, list(OUTPUTS)), classifier.variant.temperature))
        progress(done, len(frames), "comparing frames")
    here, there = Outputs.join(found), Outputs.join(wanted)
    proof = CameraProof(
        golden_frames=len(golden),
        random_frames=RANDOM_FRAMES,
        max_grey_levels=levels,
        share_of_samples_differing=differing / len(frames),
        probabilities=compare_probabilities(
            classifier.variant.name, there.probabilities, here.probabilities, tolerance
        ),
        max_distance_difference=float(np.abs(here.distance - there.distance).max() / np.abs(there.distance).max()),
    )
    _check(proof, camera)
    return proof


def random_frame(camera: CameraSize, key: int) -> Picture:
    """Return soft shapes under noise, (height, width, 3) uint8: both blur and detail, the same for the same key."""
    generator = keyed_generator("camera frame", key)
    shapes = _enlarged(generator.integers(0, 256, (9, 16, 3), dtype=np.uint8), camera)
    noise = generator.integers(-40, 41, (camera.height, camera.width, 3), dtype=np.int16)
    return np.asarray(np.clip(shapes + noise, 0, 255), dtype=np.uint8)


def _check(proof: CameraProof, camera: CameraSize) -> None:
    """Raise where the proof does not hold; a value that is not a number fails."""
    check = proof.probabilities
    label = f"variant {check.variant} with frames of {camera}"
    if not proof.max_grey_levels <= MAX_GREY_LEVELS:
        raise CheckFailedError(
            f"{label}: samples at model size differ by up to {proof.max_grey_levels:g} grey levels from OpenCV's "
            f"(allowed {MAX_GREY_LEVELS}); nothing was written"
        )
    if not check.passed:
        raise CheckFailedError(
            f"{label}: probabilities differ by {check.max_abs_probability_difference:.3g} from the bundle's (allowed "
            f"{check.tolerance:g}), {check.argmax_equal} of {check.pictures} classes equal; nothing was written"
        )
    if not proof.max_distance_difference <= check.tolerance:
        raise CheckFailedError(
            f"{label}: distances to the class centres differ by {proof.max_distance_difference:.3g} of the largest "
            f"(allowed {check.tolerance:g}); nothing was written"
        )


def _enlarged(picture: Picture, camera: CameraSize) -> Picture:
    """Bring a picture to the camera's size."""
    return np.asarray(cv2.resize(picture, (camera.width, camera.height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _run(
    session: onnxruntime.InferenceSession, frame: Picture, names: list[str] | None
) -> list[npt.NDArray[np.float32]]:
    """Run a graph on one frame, repeated where its batch is fixed, and return each output of shape (1, ...)."""
    given = session.get_inputs()[0]
    batch = given.shape[0] if isinstance(given.shape[0], int) else 1
    try:
        values = session.run(names, {given.name: np.repeat(frame[None], batch, axis=0)})
    except ORT_ERRORS as error:
        raise CheckFailedError(f"ONNX Runtime failed on a frame of {frame.shape} ({one_line(error)})") from error
    return [np.asarray(value[:1], dtype=np.float32) for value in values]


def _outputs(values: list[npt.NDArray[np.float32]], temperature: float) -> Outputs:
    """Return a graph's outputs as the runtime gives them."""
    found = Outputs(*values)
    return found._replace(probabilities=with_temperature(found.logits, temperature))
