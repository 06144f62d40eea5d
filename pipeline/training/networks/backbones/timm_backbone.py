"""Build any of timm's networks (Wightman, 2019) up to its pooled feature."""

import difflib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from data_tools.errors import InputError, MissingDependencyError
from data_tools.validation import closest
from pipeline.training.networks.backbones.backbone import Parts

if TYPE_CHECKING:
    from timm.models import PretrainedCfg

TIMM_PREFIX = "timm/"
_KEY_PREFIX = "body."


class TimmBackbone(nn.Module):
    """Compute timm's pooled feature, the input of its own classifier."""

    library = "timm"
    classifier_required = False

    def __init__(
        self, name: str, body: nn.Module, width: int, classifier_key: str, side: tuple[int, int] | None
    ) -> None:
        """Take timm's network.

        Args:
            name: For messages.
            body: Built without a classifier.
            width: Of the pooled feature.
            classifier_key: Of timm's classifier in a weights file.
            side: The only input size (H, W) the network takes, px; None: it takes any.
        """
        super().__init__()
        self.name = name
        self.body = body
        self.width = width
        self.classifier_key = classifier_key
        self.side = side

    def forward(self, pictures: Tensor) -> Tensor:
        """Compute features (see `Backbone`).

        Raises:
            InputError: The network takes pictures of one size only, and these are not of it.
        """
        if self.side is not None and tuple(pictures.shape[2:]) != self.side:
            height, width = self.side
            raise InputError(
                f"{self.name}: takes pictures of {height} × {width} px only, got {pictures.shape[2]} × "
                f"{pictures.shape[3]}; set train.input.height and train.input.width"
            )
        features: Tensor = self.body(pictures)
        return features

    def public_key(self, own: str) -> str:
        """Return timm's name of a key."""
        return own.removeprefix(_KEY_PREFIX)


def timm_parts(name: str, num_classes: int) -> Parts:
    """Build a network of timm's with random weights.

    Args:
        name: timm/NAME or timm/NAME.TAG; the tag names pretrained weights and does not matter here.
        num_classes: Of the classifier, which starts as torch starts a linear layer and has no dropout before it.

    Raises:
        MissingDependencyError: timm is not installed.
        InputError: timm knows no such network or tag.
    """
    config = pretrained_config(name)
    import timm

    body = timm.create_model(name.removeprefix(TIMM_PREFIX), pretrained=False, num_classes=0)
    width = int(getattr(body, "head_hidden_size", None) or getattr(body, "num_features"))  # noqa: B009 - untyped
    key = config.classifier
    side = (config.input_size[1], config.input_size[2]) if config.fixed_input_size else None
    backbone = TimmBackbone(name, body, width, key if isinstance(key, str) else "", side)
    return Parts(backbone, nn.Linear(width, num_classes), None)


def pretrained_body(name: str, weights: Path) -> nn.Module:
    """Build timm's network with its pretrained weights, strictly, and take its classifier off.

    Args:
        name: timm/NAME or timm/NAME.TAG, known to timm.
        weights: The file that timm's hub holds for it.

    Raises:
        RuntimeError: The file does not fit.
    """
    import timm

    # With another class count timm would not complain about keys that are missing.
    short = name.removeprefix(TIMM_PREFIX)
    body = timm.create_model(short, pretrained=True, pretrained_cfg_overlay={"file": str(weights)})
    drop_classifier = body.reset_classifier
    if not callable(drop_classifier):
        raise TypeError(f"{name}: expected timm's reset_classifier, found none")
    drop_classifier(0)
    return body


def pretrained_config(name: str) -> "PretrainedCfg":
    """Return what timm knows about a network: its input, its classifier, and where its weights lie.

    Raises:
        MissingDependencyError: timm is not installed.
        InputError: timm knows no such network or tag.
    """
    if find_spec("timm") is None:
        raise MissingDependencyError(
            f"network {name} needs timm, not installed here; in the checkout, run: pip install '.[timm]'"
        )
    import timm

    short = name.removeprefix(TIMM_PREFIX)
    architecture = short.partition(".")[0]
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3, cutoff=0.5)
        raise InputError(f"train.network: timm has no '{architecture}'; {_meant(near) or 'see timm.list_models()'}")
    config = timm.get_pretrained_cfg(short) if "." not in short or short in _tagged(architecture) else None
    if config is None:
        raise InputError(
            f"train.network: timm has '{architecture}', but not with this tag: '{short}'; "
            f"{closest(short, _tagged(architecture))}"
        )
    return config


def _tagged(architecture: str) -> list[str]:
    """Return the names with tags that timm has for an architecture."""
    import timm

    return [str(item) for item in timm.list_pretrained(f"{architecture}.*")]


def _meant(names: list[str]) -> str:
    """Suggest names."""
    return "did you mean " + ", ".join(f"'{TIMM_PREFIX}{name}'" for name in names) + "?" if names else ""
