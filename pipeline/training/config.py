"""Configure the training stage (torch-free, so that the command line can read it)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data_tools.images.preprocessing import IMAGENET, Interpolation, Normalization, PreprocessingSpec
from pipeline.training.artifact import NetworkName, NetworkSpec
from pipeline.training.augmentation_config import AugmentationConfig, RoadAugmentation
from pipeline.training.method_config import NEAREST_CENTER, MethodConfig, RobustConfig

BatchNormPolicy = Literal["shared", "clean", "mixture", "separate", "frozen", "auto"]
Logger = Literal["tensorboard", "csv", "mlflow"]
_DEFAULT_TYPES = {"method": "robust", "augmentation": "road"}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputConfig(_Strict):
    """Say at which size the network sees a picture; the aspect ratio is not kept."""

    height: int = Field(default=224, ge=32, le=4096, description="model input height, px")
    width: int = Field(default=224, ge=32, le=4096, description="model input width, px")
    interpolation: Interpolation = Field(default="supersampled", description="how the picture is resized")


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
    epochs: int = Field(default=24, ge=1, le=100_000, description="passes over the training part, at most")
    patience: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a better one; null = train them all"
    )
    batch_size: int = Field(
        default=32, ge=2, le=65_536, description="pictures a step over all devices; batch norm needs two a device"
    )
    accumulate: int = Field(
        default=1, ge=1, le=4096, description="steps whose gradients are averaged before the weights move"
    )
    optimizer: Literal["adamw", "adam", "sgd"] = Field(default="adamw", description="sgd is Nesterov's")
    learning_rate: float = Field(default=3e-4, gt=0, le=10, description="the highest learning rate")
    weight_decay: float = Field(
        default=1e-2, ge=0, le=1, description="adamw's decoupled one, or the L2 penalty of adam and sgd"
    )
    momentum: float = Field(default=0.9, ge=0, lt=1, description="of sgd")
    warmup_steps: int = Field(
        default=50, ge=0, description="steps of linear warm-up; at most a quarter of all steps are used for it"
    )
    schedule: Literal["cosine", "constant", "step"] = Field(
        default="cosine", description="learning rate after the warm-up; step divides it at the milestones"
    )
    milestones: tuple[int, ...] = Field(default=(), description="epochs from which the rate is multiplied by decay")
    decay: float = Field(default=0.1, gt=0, le=1, description="factor at each milestone")
    ema_decay: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="keep and validate an exponential moving average of the weights; null = the weights themselves",
    )
    balance: Literal["none", "class_weights", "sampler"] = Field(
        default="none",
        description="against unequal classes: weigh cross-entropy by inverse frequency, or draw all classes as often",
    )
    batch_norm: BatchNormPolicy = Field(
        default="shared",
        description="whose statistics the network keeps: shared = of clean and noisy views as they come, clean or "
        "mixture = measured again after every epoch, separate = the clean view's alone, frozen = those of the start "
        "weights, which then normalise in training too, auto = the best of shared, clean and mixture on the validation "
        "part, at the end",
    )
    batch_norm_pictures: int = Field(
        default=1024, ge=2, description="training pictures used to measure the statistics again, at most"
    )
    augmentation: AugmentationConfig = Field(
        default=RoadAugmentation(), discriminator="type", description="how training pictures are varied"
    )
    select_by: Literal["clean", "clean_and_noisy"] = Field(
        default="clean_and_noisy",
        description="validation accuracy that chooses the epoch: on clean pictures, or the mean of clean and noisy "
        "ones; the same for a method without Gaussian noise",
    )
    num_workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="loader processes for each device and part (training, validation); 0 loads in the training process",
    )
    seed: int = Field(default=0, ge=0, lt=2**63, description="of the start, the order, the augmentation and the noise")
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="torch's CPU threads; null = as they are. More threads than idle cores slow a step down manyfold",
    )
    accelerator: Literal["auto", "cpu", "gpu"] = Field(default="auto", description="auto = a CUDA GPU if there is one")
    devices: int = Field(default=1, ge=1, le=1024, description="GPUs, or processes on the CPU, that share every batch")
    sync_batch_norm: bool = Field(
        default=False, description="batch norm over the batches of all GPUs; torch has no such thing for the CPU"
    )
    precision: Literal["fp32", "bf16", "fp16"] = Field(
        default="fp32", description="of the passes; weights, losses and statistics stay float32; fp16 needs a GPU"
    )
    channels_last: bool = Field(default=True, description="memory layout; slower without on CPUs and on new GPUs")
    deterministic: bool = Field(
        default=True, description="the same weights again from the same inputs on the same device; false is faster"
    )
    loggers: tuple[Logger, ...] = Field(
        default=("tensorboard",), description="tensorboard, csv, mlflow; history.csv is always written"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_the_default_type(cls, values: object) -> object:
        """Let a section without a type be of the default type, so that one key of it can be set alone."""
        if not isinstance(values, dict):
            return values
        sections = {name: values[name] for name in _DEFAULT_TYPES if isinstance(values.get(name), dict)}
        return {**values, **{name: {"type": _DEFAULT_TYPES[name], **section} for name, section in sections.items()}}

    @model_validator(mode="after")
    def _consistent(self) -> "TrainConfig":
        if bool(self.milestones) != (self.schedule == "step"):
            raise ValueError(
                f"expected milestones with schedule=step and no other, got schedule={self.schedule} and "
                f"milestones={list(self.milestones)}"
            )
        if list(self.milestones) != sorted(set(self.milestones)):
            raise ValueError(f"milestones: expected growing epochs, got {list(self.milestones)}")
        if self.sync_batch_norm and self.devices == 1:
            raise ValueError("sync_batch_norm: expected devices of 2 or more, got 1")
        if self.batch_size % self.devices or self.batch_size // self.devices < 2:
            raise ValueError(
                f"batch_size: expected a multiple of devices ({self.devices}) with 2 or more pictures for each, got "
                f"{self.batch_size}"
            )
        return self

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
        return NetworkSpec(
            name=self.network,
            embedding_dim=self.embedding_dim,
            num_classes=num_classes,
            head="nearest_center" if isinstance(self.method, NEAREST_CENTER) else "linear",
        )
