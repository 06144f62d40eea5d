"""Configure the search for label errors (torch-free, so that the command line can read it)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.images.preprocessing import IMAGENET, Normalization, PreprocessingSpec
from pipeline.training.artifact import TorchvisionName

FilterBy = Literal[
    "low_self_confidence",
    "low_normalized_margin",
    "confident_learning",
    "prune_by_class",
    "prune_by_noise_rate",
    "both",
    "predicted_neq_given",
]
"""What `cleanlab.filter.find_label_issues` calls its rules."""

RankBy = Literal["self_confidence", "normalized_margin"]
"""What `cleanlab.rank.get_label_quality_scores` calls its scores."""

Positive = Annotated[float, Field(gt=0, le=1e6)]


class LabelErrorConfig(BaseModel):
    """Say what the pictures are looked at with, and which labels are doubted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: TorchvisionName = Field(default="mobilenet_v3_small", description="torchvision architecture")
    weights: str = Field(
        default="imagenet",
        min_length=1,
        description="imagenet (downloads), or a file with torchvision's key names (.pth state dict or .safetensors)",
    )
    normalization: Normalization | None = Field(
        default=None, description="mean and std on the 0..1 scale, as the weights expect; null = torchvision's ImageNet"
    )
    height: int = Field(default=224, ge=32, le=4096, description="height at which the network sees a picture, px")
    width: int = Field(default=224, ge=32, le=4096, description="width at which the network sees a picture, px")
    mirrored: bool = Field(default=True, description="average the features of a picture and of its mirror image")
    batch_size: int = Field(default=32, ge=1, le=65_536, description="pictures in a forward pass")
    device: Literal["auto", "cpu", "gpu"] = Field(default="auto", description="auto = a CUDA GPU if there is one")
    threads: int | None = Field(
        default=None, ge=1, le=1024, description="CPU threads of torch and of the linear algebra; null = as they are"
    )
    folds: int = Field(default=5, ge=2, le=100, description="parts of the cross-validation; no group is in two")
    inverse_regularization: tuple[Positive, ...] = Field(
        default=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 1e-1),
        min_length=1,
        description="candidates for the logistic regression's C; the smallest whose out-of-fold log loss is within one "
        "standard error of the lowest is used",
    )
    filter_by: FilterBy = Field(
        default="low_self_confidence",
        description="cleanlab's rule for which labels are doubted; predicted_neq_given casts the widest net",
    )
    rank_by: RankBy = Field(default="self_confidence", description="cleanlab's score that orders the doubted labels")
    seed: int = Field(default=0, ge=0, lt=2**63, description="of the folds")

    def preprocessing(self) -> PreprocessingSpec:
        """Return the preprocessing in front of the frozen network."""
        return PreprocessingSpec(height=self.height, width=self.width, normalization=self.normalization or IMAGENET)
