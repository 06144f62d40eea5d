"""Fine-tune a network under fake quantisation so that it says what it said before (quantisation-aware training)."""

import copy
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.progress import Progress, silent
from data_tools.randomness import keyed_seed
from data_tools.split.artifact import Sample
from export.config import FinetuneConfig
from export.finetune.fake_quantization import LayerCode, fake_quantized
from export.finetune.layers import trained_layers
from export.inference import load_batch
from pipeline.training.networks.inputs import Normalize, to_unit_range
from pipeline.training.networks.roadnet import Output, RoadNet
from pipeline.training.reproducible import reproducible


def distilled(
    teacher: RoadNet,
    spec: PreprocessingSpec,
    codes: Mapping[str, LayerCode],
    samples: Sequence[Sample],
    config: FinetuneConfig,
    *,
    progress: Progress = silent,
) -> RoadNet:
    """Return a network whose weights lose less when they are rounded.

    The student computes with 8-bit weights and activations, the teacher as it is; no label is used. The head is not
    trained, so that the feature space and its centroids stay where they are.

    Args:
        teacher: In eval mode, in RGB order, on the CPU, with its batch norms folded; stays as it is.
        spec: Its preprocessing, RGB.
        codes: Layers by dotted name within the network, and how each one is coded in the int8 graph.
        samples: Pictures of the train part, at least one; half of them are mirrored, all get some noise.
        config: Steps, learning rate, noise, seed.
        progress: Receives the number of steps done.
    """
    student = copy.deepcopy(teacher)
    student.requires_grad_(requires_grad=False)
    trained = [parameter for layer in trained_layers(student).values() for parameter in layer.parameters()]
    for parameter in trained:
        parameter.requires_grad = True
    normalize = Normalize(spec.normalization)
    with reproducible(config.seed, None), fake_quantized(student, codes):
        # The rounding above puts a stand-in before each coded weight; the weights themselves are still `trained`.
        optimizer = torch.optim.Adam(trained, lr=config.learning_rate)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.steps)
        for step, batch in enumerate(_batches(samples, spec, config)):
            pictures = normalize(to_unit_range(batch))
            with torch.no_grad():
                wanted = teacher(pictures)
            loss = distillation_loss(student(pictures), wanted, config.feature_weight)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward([loss])
            optimizer.step()
            schedule.step()
            progress(step + 1, config.steps, "fine-tuning for int8")
    student.requires_grad_(requires_grad=False)
    return student


def distillation_loss(found: Output, wanted: Output, feature_weight: float) -> Tensor:
    """Compute KL(teacher ‖ student) of the probabilities plus the features' relative mean squared error.

    Σ p·ln(p / q), averaged over pictures (Hinton et al., 2015, at temperature 1), plus `feature_weight` times
    mean (f − g)² / mean g².

    Args:
        found: The student's (B, d) features f and (B, C) logits.
        wanted: The teacher's, without gradients.
        feature_weight: Of the second term.

    Returns:
        A scalar.
    """
    divergence = nn.functional.kl_div(
        torch.log_softmax(found.logits, dim=1),
        torch.log_softmax(wanted.logits, dim=1),
        log_target=True,
        reduction="batchmean",
    )
    error = (found.features - wanted.features).square().mean() / wanted.features.square().mean().clamp_min(1e-12)
    return divergence + feature_weight * error


def _batches(samples: Sequence[Sample], spec: PreprocessingSpec, config: FinetuneConfig) -> Iterator[Tensor]:
    """Yield as many (B, H, W, 3) uint8 batches as there are steps, each epoch in its own order."""
    done, epoch = 0, 0
    while done < config.steps:
        keys = {item.image_id: keyed_seed("distillation", config.seed, epoch, item.image_id) for item in samples}
        order = sorted(samples, key=lambda item: keys[item.image_id])
        for start in range(0, len(order), config.batch_size):
            if done == config.steps:
                return
            chosen = order[start : start + config.batch_size]
            seeds = [keys[item.image_id] for item in chosen]
            varied = map(_varied, load_batch(chosen, spec), seeds, [config.noise] * len(chosen))
            yield torch.from_numpy(np.stack(list(varied)))
            done += 1
        epoch += 1


def _varied(picture: npt.NDArray[np.uint8], seed: int, noise: float) -> npt.NDArray[np.uint8]:
    """Mirror every other picture, and add noise."""
    generator = np.random.default_rng(seed)
    turned = picture[:, ::-1] if generator.random() < 0.5 else picture
    strength = np.float32(noise * generator.random())
    noisy = turned + strength * generator.standard_normal(picture.shape, np.float32)
    varied: npt.NDArray[np.uint8] = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return varied
