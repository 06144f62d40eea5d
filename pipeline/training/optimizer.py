"""Build the optimiser that a configuration names."""

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from pipeline.training.config import TrainConfig
from pipeline.training.networks.weight_decay import decayed_and_plain


def build_optimizer(config: TrainConfig, network: nn.Module) -> Optimizer:
    """Build AdamW, Adam or SGD with Nesterov momentum over a network's trainable parameters.

    The learning rate is the highest one; `training_step` sets each step's.

    Args:
        config: Names the optimiser, its rate, weight decay and momentum.
        network: Centres of a nearest-centre head get no weight decay.
    """
    decayed, plain = decayed_and_plain(network)
    groups = [{"params": decayed, "weight_decay": config.weight_decay}]
    if plain:
        groups.append({"params": plain, "weight_decay": 0.0})
    if config.optimizer == "adamw":
        return AdamW(groups, lr=config.learning_rate)
    if config.optimizer == "adam":
        return Adam(groups, lr=config.learning_rate)
    return SGD(groups, lr=config.learning_rate, momentum=config.momentum, nesterov=config.momentum > 0)
