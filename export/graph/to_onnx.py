"""Export a network to an ONNX graph with torch's exporter."""

import contextlib
import io
import warnings

import onnx
import torch

from data_tools.images.preprocessing import PreprocessingSpec
from export.graph.deployed import DeployedNet
from export.graph.rewrite import drop_unused_initializers, fuse_global_pooling, strip_notes
from export.runtime.graph_contract import OUTPUTS

INPUT = "image"


def to_onnx(network: DeployedNet, spec: PreprocessingSpec, opset: int) -> onnx.ModelProto:
    """Export to one self-contained graph with a free batch dimension.

    Args:
        network: In evaluation mode.
        spec: Gives the input size.
        opset: ONNX operator set.

    Returns:
        A checked model: input `image` (batch, H, W, 3) uint8; outputs `logits`, `probabilities` and
        `centroid_distance` (batch, C) and `feature` (batch, d), float32.

    Raises:
        onnx.checker.ValidationError: The exporter made an invalid graph.
    """
    example = torch.zeros(2, spec.height, spec.width, 3, dtype=torch.uint8)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # torch.export warns about its own internals (treespec, LeafSpec); nothing a caller could change.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            verbose=False,
            opset_version=opset,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_shapes={"image": {0: torch.export.Dim("batch", min=1)}},
            external_data=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    model: onnx.ModelProto = program.model_proto
    fuse_global_pooling(model)
    drop_unused_initializers(model)
    strip_notes(model)
    model.producer_name, model.producer_version = "roadgrip", ""
    onnx.checker.check_model(model, full_check=True)
    return model
