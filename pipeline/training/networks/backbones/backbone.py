"""Say what a backbone is."""

from typing import NamedTuple, Protocol

from torch import Tensor, nn


class Backbone(Protocol):
    """Turn pictures into features; its classes are torch modules."""

    width: int
    """Number of features."""
    library: str
    """Whose key names a public weights file has."""
    classifier_key: str
    """Prefix of the library's own last layer in such a file, without the dot."""
    classifier_required: bool
    """Whether such a file must hold that layer."""

    def __call__(self, pictures: Tensor) -> Tensor:
        """Map (B, 3, H, W) normalised pictures to (B, width) features after the last activation."""
        ...

    def public_key(self, own: str) -> str:
        """Return the library's name of one of the backbone's own keys."""
        ...


class Parts(NamedTuple):
    """Hold a backbone and the classifier that the library puts behind it."""

    backbone: Backbone
    classifier: nn.Linear
    """(width → C), as the library starts it."""
    dropout: float | None
    """Share that the library drops between the two; None: it has no dropout there."""
