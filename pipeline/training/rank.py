"""Be one rank of a data-parallel training: `python -m pipeline.training.rank`, started by `ranks`."""

import os
import sys
import threading
from pathlib import Path

from data_tools.artifacts.atomic import write_text
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import open_split
from pipeline.training.bookkeeping import Bookkeeping
from pipeline.training.config import TrainConfig
from pipeline.training.epochs import choose_accelerator, prepare, train_epochs
from pipeline.training.lightning_trainer import plain_interrupt, quiet_lightning
from pipeline.training.ranks import CHECK_FAILED, INPUT_ERROR, RankJob, error_file, progress_file
from pipeline.training.reproducible import reproducible
from pipeline.training.resume import load_resume_point


def main(job: RankJob, folder: Path) -> int:
    """Train as the rank that LOCAL_RANK names.

    Args:
        job: What to train.
        folder: Gets the progress of rank 0, and the message of an error that the user can mend.

    Returns:
        The exit code.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    rank = int(os.environ["LOCAL_RANK"])
    config = job.config

    def say_epoch(done: int, total: int, what: str) -> None:  # noqa: ARG001
        write_text(progress_file(folder), str(done))

    try:
        split = open_split(job.split)
        with (
            reproducible(config.seed, config.threads, deterministic=config.deterministic),
            quiet_lightning(),
            plain_interrupt(),
        ):
            start = prepare(config, split)
            earlier = load_resume_point(job.resume_dir, job.fingerprint)
            book = Bookkeeping(job.fingerprint, job.resume_dir, say_epoch, earlier)
            accelerator = choose_accelerator(config)
            train_epochs(config, split, start, book, earlier, accelerator=accelerator, out_dir=job.out_dir, rank=rank)
    except (InputError, CheckFailedError) as error:
        code = INPUT_ERROR if isinstance(error, InputError) else CHECK_FAILED
        write_text(error_file(folder, rank), f"{code} {error}")
        return code
    return 0


def _end_with_parent() -> None:
    """End when the parent's end of our standard input closes, which happens however it dies."""
    sys.stdin.read()
    os._exit(CHECK_FAILED)  # the other threads may be deep in a collective call


if __name__ == "__main__":
    shared, split, out, resume, fingerprint = sys.argv[1:]
    settings = TrainConfig.model_validate_json((Path(shared) / "config.json").read_text(encoding="utf-8"))
    sys.exit(main(RankJob(settings, Path(split), Path(out), Path(resume), fingerprint), Path(shared)))
