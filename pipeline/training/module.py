"""Tie network, method and optimiser together for Lightning."""

from typing import cast

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW

from data_tools.errors import CheckFailedError
from data_tools.randomness import keyed_seed
from pipeline.training.config import TrainConfig
from pipeline.training.meters import Meters
from pipeline.training.methods import Method
from pipeline.training.networks import Normalize, Output, RoadNet, to_unit_range
from pipeline.training.networks.statistics import set_statistics_momentum
from pipeline.training.noise import device_generator, noised
from pipeline.training.schedule import learning_rate_factor

FINITE_CHECK_STEPS = 50

Batch = tuple[Tensor, Tensor]
"""(B, H, W, 3) uint8 pictures, (B,) int64 labels."""


class RoadModule(LightningModule):
    """Do a step; what a step does depends on its epoch and number alone, given the weights."""

    def __init__(
        self,
        config: TrainConfig,
        network: RoadNet,
        method: Method,
        *,
        steps_per_epoch: int,
        from_scratch: bool,
        optimizer_state: dict[str, object] | None = None,
    ) -> None:
        """Take the parts.

        Args:
            config: The training's configuration.
            network: The network to train.
            method: What to minimise; a torch module, so that its buffers move and are saved with this one.
            steps_per_epoch: Number of batches in an epoch.
            from_scratch: Whether the network started from random weights, so that its batch-norm statistics mean
                nothing yet.
            optimizer_state: Of an interrupted training to go on from.
        """
        super().__init__()
        self.config = config
        self.network = network
        self.method = method
        self.normalize = Normalize(config.preprocessing().normalization)
        self.train_meters = Meters()
        self.val_meters = Meters()
        self._steps_per_epoch = steps_per_epoch
        self._from_scratch = from_scratch
        self._optimizer_state = optimizer_state

    def configure_optimizers(self) -> AdamW:
        """Build the optimiser; `training_step` sets its learning rate."""
        config = self.config
        optimizer = AdamW(self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
        if self._optimizer_state is not None:
            optimizer.load_state_dict(self._optimizer_state)
        return optimizer

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Compute the loss of one batch, with as many forward passes as the method needs views."""
        key = (self.config.seed, self.current_epoch, batch_idx, self.global_rank)
        torch.manual_seed(keyed_seed("dropout", *key) % 2**63)
        self._set_learning_rate(batch_idx)
        pictures, labels = to_unit_range(batch[0]), batch[1]
        views = 1 if self.method.noise_sigma is None else 2
        self._let_statistics_catch_up(views * self._step(batch_idx))
        clean = self._look(pictures)
        noisy = None
        if self.method.noise_sigma is not None:
            generator = device_generator(pictures.device, "noise", *key)
            self._let_statistics_catch_up(views * self._step(batch_idx) + 1)
            noisy = self._look(noised(pictures, self.method.noise_sigma, generator))
        terms = self.method(clean, noisy, labels, self.network.head)
        values = {f"loss_{name}": value for name, value in terms.parts.items()}
        self.train_meters.add(
            {"loss": terms.total, **values, "train_accuracy": _accuracy(clean.logits, labels)}, len(labels)
        )
        if batch_idx % FINITE_CHECK_STEPS == 0:
            self.check_finite(self.train_meters)
        return terms.total

    def on_validation_start(self) -> None:
        """Stop before validation when the epoch's loss was not finite."""
        self.check_finite(self.train_meters)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure one batch, clean and at the training noise; the noise is the same in every epoch."""
        pictures, labels = to_unit_range(batch[0]), batch[1]
        clean = self._look(pictures)
        values = {
            "val_accuracy": _accuracy(clean.logits, labels),
            "val_loss": functional.cross_entropy(clean.logits.float(), labels),
        }
        if self.method.noise_sigma is not None:
            generator = device_generator(pictures.device, "val noise", self.config.seed, batch_idx, self.global_rank)
            noisy = self._look(noised(pictures, self.method.noise_sigma, generator))
            values["val_accuracy_noisy"] = _accuracy(noisy.logits, labels)
        self.val_meters.add(values, len(labels))

    def on_validation_epoch_end(self) -> None:
        """Stop on weights that went astray in the epoch's last step, and show the accuracy on the bar."""
        self.check_finite(self.val_meters)
        self.log("val_accuracy", self.val_meters.means()["val_accuracy"], prog_bar=True, logger=False)

    def learning_rate(self, batch_idx: int) -> float:
        """Return the learning rate of a step of the current epoch."""
        config = self.config
        total = config.epochs * self._steps_per_epoch
        factor = learning_rate_factor(self._step(batch_idx), total, config.warmup_steps, config.schedule)
        return config.learning_rate * factor

    def check_finite(self, meters: Meters) -> None:
        """Stop the training when a loss so far is NaN or infinite.

        Raises:
            CheckFailedError: It is; the message names the epoch and the terms.
        """
        astray = {name: value for name, value in meters.means().items() if not abs(value) < float("inf")}
        if astray:
            terms = ", ".join(f"{name} = {value}" for name, value in astray.items())
            raise CheckFailedError(
                f"training: the loss is no longer finite in epoch {self.current_epoch} ({terms}); lower "
                f"train.learning_rate (now {self.config.learning_rate:g}) or check the pictures and weights"
            )

    def _look(self, pictures: Tensor) -> Output:
        """Run the network on (B, 3, H, W) pictures in [0, 1]."""
        return cast("Output", self.network(self.normalize(pictures)))

    def _step(self, batch_idx: int) -> int:
        """Return the 0-based number of a step over the whole training."""
        return self.current_epoch * self._steps_per_epoch + batch_idx

    def _let_statistics_catch_up(self, updates: int) -> None:
        """Prepare batch norm for a forward pass, given how many there were."""
        if self._from_scratch:
            set_statistics_momentum(self.network, updates)

    def _set_learning_rate(self, batch_idx: int) -> None:
        """Give the optimiser the learning rate of this step."""
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.learning_rate(batch_idx)


def _accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the share of correct predictions, a scalar."""
    return (logits.argmax(dim=1) == labels).float().mean()
