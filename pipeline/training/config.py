"""Configure the training stage (torch-free, so that the command line can read it)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.images.preprocessing import IMAGENET, Interpolation, Normalization, PreprocessingSpec
from pipeline.training.artifact import NetworkName, NetworkSpec

Probability = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputConfig(_Strict):
    """Say at which size the network sees a picture; the aspect ratio is not kept."""

    height: int = Field(default=224, ge=32, le=4096, description="model input height, px")
    width: int = Field(default=224, ge=32, le=4096, description="model input width, px")
    interpolation: Interpolation = Field(default="supersampled", description="how the picture is resized")


class NormalConfig(_Strict):
    """Train with cross-entropy on clean pictures alone."""

    type: Literal["normal"] = Field(default="normal", description="cross-entropy on clean pictures")


class RobustConfig(_Strict):
    """Train with cross-entropy and the discriminative loss on clean and noisy pictures (Eqs. 7-13)."""

    type: Literal["robust"] = Field(default="robust", description="the discriminative loss on clean and noisy pictures")
    sigma: float = Field(default=40.0, gt=0, le=255, description="noise in training, grey levels (0..255)")
    delta_v: float = Field(default=0.5, ge=0, description="radius of a class around its centroid, feature units")
    delta_d: float = Field(default=3.0, ge=0, description="centroid's distance to the boundaries, feature units")
    alpha: float = Field(default=1.0, ge=0, description="weight of compact (Eq. 8)")
    beta: float = Field(default=1.0, ge=0, description="weight of margin (Eq. 9)")
    gamma_reg: float = Field(default=1e-3, ge=0, description="weight of reg (Eq. 11)")
    lambda_noisy: float = Field(default=1.0, ge=0, description="weight of noisy (Eq. 12)")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="share of the old centroid that is kept (4.4)")


MethodConfig = NormalConfig | RobustConfig


class AugmentationConfig(_Strict):
    """Say how training pictures are varied (the paper, appendix H)."""

    color_jitter: float = Field(
        default=0.3, ge=0, lt=1, description="brightness, contrast, saturation factors from 1 ± this"
    )
    rotation_deg: float = Field(default=10.0, ge=0, le=180, description="rotation, uniform in ± this, degrees")
    perspective: Probability = Field(default=0.5, description="torchvision's distortion scale")
    perspective_probability: Probability = Field(default=0.5, description="share of pictures with a perspective warp")
    horizontal_flip_probability: Probability = Field(default=0.5, description="share of mirrored pictures")


class TrainConfig(_Strict):
    """Say which network is trained, how, and on what."""

    network: NetworkName = Field(default="mobilenet_v3_small", description="torchvision architecture")
    embedding_dim: int | None = Field(
        default=128,
        ge=2,
        le=4096,
        description="width of the linear embedding before the head; null = torchvision's own classifier, whose "
        "feature follows a hard-swish",
    )
    input: InputConfig = Field(default=InputConfig(), description="model input size")
    weights: str = Field(
        default="imagenet",
        min_length=1,
        description="imagenet (downloads), imagenet-or-scratch, scratch, or a file with torchvision's key names "
        "(.pth state dict or .safetensors)",
    )
    normalization: Normalization | None = Field(
        default=None, description="mean and std on the 0..1 scale, as the weights expect; null = torchvision's ImageNet"
    )
    method: MethodConfig = Field(
        default=RobustConfig(), discriminator="type", description="what the training minimises"
    )
    epochs: int = Field(default=24, ge=1, le=100_000, description="passes over the training part")
    batch_size: int = Field(default=32, ge=2, le=65_536, description="pictures a step; batch norm needs two")
    learning_rate: float = Field(default=3e-4, gt=0, le=10, description="AdamW's highest learning rate")
    weight_decay: float = Field(default=1e-2, ge=0, le=1, description="AdamW's decoupled weight decay")
    warmup_steps: int = Field(
        default=50, ge=0, description="steps of linear warm-up; at most a quarter of all steps are used for it"
    )
    schedule: Literal["cosine", "constant"] = Field(default="cosine", description="learning rate after the warm-up")
    augmentation: AugmentationConfig = Field(
        default=AugmentationConfig(), description="how training pictures are varied"
    )
    select_by: Literal["clean", "clean_and_noisy"] = Field(
        default="clean_and_noisy",
        description="validation accuracy that chooses the epoch: on clean pictures, or the mean of clean and noisy "
        "ones; the same for a method without a noisy view",
    )
    num_workers: int = Field(default=0, ge=0, le=256, description="loader processes; 0 loads in the training process")
    seed: int = Field(default=0, ge=0, lt=2**63, description="of the start, the order, the augmentation and the noise")
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="torch's CPU threads; null = as they are. More threads than idle cores slow a step down manyfold",
    )
    accelerator: Literal["auto", "cpu", "gpu"] = Field(default="auto", description="auto = a CUDA GPU if there is one")

    def preprocessing(self) -> PreprocessingSpec:
        """Return the preprocessing that the trained network expects."""
        return PreprocessingSpec(
            height=self.input.height,
            width=self.input.width,
            interpolation=self.input.interpolation,
            normalization=self.normalization or IMAGENET,
        )

    def network_spec(self, num_classes: int) -> NetworkSpec:
        """Return the network's spec for a number of classes."""
        return NetworkSpec(name=self.network, embedding_dim=self.embedding_dim, num_classes=num_classes)
