"""Tie network, method and optimiser together for Lightning."""

import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from torch.optim import Optimizer

from data_tools.errors import CheckFailedError
from data_tools.randomness import keyed_seed
from pipeline.training.average import WeightAverage
from pipeline.training.config import TrainConfig
from pipeline.training.meters import Meters
from pipeline.training.methods import Method
from pipeline.training.methods.views import CleanView, View
from pipeline.training.networks import Normalize, RoadNet, to_unit_range
from pipeline.training.networks.checkpoint import METHOD_PREFIX
from pipeline.training.networks.separate_statistics import SeparateStatistics
from pipeline.training.networks.statistics import batch_norms, set_statistics_momentum
from pipeline.training.noise import device_generator
from pipeline.training.optimizer import build_optimizer
from pipeline.training.schedule import learning_rate_factor
from pipeline.training.statistics_policy import gaussian_view, measure_statistics
from pipeline.training.validation import Batch, accuracy, validation_values
from pipeline.training.views.look import Eyes

FINITE_CHECK_STEPS = 50


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
        statistics: Iterable[Batch] = (),
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
            statistics: Training pictures on which batch norm's statistics are measured again, if they are.
            optimizer_state: Of an interrupted training to go on from.
        """
        super().__init__()
        self.config = config
        self.network = network
        self.method = method
        self.normalize = Normalize(config.preprocessing().normalization)
        self.average = None if config.ema_decay is None else WeightAverage(network, config.ema_decay)
        self.noisy_statistics = SeparateStatistics(network) if config.batch_norm == "separate" else None
        self.train_meters = Meters()
        self.val_meters = Meters()
        self._eyes = Eyes(network, self.normalize)
        self._steps_per_epoch = steps_per_epoch
        self._from_scratch = from_scratch
        self._statistics = statistics
        self._optimizer_state = optimizer_state

    @property
    def deployed(self) -> RoadNet:
        """Return the network that is validated and kept: the averaged one where there is an average."""
        return self.network if self.average is None else self.average.module

    def kept_weights(self) -> dict[str, Tensor]:
        """Copy the deployed network's state dict to the CPU, and the method's under `METHOD_PREFIX`."""
        state = dict(self.deployed.state_dict())
        if isinstance(self.method, torch.nn.Module):
            state |= {f"{METHOD_PREFIX}{name}": value for name, value in self.method.state_dict().items()}
        return {name: value.detach().cpu().clone() for name, value in state.items()}

    def configure_optimizers(self) -> Optimizer:
        """Build the optimiser; `training_step` sets its learning rate."""
        optimizer = build_optimizer(self.config, self.network)
        if self._optimizer_state is not None:
            optimizer.load_state_dict(self._optimizer_state)
        return optimizer

    def on_train_epoch_start(self) -> None:
        """Keep batch norm as it is, if it is frozen."""
        if self.config.batch_norm == "frozen":
            for _, part in batch_norms(self.network):
                part.eval()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Compute the loss of one batch, with as many forward passes as the method needs views."""
        key = (self.config.seed, self.current_epoch, batch_idx, self.global_rank)
        torch.manual_seed(keyed_seed("dropout", *key) % 2**63)
        self._set_learning_rate(batch_idx)
        pictures, labels = to_unit_range(batch[0]), batch[1]
        if not self.config.channels_last:
            pictures = pictures.contiguous()
        outputs = []
        for index, view in enumerate(self.method.views):
            generator = device_generator(pictures.device, "noise", *key)
            with self._statistics_of(view, index, batch_idx):
                outputs.append(self._eyes.look(view, pictures, labels, generator))
        terms = self.method(outputs, labels, self.network.head)
        total = terms.total(self.ramp(batch_idx))
        values = {f"loss_{name}": value for name, value in terms.parts.items()}
        self.train_meters.add(
            {"loss": total, **values, "train_accuracy": accuracy(outputs[0].logits, labels)}, len(labels)
        )
        if batch_idx % FINITE_CHECK_STEPS == 0:
            self.check_finite(self.train_meters)
        return total * self._share_of_window(batch_idx)

    def optimizer_step(
        self,
        epoch: int,
        batch_idx: int,
        optimizer: Optimizer | LightningOptimizer,
        optimizer_closure: Callable[[], object] | None = None,
    ) -> None:
        """Move the weights, and their average after them."""
        super().optimizer_step(epoch, batch_idx, optimizer, optimizer_closure)
        if self.average is not None:
            updates = math.ceil(self._steps_per_epoch / self.config.accumulate)
            self.average.follow(self.network, self.current_epoch * updates + batch_idx // self.config.accumulate)

    def on_validation_start(self) -> None:
        """Stop before validation when the epoch's loss was not finite; measure the statistics again if asked to.

        With several ranks all take rank 0's buffers, so that the network that is validated is the one that is kept.
        """
        self.check_finite(self.train_meters)
        if self.trainer.world_size > 1:
            for buffer in self.buffers():
                torch.distributed.broadcast(buffer, 0)
        if self.config.batch_norm in {"clean", "mixture"}:
            eyes = Eyes(self.deployed, self.normalize)
            view = gaussian_view(self.method) if self.config.batch_norm == "mixture" else None
            measure_statistics(eyes, self._statistics, view, self.config.seed)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Measure one batch, clean and at the training noise."""
        eyes = Eyes(self.deployed, self.normalize)
        key = (self.config.seed, batch_idx, self.global_rank)
        self.val_meters.add(validation_values(eyes, batch, self.method.validation_sigma, key), len(batch[1]))

    def on_validation_epoch_end(self) -> None:
        """Stop on weights that went astray in the epoch's last step, and show the accuracy on the bar."""
        self.check_finite(self.val_meters)
        self.log("val_accuracy", self.val_meters.means()["val_accuracy"], prog_bar=True, logger=False)

    def learning_rate(self, batch_idx: int) -> float:
        """Return the learning rate of a step of the current epoch."""
        config = self.config
        milestones = [epoch * self._steps_per_epoch for epoch in config.milestones]
        factor = learning_rate_factor(
            self._step(batch_idx),
            config.epochs * self._steps_per_epoch,
            config.warmup_steps,
            config.schedule,
            milestones=milestones,
            decay=config.decay,
        )
        return config.learning_rate * factor

    def ramp(self, batch_idx: int) -> float:
        """Return the share (0..1) of their weight that the method's extra terms have in a step."""
        steps = self.method.ramp_epochs * self._steps_per_epoch
        return 1.0 if steps == 0 else min(1.0, (self._step(batch_idx) + 1) / steps)

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

    def _share_of_window(self, batch_idx: int) -> float:
        """Return what makes the gradient of an epoch's last, shorter accumulation window a mean.

        Lightning divides every loss by the window's full length.
        """
        window = self.config.accumulate
        left = self._steps_per_epoch - batch_idx // window * window
        return window / min(window, left)

    def _step(self, batch_idx: int) -> int:
        """Return the 0-based number of a step over the whole training."""
        return self.current_epoch * self._steps_per_epoch + batch_idx

    def _statistics_of(self, view: View, index: int, batch_idx: int) -> AbstractContextManager[None]:
        """Choose the batch-norm statistics that a view of this step updates, and how fast."""
        apart = self.noisy_statistics is not None and not isinstance(view, CleanView)
        if self._from_scratch:
            looks = 1 if self.noisy_statistics is not None else len(self.method.views)
            set_statistics_momentum(self.network, looks * self._step(batch_idx) + (0 if looks == 1 else index))
        return self.noisy_statistics.swapped_in(self.network) if apart and self.noisy_statistics else nullcontext()

    def _set_learning_rate(self, batch_idx: int) -> None:
        """Give the optimiser the learning rate of this step."""
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.learning_rate(batch_idx)
