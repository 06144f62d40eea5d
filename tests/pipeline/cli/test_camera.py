import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.cli.conftest import Result

onnx = pytest.importorskip("onnx")

from data_tools.images.preprocessing import PreprocessingSpec  # noqa: E402
from export.engine.graph_check import check_model  # noqa: E402
from export.graph import camera_file, camera_proof, camera_resize  # noqa: E402
from export.runtime.session import Classifier  # noqa: E402
from tests.export.graph.camera_bundle import SIDE, TINY, VARIANTS, camera_frames, write_camera_bundle  # noqa: E402
from tests.export.hand_made import run_model  # noqa: E402
from tests.export.runtime.tiny_bundle import flip_byte  # noqa: E402

Cli = Callable[..., Result]
CAMERA = ("--camera", "90x70")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_camera_bundle(tmp_path_factory.mktemp("bundle") / "rgb")


@pytest.fixture(scope="module")
def bgr_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_camera_bundle(tmp_path_factory.mktemp("bundle") / "bgr", TINY.model_copy(update={"color": "bgr"}))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_whole_frame_gives_what_the_bundle_gives(roadgrip: Cli, bundle: Path, tmp_path: Path, variant: str):
    out = tmp_path / "road.onnx"
    result = roadgrip("export", "camera", bundle, "--variant", variant, *CAMERA, "--out", out)
    assert result.code == 0, result.err
    made, source = onnx.load(str(out)), onnx.load(str(bundle / f"{variant}.onnx"))
    frames = camera_frames(70, 90)
    logits, feature = run_model(made, {"image": frames}, ["logits", "feature"])
    classifier = Classifier.open(bundle, variant)
    wanted = classifier.run(np.stack([classifier.prepare(frame) for frame in frames]))
    np.testing.assert_allclose(logits, wanted.logits, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(feature, wanted.feature, rtol=1e-3, atol=1e-3)
    assert len(set(wanted.probabilities.argmax(axis=1))) > 1
    kept = {item.key: item.value for item in source.metadata_props}
    takes = {item.key: item.value for item in made.metadata_props}
    camera = json.loads(takes.pop("roadgrip.camera"))
    assert takes == kept
    assert (camera["width"], camera["height"], camera["color"], camera["variant"]) == (90, 70, "rgb", variant)
    assert camera["temperature"] == (1.5 if variant == "int8" else 1.0)
    counts = [sum(node.op_type.endswith("Linear") for node in model.graph.node) for model in (made, source)]
    assert counts[0] == counts[1]
    assert f"image (B, 70, 90, 3) uint8 RGB, {out.stat().st_size / 2**20:.2f} MiB" in result.out
    assert "7 of 7 classes equal" in result.out
    assert ("trtexec --onnx=" in result.out) == (variant in {"fp16", "int8-trt"})
    if variant in {"fp16", "int8-trt"}:
        check_model(made, variant)


@pytest.mark.parametrize("given", ["rgb", "bgr"])
@pytest.mark.parametrize("of_model", ["rgb", "bgr"])
def test_colour_orders(roadgrip: Cli, bundle: Path, bgr_bundle: Path, tmp_path: Path, of_model: str, given: str):
    folder = bundle if of_model == "rgb" else bgr_bundle
    result = roadgrip("export", "camera", folder, *CAMERA, "--color", given, "--out", tmp_path / "road.onnx")
    assert result.code == 0, result.err
    assert f"uint8 {given.upper()}" in result.out
    made = onnx.load(str(tmp_path / "road.onnx"))
    frames = camera_frames(70, 90)
    (logits,) = run_model(made, {"image": frames}, ["logits"])
    classifier = Classifier.open(folder)
    wanted = classifier.run(np.stack([classifier.prepare(frame, given) for frame in frames])).logits
    np.testing.assert_allclose(logits, wanted, rtol=1e-3, atol=1e-3)
    (other,) = run_model(made, {"image": np.ascontiguousarray(frames[..., ::-1])}, ["logits"])
    assert np.abs(other - wanted).max() > 0.1


def test_the_bundles_order_is_the_default_and_the_same_call_gives_the_same_bytes(
    roadgrip: Cli, bgr_bundle: Path, tmp_path: Path
):
    for name in ("a", "b"):
        assert roadgrip("export", "camera", bgr_bundle, *CAMERA, "--out", tmp_path / name).code == 0
    roadgrip("export", "camera", bgr_bundle, *CAMERA, "--out", tmp_path / "c", "--color", "bgr")
    data = [(tmp_path / name).read_bytes() for name in "abc"]
    assert data[0] == data[1] == data[2]
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "c"}


def shifted_taps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every column is read one pixel further right."""
    taps = camera_resize.bilinear_taps

    def plant(source: int, target: int, *, keep_outer: bool) -> camera_resize.Taps:
        found = taps(source, target, keep_outer=keep_outer)
        return found._replace(first=np.minimum(found.first + 1, source - 1))

    monkeypatch.setattr(camera_resize, "bilinear_taps", plant)


def changed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resize is right, the head is not."""
    framed = camera_file.with_camera_input

    def plant(*arguments: object) -> "onnx.ModelProto":
        model = framed(*arguments)
        head = next(item for item in model.graph.initializer if item.name == "head.w")
        head.CopyFrom(onnx.numpy_helper.from_array(0.5 * onnx.numpy_helper.to_array(head), "head.w"))
        return model

    monkeypatch.setattr(camera_file, "with_camera_input", plant)


def forgotten_order(monkeypatch: pytest.MonkeyPatch) -> None:
    framed = camera_file.with_camera_input
    monkeypatch.setattr(
        camera_file, "with_camera_input", lambda model, spec, camera, color: framed(model, spec, camera)
    )


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (shifted_taps, "samples at model size differ by up to"),
        (forgotten_order, "samples at model size differ by up to"),
        (changed_network, "probabilities differ by"),
    ],
)
def test_a_fault_is_found_before_anything_is_written(
    roadgrip: Cli,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
    message: str,
):
    fault(monkeypatch)
    result = roadgrip("export", "camera", bundle, *CAMERA, "--color", "bgr", "--out", tmp_path / "road.onnx")
    assert result.code == 1
    assert message in result.error
    assert "nothing was written" in result.error
    assert list(tmp_path.iterdir()) == []


def test_a_distance_that_differs_is_found(roadgrip: Cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    outputs = camera_proof._outputs
    monkeypatch.setattr(
        camera_proof, "_outputs", lambda values, t: outputs(values, t)._replace(distance=1.1 * values[3])
    )
    result = roadgrip("export", "camera", bundle, *CAMERA, "--out", tmp_path / "road.onnx")
    assert result.code == 1
    assert "distances to the class centres differ by" in result.error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--camera", "90"], "--camera: expected WIDTHxHEIGHT, such as 1280x720, got '90'"),
        (["--camera", "-90x70"], "--camera: expected WIDTHxHEIGHT"),
        (["--camera", "90x0"], "--camera: expected sides of 1 to 8192 px, got 90×0"),
        (["--camera", "9000x70"], "--camera: expected sides of 1 to 8192 px, got 9000×70"),
        (["--camera", "39x70"], f"camera 39×70: expected at least the model's {SIDE[1]}×{SIDE[0]}"),
        (["--camera", "800x40"], "camera 800×40: expected sides that shrink by similar factors, got 1.2 and 20.0"),
        ([*CAMERA, "--variant", "int9"], "no variant 'int9'; did you mean 'int8'? (known: int8, fp16, fp32, int8-trt)"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    roadgrip: Cli, bundle: Path, tmp_path: Path, arguments: list[str], message: str
):
    result = roadgrip("export", "camera", bundle, *arguments, "--out", tmp_path / "road.onnx")
    assert result.code == 2
    assert message in result.error
    assert list(tmp_path.iterdir()) == []


def test_only_earlier_results_are_replaced(roadgrip: Cli, bundle: Path, tmp_path: Path):
    out = tmp_path / "road.onnx"
    command = ("export", "camera", bundle, *CAMERA)
    assert roadgrip(*command, "--out", out).code == 0
    before = out.read_bytes()
    refused = roadgrip(*command, "--out", out)
    assert refused.code == 2
    assert "is there already; choose another name, or pass --overwrite" in refused.error
    assert roadgrip(*command, "--color", "bgr", "--out", out, "--overwrite").code == 0
    assert out.read_bytes() != before
    graph = bundle / "fp32.onnx"
    before = graph.read_bytes()
    for other in (graph, bundle / "MODEL_CARD.md"):
        result = roadgrip(*command, "--out", other, "--overwrite")
        assert result.code == 2
        assert "replaces earlier results only" in result.error
    assert graph.read_bytes() == before
    assert "expected the name of a file to write" in roadgrip(*command, "--out", tmp_path, "--overwrite").error
    assert "cannot be written" in roadgrip(*command, "--out", out / "below" / "road.onnx").error


def test_a_changed_bundle_is_refused(roadgrip: Cli, tmp_path: Path):
    folder = write_camera_bundle(tmp_path / "bundle")
    flip_byte(folder / "int8.onnx", 900)
    result = roadgrip("export", "camera", folder, *CAMERA, "--out", tmp_path / "road.onnx")
    assert result.code == 1
    assert "int8.onnx: changed after the bundle was made" in result.error
    assert not (tmp_path / "road.onnx").exists()


@pytest.mark.parametrize("interpolation", ["linear", "area"])
def test_the_other_ways_to_resize(roadgrip: Cli, tmp_path: Path, interpolation: str):
    spec = PreprocessingSpec.model_validate(TINY.model_dump() | {"interpolation": interpolation})
    folder = write_camera_bundle(tmp_path / "bundle", spec, opset=18)
    result = roadgrip("export", "camera", folder, "--variant", "int8", *CAMERA, "--out", tmp_path / "road.onnx")
    assert result.code == 0, result.err
    assert "7 of 7 classes equal" in result.out


def test_a_fixed_batch(roadgrip: Cli, tmp_path: Path):
    folder = write_camera_bundle(tmp_path / "bundle", batch=2)
    out = tmp_path / "road.onnx"
    result = roadgrip("export", "camera", folder, "--variant", "fp16", *CAMERA, "--out", out)
    assert result.code == 0, result.err
    assert "image (2, 70, 90, 3) uint8" in result.out
    assert "trtexec --onnx=" in result.out
    assert "Shapes=" not in result.out  # trtexec takes none for a graph of one batch size
    (logits,) = run_model(onnx.load(str(out)), {"image": camera_frames(70, 90, 2)}, ["logits"])
    assert logits.shape == (2, 3)


def test_without_onnx_the_extra_is_named(roadgrip: Cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.stages.requirements.installed", lambda name: name != "onnx")
    result = roadgrip("export", "camera", bundle, *CAMERA, "--out", tmp_path / "road.onnx")
    assert result.code == 2
    assert "needs onnx, not installed here" in result.error
    assert "pip install '.[train]'" in result.error


def test_the_help_says_what_it_needs(roadgrip: Cli):
    text = " ".join(roadgrip("export", "camera", "--help").out.split())
    assert "torch is not needed" in text
    assert "1280x720" in text
