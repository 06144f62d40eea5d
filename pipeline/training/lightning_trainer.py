"""Set Lightning up so that it trains, and says nothing of its own."""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import RichProgressBar
from lightning.pytorch.loggers import TensorBoardLogger

TENSORBOARD_NAME = "tensorboard"


def bar_is_shown() -> bool:
    """Tell whether a progress bar is of use: standard error is a terminal."""
    return sys.stderr.isatty()


def build_trainer(epochs: int, first_epoch: int, accelerator: str, out_dir: Path, book: Callback) -> Trainer:
    """Build a trainer for one device that starts at an epoch.

    Lightning's own checkpoints are off: they keep best weights and loop state in files of their own, which a
    kill between two writes leaves at odds. `Bookkeeping` writes one file instead.

    Args:
        epochs: Number of epochs of the whole training.
        first_epoch: Epochs that are done already.
        accelerator: 'cpu' or 'gpu'.
        out_dir: Gets the TensorBoard log.
        book: Closes the epochs.
    """
    bar = bar_is_shown()
    trainer = Trainer(
        accelerator=accelerator,
        devices=1,
        max_epochs=epochs,
        deterministic=True,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=bar,
        callbacks=[book, RichProgressBar(console_kwargs={"stderr": True})] if bar else [book],
        logger=TensorBoardLogger(str(out_dir), name=TENSORBOARD_NAME, version="", default_hp_metric=False),
        default_root_dir=out_dir,
    )
    done = trainer.fit_loop.epoch_progress.state_dict()
    done["current"] = dict.fromkeys(done["current"], first_epoch)
    trainer.fit_loop.epoch_progress.load_state_dict(done)
    return trainer


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Hold back Lightning's notices and the warnings that do not apply."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # The number of loader processes is the user's choice.
            warnings.filterwarnings("ignore", message=".*does not have many workers.*")
            # Lightning 2.6 with torch 2.12: a deprecated call inside Lightning's own data handling.
            warnings.filterwarnings("ignore", message=r".*isinstance\(treespec, LeafSpec\).*is deprecated.*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def plain_interrupt() -> Iterator[None]:
    """Let Ctrl-C be a KeyboardInterrupt; Lightning makes it a SystemExit and leaves the signal ignored."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise
    finally:
        if signal.getsignal(signal.SIGINT) is not handler:
            signal.signal(signal.SIGINT, handler)
