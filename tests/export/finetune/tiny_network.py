"""Make a network with every kind of layer that fine-tuning tells apart, small enough to train in a second."""

import numpy as np
import onnx
import torch
from torch import nn

from export.graph.deployed import DeployedNet
from export.graph.to_onnx import to_onnx
from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks.roadnet import RoadNet
from tests.export.trained_like import SPEC, normalized

SMALL = SPEC.model_copy(update={"height": 24, "width": 32})


class Block(nn.Module):
    """Hold its layers as attributes, not in a sequence, with a sum around them and a gate without batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.gate = nn.Conv2d(8, 8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.norm(self.conv(x)))
        return x + y * nn.functional.hardsigmoid(self.gate(y.mean((2, 3), keepdim=True)))


class TinyNet(RoadNet):
    def __init__(self, gate_bias: float = 0.2) -> None:
        nn.Module.__init__(self)
        torch.manual_seed(0)
        self.spec = NetworkSpec(name="mobilenet_v3_small", embedding_dim=6, num_classes=3, head="linear")
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.Hardswish(),
            Block(),
            nn.Conv2d(8, 12, 1),
            nn.BatchNorm2d(12, affine=False),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.embedding = nn.Linear(12, 6)
        self.dropout = None
        self.feature_dim = 6
        self.head = nn.Linear(6, 3)
        with torch.no_grad():
            self.backbone[3].gate.bias.fill_(gate_bias)
            self.head.weight.mul_(4)
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.running_mean.normal_(0, 0.3)
                    module.running_var.uniform_(0.3, 1.5)
                    if module.affine:
                        module.weight.uniform_(0.5, 1.5)
                        module.bias.normal_(0, 0.3)


def tiny_network(gate_bias: float = 0.2) -> RoadNet:
    with torch.random.fork_rng(devices=[]):
        return TinyNet(gate_bias).eval()


def graph_of(network: RoadNet, color: str = "rgb") -> onnx.ModelProto:
    """Export; the network is changed in place."""
    spec = SMALL.model_copy(update={"color": color})
    deployed = DeployedNet(network, spec, torch.zeros(3, network.feature_dim)).eval()
    return onnx.shape_inference.infer_shapes(to_onnx(deployed, spec, 19))


def small_pictures(count: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    colors = generator.uniform(20, 235, (count, 1, 1, 3))
    return np.clip(colors + generator.normal(0, 40, (count, 24, 32, 3)), 0, 255).astype(np.uint8)


def given(count: int, seed: int = 0) -> torch.Tensor:
    """Return (count, 3, 24, 32) normalised pictures."""
    return normalized(small_pictures(count, seed))
