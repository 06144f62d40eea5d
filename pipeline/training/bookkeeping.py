"""Close every epoch: a history row, the best weights, the resume point, the log."""

import time
from collections.abc import Callable
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from data_tools.progress import Progress
from pipeline.training.best import Best, better, selection_score
from pipeline.training.module import RoadModule
from pipeline.training.resume import ResumePoint, save_resume_point


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
        self.best = better(self.best, epoch, score, validation, module)
        for logger in trainer.loggers:
            logger.log_metrics({name: value for name, value in row.items() if name != "epoch"}, step=epoch)
        point = ResumePoint(
            fingerprint=self._fingerprint,
            next_epoch=epoch + 1,
            module=module.state_dict(),
            optimizer=trainer.optimizers[0].state_dict(),
            best=self.best,
            history=self.history,
        )
        save_resume_point(point, self._resume_dir)
        self._progress(epoch + 1, module.config.epochs, "training")


def _ours(module: LightningModule) -> RoadModule:
    """Return the module as what it is."""
    if not isinstance(module, RoadModule):
        raise TypeError(f"expected a RoadModule, got {type(module).__name__}")
    return module
