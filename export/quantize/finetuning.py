"""Prepare the fine-tuning of the network that a graph was exported from; torch is imported where it is wanted."""

import logging
from collections.abc import Sequence
from pathlib import Path

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.artifact import OnnxArtifact
from export.config import FinetuneConfig
from export.quantize.quantizer import Quantizer
from export.quantize.search import Finetuning

_LOG = logging.getLogger("roadgrip")


def check_checkpoint(source: OnnxArtifact, onnx_path: Path, checkpoint_path: Path) -> None:
    """Refuse a checkpoint that a graph was not exported from.

    Args:
        source: The content of onnx.json.
        onnx_path: onnx.json.
        checkpoint_path: checkpoint.json.

    Raises:
        InputError: It is missing, or another one.
    """
    if not checkpoint_path.is_file():
        raise InputError(f"{checkpoint_path}: expected a checkpoint's JSON file; it does not exist")
    wanted = next((item.sha256 for item in source.parents if item.role == "checkpoint"), "none")
    found = sha256_file(checkpoint_path)
    if found != wanted:
        raise InputError(
            f"{checkpoint_path}: expected the checkpoint that {onnx_path} was exported from (sha256 {wanted[:12]}…), "
            f"got another ({found[:12]}…); pass that one, or export this one"
        )


def prepare(
    config: FinetuneConfig,
    quantizer: Quantizer,
    source: OnnxArtifact,
    checkpoint_path: Path,
    samples: Sequence[Sample],
    *,
    progress: Progress = silent,
) -> Finetuning | None:
    """Load the network for a search to fine-tune, or return None where that is not wanted.

    Where it is wanted only if the budget is missed, a network that cannot be fine-tuned is warned about.

    Args:
        config: When and how.
        quantizer: Holds the fp32 graph.
        source: Gives the graph's channel order.
        checkpoint_path: checkpoint.json of the same network.
        samples: Pictures of the train part.
        progress: Receives the number of steps done.

    Raises:
        InputError: The checkpoint is malformed, or the network cannot be fine-tuned although that is always wanted.
        CheckFailedError: The checkpoint's weights were changed.
    """
    if config.when == "never":
        return None
    from export.finetune.finetuner import Finetuner
    from pipeline.training.networks.checkpoint import load_checkpoint

    artifact, network = load_checkpoint(checkpoint_path)
    color = source.preprocessing.color
    try:
        tune = Finetuner(quantizer, network, artifact.preprocessing, samples, config, color=color, progress=progress)
    except ValueError as error:
        if config.when == "always":
            raise InputError(
                f"{checkpoint_path}: cannot be fine-tuned for int8: {error}; set quantize.finetune.when to never"
            ) from error
        _LOG.warning("%s: cannot be fine-tuned for int8, recipes alone are searched: %s", checkpoint_path, error)
        return None
    return Finetuning(config, tune)
