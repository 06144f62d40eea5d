"""Make configurations that train within a second or two."""

from pipeline.training.config import InputConfig, TrainConfig
from pipeline.training.method_config import MethodConfig, RobustConfig


def quick_config(**changes: object) -> TrainConfig:
    """Return a training of two epochs at 64 × 64 px, from random weights, on one thread."""
    base = TrainConfig(
        weights="scratch",
        input=InputConfig(height=64, width=64),
        embedding_dim=16,
        epochs=2,
        batch_size=8,
        learning_rate=1e-3,
        threads=1,
        accelerator="cpu",
        method=ROBUST,
    )
    return TrainConfig.model_validate({**base.model_dump(), **changes})


ROBUST: MethodConfig = RobustConfig(sigma=40)
