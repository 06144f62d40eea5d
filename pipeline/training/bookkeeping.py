"""Close every epoch: a history row, the best weights, the resume point, the log, an early stop."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from data_tools.progress import Progress
from pipeline.training.best import Best, better, selection_score
from pipeline.training.history import Row
from pipeline.training.methods import Method
from pipeline.training.module import RoadModule
from pipeline.training.resume import ResumePoint, save_resume_point

GRACE_EPOCHS = 5
"""Epochs after the ramp before a method may say that its training went wrong."""

_LOG = logging.getLogger("roadgrip")


class Bookkeeping(Callback):
    """Hold the history and the best weights, and write a resume point after every epoch."""

    def __init__(
        self,
        fingerprint: str,
        resume_dir: Path,
        progress: Progress,
        earlier: ResumePoint | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with an empty book, or where an earlier run stopped.

        Args:
            fingerprint: Of this training.
            resume_dir: Where the resume point is kept.
            progress: Told after every epoch.
            earlier: The resume point to go on from.
            clock: Seconds, for the time an epoch took.
        """
        self.history: list[dict[str, float | int]] = list(earlier.history) if earlier else []
        self.best: Best | None = earlier.best if earlier else None
        self._fingerprint = fingerprint
        self._resume_dir = resume_dir
        self._progress = progress
        self._clock = clock
        self._started = clock()
        self._diagnosed = False

    def is_complete(self, epochs: int, patience: int | None) -> bool:
        """Tell whether all epochs are done, or so many passed without a better one that it is time to stop.

        Args:
            epochs: Of the whole training.
            patience: Epochs without a better one; None: no early stop.
        """
        done = len(self.history)
        if done >= epochs:
            return True
        return patience is not None and self.best is not None and done - 1 - self.best.epoch >= patience

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Tell the loggers, which start empty, what an earlier run has done."""
        for row in self.history:
            _log(trainer, row)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Forget the last epoch's sums and start the clock."""
        module = _ours(pl_module)
        module.train_meters.reset()
        module.val_meters.reset()
        self._started = self._clock()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the epoch down; validation has run by now."""
        module = _ours(pl_module)
        epoch = trainer.current_epoch
        validation = module.val_meters.means()
        row: dict[str, float | int] = {
            "epoch": epoch,
            "learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
            **module.train_meters.means(),
            **validation,
            "seconds": self._clock() - self._started,
        }
        self.history.append(row)
        score = selection_score(validation, module.config.select_by)
        self.best = better(self.best, epoch, score, validation, module.kept_weights)
        _log(trainer, row)
        if trainer.is_global_zero:
            self._keep(trainer, module)
            self.diagnose(module.method)
            self._progress(epoch + 1, module.config.epochs, "training")
        trainer.should_stop = self.is_complete(module.config.epochs, module.config.patience)

    def _keep(self, trainer: Trainer, module: RoadModule) -> None:
        """Write the resume point."""
        if self.best is None:
            raise RuntimeError("expected a best epoch, got none")
        point = ResumePoint(
            fingerprint=self._fingerprint,
            next_epoch=len(self.history),
            module=module.state_dict(),
            optimizer=trainer.optimizers[0].state_dict(),
            best=self.best,
            history=self.history,
            scaler=trainer.precision_plugin.state_dict(),
        )
        save_resume_point(point, self._resume_dir)

    def diagnose(self, method: Method) -> None:
        """Warn once when the method can tell from an epoch's terms that its training went wrong."""
        for epoch, row in enumerate(self.history):
            if self._diagnosed or epoch < method.ramp_epochs + GRACE_EPOCHS:
                continue
            terms = {name.removeprefix("loss_"): value for name, value in row.items() if name.startswith("loss_")}
            problem = method.diagnose(terms)
            if problem is not None:
                self._diagnosed = True
                _LOG.warning("epoch %d: %s", epoch, problem)


def _log(trainer: Trainer, row: Row) -> None:
    """Give a history row to every logger."""
    for logger in trainer.loggers:
        logger.log_metrics({name: value for name, value in row.items() if name != "epoch"}, step=int(row["epoch"]))


def _ours(module: LightningModule) -> RoadModule:
    """Return the module as what it is."""
    if not isinstance(module, RoadModule):
        raise TypeError(f"expected a RoadModule, got {type(module).__name__}")
    return module
