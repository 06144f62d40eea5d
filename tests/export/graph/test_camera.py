import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from data_tools.errors import InputError
from data_tools.images.preprocessing import Interpolation, PreprocessingSpec, to_model_size
from export.engine.graph_check import find_faults
from export.graph.batch import with_batch
from export.graph.camera import resize_alone, with_camera_input
from export.graph.camera_input import CameraSize, parse_camera_size
from export.graph.camera_resize import bilinear_taps, coverage
from tests.export.hand_made import run_model


def identity_graph(spec: PreprocessingSpec) -> onnx.ModelProto:
    """Float samples at model size, channels first."""
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], name="cast", to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["samples"], name="order", perm=[0, 3, 1, 2]),
    ]
    sides = [spec.height, spec.width]
    graph = helper.make_graph(
        nodes,
        "identity",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", *sides, 3])],
        [helper.make_tensor_value_info("samples", TensorProto.FLOAT, ["batch", 3, *sides])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def frames(camera: CameraSize, count: int = 2) -> np.ndarray:
    """Smooth shapes and noise, so that both blur and detail are there."""
    generator = np.random.default_rng(0)
    small = generator.integers(0, 256, (count, 9, 16, 3), dtype=np.uint8)
    large = [cv2.resize(item, (camera.width, camera.height), interpolation=cv2.INTER_CUBIC) for item in small]
    noisy = np.stack(large).astype(float) + generator.normal(0, 20, (count, camera.height, camera.width, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("interpolation", ["linear", "supersampled", "area"])
@pytest.mark.parametrize(
    "camera",
    [CameraSize(180, 320), CameraSize(128, 192), CameraSize(64, 96), CameraSize(230, 310), CameraSize(70, 100)],
)
def test_the_same_samples_as_outside_the_graph(interpolation: Interpolation, camera: CameraSize):
    spec = PreprocessingSpec(height=64, width=96, interpolation=interpolation)
    pictures = frames(camera)
    framed = with_camera_input(identity_graph(spec), spec, camera)
    (found,) = run_model(framed, {"image": pictures})
    wanted = np.stack([to_model_size(picture, spec) for picture in pictures]).transpose(0, 3, 1, 2).astype(np.float32)
    difference = np.abs(found - wanted)
    assert found.shape == wanted.shape
    assert difference.max() <= 1
    assert (difference > 0).mean() <= (5e-3 if interpolation == "area" else 1e-4)
    if camera == CameraSize(64, 96):
        assert difference.max() == 0


def test_the_other_channel_order():
    spec = PreprocessingSpec(height=64, width=96)
    camera = CameraSize(90, 130)
    pictures = frames(camera)
    (found,) = run_model(with_camera_input(identity_graph(spec), spec, camera, "bgr"), {"image": pictures})
    (wanted,) = run_model(with_camera_input(identity_graph(spec), spec, camera), {"image": pictures[..., ::-1].copy()})
    assert np.array_equal(found, wanted)
    assert not np.array_equal(found[:, 0], found[:, 2])


def by_taps(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """OpenCV's fixed-point arithmetic in integers, which the graph repeats in float32."""
    columns = bilinear_taps(picture.shape[1], width, keep_outer=False)
    rows = bilinear_taps(picture.shape[0], height, keep_outer=True)
    across = [weight.astype(int)[:, None] for weight in (columns.first_weight, columns.second_weight)]
    down = [weight.astype(int)[:, None, None] for weight in (rows.first_weight, rows.second_weight)]
    wide = picture.astype(int)
    sums = (wide[:, columns.first] * across[0] + wide[:, columns.second] * across[1]) >> 4
    return (((down[0] * sums[rows.first]) >> 16) + ((down[1] * sums[rows.second]) >> 16) + 2) >> 2


@settings(derandomize=True, max_examples=40, deadline=None)
@given(sides=st.tuples(*[st.integers(1, 120)] * 4), seed=st.integers(0, 99))
def test_taps_are_those_of_opencv_also_where_it_enlarges(sides: tuple[int, int, int, int], seed: int):
    height, width, new_height, new_width = sides
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    wanted = cv2.resize(picture, (new_width, new_height), interpolation=cv2.INTER_LINEAR).reshape(*sides[2:], 3)
    # Processors round the two cut-off products differently in a rare sample.
    difference = np.abs(by_taps(picture, new_height, new_width) - wanted.astype(int))
    assert difference.max() <= 1
    assert (difference > 0).mean() <= 1e-3


@settings(derandomize=True, max_examples=10, deadline=None)
@given(sides=st.tuples(*[st.integers(60, 150)] * 2), seed=st.integers(0, 99))
def test_float32_is_exact(sides: tuple[int, int], seed: int):
    spec = PreprocessingSpec(height=40, width=50, interpolation="linear")
    pictures = np.random.default_rng(seed).integers(0, 256, (4, *sides, 3), dtype=np.uint8)
    framed = with_camera_input(identity_graph(spec), spec, CameraSize(*sides))
    (found,) = run_model(framed, {"image": pictures})
    wanted = np.stack([by_taps(picture, 40, 50) for picture in pictures])
    assert np.array_equal(found.transpose(0, 2, 3, 1), wanted)


@pytest.mark.parametrize(
    ("text", "size"), [("1280x720", CameraSize(720, 1280)), (" 8192X1 ", CameraSize(1, 8192)), ("40×32", (32, 40))]
)
def test_a_size_is_read_width_first(text: str, size: CameraSize):
    assert parse_camera_size(text) == size


@pytest.mark.parametrize("text", ["", "1280", "1280x", "x720", "1280x720x3", "12.5x7", "1e3x7", "0x5", "8193x5", "٣x٣"])
def test_no_size(text: str):
    with pytest.raises(InputError, match="--camera: expected"):
        parse_camera_size(text)


def test_a_camera_smaller_than_the_model_is_refused():
    spec = PreprocessingSpec(height=64, width=96)
    with pytest.raises(InputError, match=r"camera 320×60: expected at least the model.s 96×64"):
        with_camera_input(identity_graph(spec), spec, CameraSize(60, 320))


def test_a_strip_is_refused():
    spec = PreprocessingSpec(height=64, width=96)
    with pytest.raises(InputError, match="similar factors"):
        with_camera_input(identity_graph(spec), spec, CameraSize(64, 960))


def test_a_graph_that_reads_its_input_twice_is_refused():
    spec = PreprocessingSpec(height=64, width=96)
    model = identity_graph(spec)
    model.graph.node.append(helper.make_node("Cast", ["image"], ["again"], name="again", to=TensorProto.FLOAT))
    with pytest.raises(InputError, match="one Cast"):
        with_camera_input(model, spec, CameraSize(180, 320))


def test_a_cast_to_float16_is_refused():
    spec = PreprocessingSpec(height=64, width=96)
    model = identity_graph(spec)
    model.graph.node[0].attribute[0].i = TensorProto.FLOAT16
    with pytest.raises(InputError, match="one Cast, to float32"):
        with_camera_input(model, spec, CameraSize(180, 320))


def test_what_takes_frames_already_is_refused():
    spec = PreprocessingSpec(height=64, width=96)
    camera = CameraSize(180, 320)
    framed = with_camera_input(identity_graph(spec), spec, camera)
    with pytest.raises(InputError, match=r"expected a graph that takes 64, 96, 3 uint8, got \[180, 320, 3\]"):
        with_camera_input(framed, spec, camera)
    same = CameraSize(64, 96)
    with pytest.raises(InputError, match="without names that begin with camera_"):
        with_camera_input(with_camera_input(identity_graph(spec), spec, same), spec, same)


def test_an_old_operator_set_is_refused():
    spec = PreprocessingSpec(height=64, width=96)
    model = identity_graph(spec)
    model.opset_import[0].version = 17
    with pytest.raises(InputError, match="operator set 18 or newer, got 17"):
        with_camera_input(model, spec, CameraSize(180, 320))


def test_nodes_without_names_stay():
    spec = PreprocessingSpec(height=64, width=96)
    model = identity_graph(spec)
    for item in model.graph.node:
        item.name = ""
    pictures = frames(CameraSize(64, 96))
    framed = with_camera_input(model, spec, CameraSize(64, 96))
    (found,) = run_model(framed, {"image": pictures})
    assert np.array_equal(found, pictures.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("interpolation", ["linear", "supersampled", "area"])
def test_tensorrt_takes_the_resize(interpolation: Interpolation):
    spec = PreprocessingSpec(height=64, width=96, interpolation=interpolation)
    framed = with_camera_input(identity_graph(spec), spec, CameraSize(180, 320), "bgr")
    assert find_faults(framed) == []


def test_the_resize_alone():
    spec = PreprocessingSpec(height=64, width=96)
    camera = CameraSize(180, 320)
    pictures = frames(camera)
    framed = with_camera_input(identity_graph(spec), spec, camera)
    (alone,) = run_model(resize_alone(framed), {"image": pictures})
    (whole,) = run_model(framed, {"image": pictures})
    assert np.array_equal(alone.transpose(0, 3, 1, 2), whole)


def test_a_fixed_batch_stays_fixed():
    spec = PreprocessingSpec(height=64, width=96)
    camera = CameraSize(180, 320)
    framed = with_camera_input(with_batch(identity_graph(spec), 2), spec, camera)
    assert [item.dim_value for item in framed.graph.input[0].type.tensor_type.shape.dim] == [2, 180, 320, 3]
    (found,) = run_model(framed, {"image": frames(camera)})
    assert found.shape == (2, 3, 64, 96)


@pytest.mark.parametrize(("source", "target"), [(7, 3), (8, 4), (5, 5), (64, 9)])
def test_coverage_by_a_naive_loop(source: int, target: int):
    shares = coverage(source, target)
    for row, column in np.ndindex(target, source):
        start, end = row * source / target, (row + 1) * source / target
        shared = max(0.0, min(end, column + 1) - max(start, column))
        assert abs(shares[row, column] - shared * target / source) < 1e-6
    assert np.allclose(shares.sum(axis=1), 1)


def test_the_graph_itself_stays_as_it_is():
    spec = PreprocessingSpec(height=64, width=96)
    model = identity_graph(spec)
    before = model.SerializeToString()
    with_camera_input(model, spec, CameraSize(180, 320))
    assert model.SerializeToString() == before
