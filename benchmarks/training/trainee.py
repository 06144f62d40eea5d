"""Do training steps of one kind: what `step_speed` times."""

from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from data_tools.images.preprocessing import IMAGENET
from pipeline.training.artifact import NetworkSpec, TorchvisionName
from pipeline.training.method_config import NormalConfig, RobustConfig
from pipeline.training.methods import build_method
from pipeline.training.methods.registry import Surroundings
from pipeline.training.methods.views import GaussianView
from pipeline.training.networks import Normalize, Output, build_network, to_unit_range
from pipeline.training.noise import device_generator, noised
from pipeline.training.views.look import Eyes

Batch = tuple[Tensor, Tensor]
"""(B, H, W, 3) uint8 pictures, (B,) int64 labels."""

CLASSES = ("dry", "wet", "snow")


class Case(NamedTuple):
    """Say what is trained."""

    network: TorchvisionName
    height: int
    width: int
    batch: int

    @property
    def title(self) -> str:
        """Return a short name."""
        return f"{self.network.removeprefix('mobilenet_v3_')} {self.height}×{self.width} B = {self.batch}"


class Variant(NamedTuple):
    """Say how."""

    method: Literal["normal", "robust"]
    channels_last: bool = True
    bf16: bool = False
    joined: bool = False
    """Both views in one forward pass, which pools their batch-norm statistics, instead of one each."""


class Trainee:
    """Hold a network, a method and AdamW, and do steps."""

    def __init__(self, case: Case, variant: Variant, device: torch.device) -> None:
        """Build the parts with random weights.

        Args:
            case: What is trained.
            variant: How.
            device: Where.
        """
        spec = NetworkSpec(name=case.network, embedding_dim=128, num_classes=len(CLASSES), head="linear")
        layout = torch.channels_last if variant.channels_last else torch.contiguous_format
        self._layout = layout
        self._variant = variant
        self._device = device
        self._network = build_network(spec).to(device).train()
        convert_conv2d_weight_memory_format(self._network, layout)
        config = NormalConfig() if variant.method == "normal" else RobustConfig()
        self._method = build_method(config, Surroundings(CLASSES, self._network.feature_dim))
        cast("nn.Module", self._method).to(device)
        self._eyes = Eyes(self._network, Normalize(IMAGENET).to(device))
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=1e-4)

    def step(self, pictures: Tensor, labels: Tensor) -> None:
        """Do one step, and wait until a GPU has done it.

        Args:
            pictures: (B, H, W, 3) uint8, on the CPU or the device.
            labels: (B,) int64.
        """
        labels = labels.to(self._device, non_blocking=True)
        unit = to_unit_range(pictures.to(self._device, non_blocking=True)).contiguous(memory_format=self._layout)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._variant.bf16):
            outputs = self._look_jointly(unit) if self._variant.joined else self._look(unit, labels)
            loss = self._method(outputs, labels, self._network.head).total()
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._optimizer.step()
        if self._device.type == "cuda":
            torch.cuda.synchronize()

    def _look(self, unit: Tensor, labels: Tensor) -> list[Output]:
        """Run the network once for each view."""
        generator = device_generator(self._device, "step-speed")
        return [self._eyes.look(view, unit, labels, generator) for view in self._method.views]

    def _look_jointly(self, unit: Tensor) -> list[Output]:
        """Run the network once on the clean pictures and the noisy ones together."""
        generator = device_generator(self._device, "step-speed")
        views = [
            noised(unit, view.sigma, generator) if isinstance(view, GaussianView) else unit
            for view in self._method.views
        ]
        seen = self._eyes.see(torch.cat(views))
        return [Output(*parts) for parts in zip(*(tensor.chunk(len(views)) for tensor in seen), strict=True)]


def random_batch(case: Case) -> Batch:
    """Draw (B, H, W, 3) uint8 pictures of noise, and (B,) labels with every class in turn."""
    generator = torch.Generator().manual_seed(0)
    shape = (case.batch, case.height, case.width, 3)
    pictures = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return pictures, torch.arange(case.batch) % len(CLASSES)
