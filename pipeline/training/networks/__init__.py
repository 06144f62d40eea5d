"""Build networks, give them their first weights, and load trained ones."""

from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.inputs import Normalize, to_unit_range
from pipeline.training.networks.roadnet import Output, RoadNet, build_network

__all__ = ["Normalize", "Output", "RoadNet", "build_network", "load_checkpoint", "to_unit_range"]
