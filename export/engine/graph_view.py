"""Hold what the static checks need to know of a graph, free of the onnx package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

Attribute = int | float | str | tuple[int, ...]
Dimension = int | str | None
"""A size, a named free axis, or unknown."""


@dataclass(frozen=True)
class GraphNode:
    """Hold one operator of a graph."""

    op: str
    name: str
    inputs: tuple[str, ...]
    """Tensor names; empty text where an optional input is left out."""
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    data: tuple[str, ...] = ()
    """The tensors that have the type which TensorRT's table speaks of (not indices, axes or conditions)."""
    domain: str = ""
    where: str = ""
    """The node whose subgraph it stands in, for messages."""

    @property
    def label(self) -> str:
        """Return operator and name, for messages."""
        return f"{self.op} '{self.name or next(iter(self.outputs), '')}'{self.where}"

    def input(self, index: int) -> str:
        """Return an input's name, or empty text where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else ""

    def integer(self, name: str, default: int) -> int:
        """Return an integer attribute."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, int) else default

    def text(self, name: str, default: str) -> str:
        """Return a text attribute."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, str) else default


@dataclass(frozen=True)
class GraphView:
    """Hold a graph's nodes, tensors and constants."""

    nodes: Sequence[GraphNode]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    types: Mapping[str, str]
    """TensorRT's type names by tensor, such as FP16."""
    shapes: Mapping[str, tuple[Dimension, ...]]
    constants: Mapping[str, npt.NDArray[np.generic]]
    inherited: frozenset[str] = frozenset()
    """Tensors and constants that a subgraph sees but that are of a graph around it."""

    @cached_property
    def producers(self) -> Mapping[str, GraphNode]:
        """Return the node that makes each tensor."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    @cached_property
    def consumers(self) -> Mapping[str, list[GraphNode]]:
        """Return the nodes that read each tensor."""
        found: dict[str, list[GraphNode]] = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found.setdefault(name, []).append(node)
        return found

    def producer_op(self, name: str) -> str:
        """Return the operator that makes a tensor, or empty text for inputs and constants."""
        return self.producers[name].op if name in self.producers else ""


@dataclass(frozen=True)
class Finding:
    """Say what TensorRT would refuse in a graph (`fault`), or run slower than it could (`advice`)."""

    rule: str
    where: str
    reason: str
    level: Literal["fault", "advice"] = "fault"

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"
