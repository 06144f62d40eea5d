"""Set Lightning up so that it trains, and says nothing of its own."""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import RichProgressBar
from lightning.pytorch.strategies import DDPStrategy

from pipeline.training.config import TrainConfig
from pipeline.training.loggers import build_loggers

_PRECISIONS: dict[str, Literal["32-true", "bf16-mixed", "16-mixed"]] = {
    "fp32": "32-true",
    "bf16": "bf16-mixed",
    "fp16": "16-mixed",
}


def bar_is_shown() -> bool:
    """Tell whether a progress bar is of use: standard error is a terminal."""
    return sys.stderr.isatty()


def build_trainer(
    config: TrainConfig,
    first_epoch: int,
    accelerator: Literal["cpu", "gpu"],
    out_dir: Path,
    *,
    book: Callback,
    rank: int = 0,
) -> Trainer:
    """Build a trainer that starts at an epoch.

    Lightning's own checkpoints are off: they keep best weights and loop state in files of their own, which a
    kill between two writes leaves at odds. `Bookkeeping` writes one file instead. With several devices, this process
    is one rank of them, as `pipeline.training.ranks` has started it.

    Args:
        config: The training's configuration.
        first_epoch: Epochs that are done already.
        accelerator: What to train on.
        out_dir: Gets the logs.
        book: Closes the epochs.
        rank: Of this process; only rank 0 shows and logs.
    """
    bar = rank == 0 and bar_is_shown()
    trainer = Trainer(
        accelerator=accelerator,
        devices=config.devices,
        strategy=_strategy(config.devices, accelerator),
        precision=_PRECISIONS[config.precision],
        max_epochs=config.epochs,
        accumulate_grad_batches=config.accumulate,
        deterministic=config.deterministic,
        benchmark=not config.deterministic,
        sync_batchnorm=config.sync_batch_norm,
        inference_mode=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=bar,
        callbacks=[book, RichProgressBar(console_kwargs={"stderr": True})] if bar else [book],
        logger=build_loggers(config, out_dir) if rank == 0 else False,
        default_root_dir=out_dir,
    )
    done = trainer.fit_loop.epoch_progress.state_dict()
    done["current"] = dict.fromkeys(done["current"], first_epoch)
    trainer.fit_loop.epoch_progress.load_state_dict(done)
    return trainer


def _strategy(devices: int, accelerator: Literal["cpu", "gpu"]) -> DDPStrategy | str:
    """Choose how devices work together."""
    if devices == 1:
        return "auto"
    backend = "gloo" if accelerator == "cpu" else "nccl"
    return DDPStrategy(cluster_environment=LightningEnvironment(), process_group_backend=backend)


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
