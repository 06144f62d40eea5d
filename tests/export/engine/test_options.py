import shlex
from pathlib import Path

import onnx
import pytest
from pydantic import ValidationError

from data_tools.errors import CheckFailedError, InputError
from export.engine.graph_input import graph_input
from export.engine.opset import opset_of
from export.engine.options import BatchRange, EngineOptions
from export.engine.rebuild import rebuild_command
from export.engine.trtexec import trtexec_arguments, trtexec_command
from export.runtime.graph_contract import GraphInput
from tests.export.engine.graphs import four_outputs, good_quantized

ALL = EngineOptions(
    batch=BatchRange(min=2, opt=2, max=2), workspace_mib=512, timing_cache="my cache.bin", dla_core=1,
    version_compatible=True, hardware_compatible="ampere-plus", optimization_level=4, repeat_builds=0, tolerance=0.05,
)  # fmt: skip


def test_batches():
    assert BatchRange.parse("1,4,16") == BatchRange(min=1, opt=4, max=16)
    assert BatchRange.parse("8") == BatchRange(min=8, opt=8, max=8)
    for text in ("4,1,16", "0,1,2", "1,2", "a,b,c", "", "1,2,3,4", "1,1,5000"):
        with pytest.raises(InputError, match="expected MIN,OPT,MAX"):
            BatchRange.parse(text)


def test_a_dla_takes_one_batch():
    with pytest.raises(ValidationError, match="one fixed batch size"):
        EngineOptions(dla_core=0)


def test_options_go_through_json():
    assert EngineOptions.model_validate_json(ALL.model_dump_json()) == ALL
    with pytest.raises(ValidationError):
        EngineOptions.model_validate({"fp16": True})


@pytest.mark.parametrize("major", [10, 11])
def test_trtexec(major: int):
    assert trtexec_arguments(
        EngineOptions(), "m.onnx", "m.plan", input_name="image", shape=(400, 500, 3), major=major
    ) == [
        "trtexec",
        "--onnx=m.onnx",
        "--saveEngine=m.plan",
        *(["--stronglyTyped"] if major == 10 else []),
        "--minShapes=image:1x400x500x3",
        "--optShapes=image:1x400x500x3",
        "--maxShapes=image:16x400x500x3",
        "--builderOptimizationLevel=3",
        "--profilingVerbosity=detailed",
        "--skipInference",
    ]


def test_trtexec_gives_a_fixed_batch_no_shapes():
    """It refuses them: "Static model does not take explicit shapes"."""
    given = {"input_name": "image", "shape": (8, 10, 3), "major": 10}
    free = trtexec_arguments(ALL, "m.onnx", "m.plan", **given)
    fixed = trtexec_arguments(ALL, "m.onnx", "m.plan", **given, fixed_batch=True)
    left_out = [word for word in free if word not in fixed]
    assert left_out == [f"--{name}Shapes=image:2x8x10x3" for name in ("min", "opt", "max")]
    assert [word for word in free if word not in left_out] == fixed


def test_trtexec_with_every_option():
    line = trtexec_command(ALL, "m.onnx", "m.plan", input_name="image", shape=(8, 10, 3), major=10)
    assert "'--timingCacheFile=my cache.bin'" in line
    assert set(shlex.split(line)) >= {
        "--memPoolSize=workspace:512",
        "--timingCacheFile=my cache.bin",
        "--useDLACore=1",
        "--allowGPUFallback",
        "--versionCompatible",
        "--hardwareCompatibilityLevel=ampere+",
        "--builderOptimizationLevel=4",
    }
    assert not any(word in line for word in ("--fp16", "--int8", "--best", "--calib"))  # gone in TensorRT 11
    with pytest.raises(ValueError, match="10 or 11"):
        trtexec_arguments(ALL, "m.onnx", "m.plan", input_name="image", shape=(8, 10, 3), major=9)


def test_the_rebuild_command_means_the_same_options():
    import typer

    from pipeline.cli import engine

    app = typer.Typer()
    engine.add_to(app)
    seen = []
    command = typer.main.get_command(app)
    for options in (ALL, EngineOptions()):
        words = shlex.split(rebuild_command(Path("a bundle"), Path("out"), "int8-trt", options))
        assert words[:3] == ["roadgrip", "export", "engine"]
        seen.append(command.make_context("engine", words[3:]).params)
    given, plain = seen
    assert str(given["bundle"]) == "a bundle"
    assert given["overwrite"]
    assert (given["batch"], given["workspace_mib"], given["dla"]) == ("2,2,2", 512, 1)
    assert (str(given["timing_cache"]), given["version_compatible"]) == ("my cache.bin", True)
    assert given["hardware_compatible"] == "ampere-plus"
    assert (given["optimization_level"], given["repeat_builds"], given["tolerance"]) == (4, 0, 0.05)
    defaults = EngineOptions()
    assert BatchRange.parse(plain["batch"]) == defaults.batch
    assert (plain["optimization_level"], plain["repeat_builds"]) == (3, 1)
    assert (plain["tolerance"], plain["hardware_compatible"]) == (defaults.tolerance, "none")


def test_a_fixed_batch_leaves_no_choice():
    free, fixed = GraphInput("image", None), GraphInput("image", 4)
    four = BatchRange(min=4, opt=4, max=4)
    assert BatchRange.fitting(None, free, "m.onnx") == BatchRange(min=1, opt=1, max=16)
    assert BatchRange.fitting("1,2,8", free, "m.onnx") == BatchRange(min=1, opt=2, max=8)
    for text in (None, "4", "4,4,4"):
        assert BatchRange.fitting(text, fixed, "m.onnx") == four
    for text in ("1,1,16", "1,4,4", "4,4,5", "2"):
        with pytest.raises(
            InputError, match=rf"m\.onnx: its batch is fixed to 4; expected that, got {text}: leave --batch out"
        ):
            BatchRange.fitting(text, fixed, "m.onnx")


def test_the_input_without_onnx():
    model = four_outputs()
    assert graph_input(model.SerializeToString(), "m.onnx") == GraphInput("image", None)
    first = model.graph.input[0].type.tensor_type.shape.dim[0]
    first.ClearField("dim_param")  # a size that is neither named nor given is free too
    assert graph_input(model.SerializeToString(), "m.onnx") == GraphInput("image", None)
    first.dim_value = 300  # more than one byte of a variable-length integer
    assert graph_input(model.SerializeToString(), "m.onnx") == GraphInput("image", 300)
    weights = onnx.helper.make_tensor_value_info("weights", onnx.TensorProto.FLOAT, [3, 3])
    model.graph.input.insert(0, weights)  # as old exporters write it
    assert graph_input(model.SerializeToString(), "m.onnx") == GraphInput("image", 300)
    model.graph.input[0].name = "another"
    with pytest.raises(CheckFailedError, match=r"m\.onnx: expected one input .* got another, image"):
        graph_input(model.SerializeToString(), "m.onnx")
    no_shape = four_outputs()
    no_shape.graph.input[0].type.tensor_type.ClearField("shape")
    for bad in (no_shape.SerializeToString(), onnx.ModelProto(ir_version=8).SerializeToString()):
        with pytest.raises(CheckFailedError, match=r"m\.onnx: expected "):
            graph_input(bad, "m.onnx")
    for damaged in (b"not a graph at all", model.SerializeToString()[:-3], b"\x3a\x03\x5a\x01\x08"):
        with pytest.raises(CheckFailedError, match=r"m\.onnx: expected an ONNX file"):
            graph_input(damaged, "m.onnx")


def test_the_operator_set_without_onnx():
    for model in (four_outputs(), good_quantized()):
        wanted = {item.domain: item.version for item in model.opset_import}[""]
        assert opset_of(model.SerializeToString(), "m.onnx") == wanted
    model = four_outputs()
    del model.opset_import[:]
    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    with pytest.raises(CheckFailedError, match="default operator set, found none"):
        opset_of(model.SerializeToString(), "m.onnx")
    for damaged in (b"not a graph at all", model.SerializeToString()[:-3], b"\x08" + b"\xff" * 20):
        with pytest.raises(CheckFailedError, match=r"m\.onnx: expected an ONNX file"):
            opset_of(damaged, "m.onnx")
