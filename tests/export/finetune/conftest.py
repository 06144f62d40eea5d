import copy
from pathlib import Path

import onnx
import pytest

from data_tools.split.artifact import Sample, open_split
from export.quantize.quantizer import Quantizer
from pipeline.training.networks.roadnet import RoadNet
from tests.export.finetune.tiny_network import graph_of, small_pictures, tiny_network


@pytest.fixture(scope="session")
def network() -> RoadNet:
    """A test must not change it."""
    return tiny_network()


@pytest.fixture(scope="session")
def graph(network: RoadNet) -> onnx.ModelProto:
    return graph_of(copy.deepcopy(network))


@pytest.fixture(scope="session")
def bgr_graph() -> onnx.ModelProto:
    """Its gate has a bias of zeros, which the exporter leaves out."""
    return graph_of(tiny_network(gate_bias=0.0), "bgr")


@pytest.fixture(scope="session")
def quantizer(graph: onnx.ModelProto) -> Quantizer:
    return Quantizer(graph, small_pictures(12))


@pytest.fixture(scope="session")
def train(split_path: Path) -> tuple[Sample, ...]:
    return open_split(split_path).samples["train"]
