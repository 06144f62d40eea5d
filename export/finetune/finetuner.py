"""Fine-tune a trained network for a recipe, and give its graph the tuned weights."""

import copy
from collections.abc import Sequence
from typing import Literal

import onnx
import torch

from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.config import FinetuneConfig
from export.finetune.codes import recipe_codes
from export.finetune.distillation import distilled
from export.finetune.fusion import fold_batch_norm
from export.finetune.layers import check_same_weights, with_weights
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from pipeline.training.networks.roadnet import RoadNet


class Finetuner:
    """Hold a network, its graph and the pictures that tune it."""

    def __init__(
        self,
        quantizer: Quantizer,
        network: RoadNet,
        spec: PreprocessingSpec,
        samples: Sequence[Sample],
        config: FinetuneConfig,
        *,
        color: Literal["rgb", "bgr"] = "rgb",
        progress: Progress = silent,
    ) -> None:
        """Fold the network's batch norms, and make sure that the graph is its own.

        Args:
            quantizer: Holds the fp32 graph, and calibrates it.
            network: What the graph was exported from, in eval mode, in RGB order; stays as it is.
            spec: The network's preprocessing, RGB.
            samples: Pictures of the train part, at least one.
            config: Steps, learning rate, seed.
            color: Channel order of the graph's input.
            progress: Receives the number of steps done.

        Raises:
            ValueError: There are no pictures, or a layer of the graph or the network has no counterpart in the other,
                or other weights.
        """
        if not samples:
            raise ValueError("expected pictures in the train part, got none")
        self._quantizer = quantizer
        self._spec = spec
        self._samples = samples
        self._config = config
        self._color = color
        self._progress = progress
        self._teacher = copy.deepcopy(network)
        fold_batch_norm(self._teacher, torch.zeros(1, 3, spec.height, spec.width))
        check_same_weights(quantizer.plain, self._teacher, color)

    def __call__(self, recipe: Recipe) -> onnx.ModelProto:
        """Return the fp32 graph with weights tuned for a recipe.

        Args:
            recipe: Neither equalised nor bias corrected.
        """
        codes = recipe_codes(self._quantizer, recipe)
        student = distilled(self._teacher, self._spec, codes, self._samples, self._config, progress=self._progress)
        return with_weights(self._quantizer.plain, student, self._color)
