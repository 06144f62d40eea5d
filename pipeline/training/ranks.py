"""Start one process a device and watch over them (data-parallel training on one machine)."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from data_tools.artifacts.atomic import write_text
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress
from pipeline.training.config import TrainConfig

POLL_S = 0.2
INPUT_ERROR, CHECK_FAILED = 2, 1
"""Exit codes of a rank that says what is wrong in its `.error` file, after the code."""

_EXCEPTION = re.compile(r"^[\w.]*(Error|Exception|Interrupt)\b.*")


@dataclass(frozen=True)
class RankJob:
    """Name all that a rank has to know."""

    config: TrainConfig
    split: Path
    out_dir: Path
    resume_dir: Path
    fingerprint: str


def train_on_ranks(job: RankJob, progress: Progress) -> None:
    """Train with `config.devices` processes; rank 0 leaves a resume point after every epoch, which holds the outcome.

    Every rank is `python -m pipeline.training.rank`, so that all start alike and this process stays as it was. When
    one of them ends badly the others are stopped; when this process dies they notice and end.

    Args:
        job: What to train.
        progress: Told after every epoch.

    Raises:
        InputError: A rank found something wrong with the input.
        CheckFailedError: The loss was not finite, or a rank died.
    """
    job.resume_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ranks-", dir=job.resume_dir) as name:
        folder = Path(name)
        write_text(folder / "config.json", job.config.model_dump_json())
        paths = (folder, job.split, job.out_dir, job.resume_dir)
        command = [sys.executable, "-m", "pipeline.training.rank", *(str(path.resolve()) for path in paths)]
        shared = _environment(job.config.devices)
        ranks: list[subprocess.Popen[bytes]] = []
        with ExitStack() as stack:
            for rank in range(job.config.devices):
                environment = {**shared, "LOCAL_RANK": str(rank)}
                ranks.append(stack.enter_context(_start([*command, job.fingerprint], environment, folder)))
            try:
                codes = _watch(ranks, progress_file(folder), job.config.epochs, progress)
            finally:
                for process in ranks:
                    process.kill()
        _raise_for(codes, folder)


def progress_file(folder: Path) -> Path:
    """Return the file in which rank 0 writes how many epochs are done."""
    return folder / "epochs"


def error_file(folder: Path, rank: int) -> Path:
    """Return the file in which a rank writes what is wrong: an exit code, and the message."""
    return folder / f"{rank}.error"


def _environment(devices: int) -> Mapping[str, str]:
    """Return the variables by which the ranks find each other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cores = len(os.sched_getaffinity(0))
    return {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "NODE_RANK": "0",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or str(max(1, cores // devices)),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _start(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    """Start a rank; its standard error goes to a file, rank 0's to ours where a bar can be shown."""
    rank = environment["LOCAL_RANK"]
    shows = rank == "0" and sys.stderr.isatty()
    with (folder / f"{rank}.log").open("w", encoding="utf-8") as stream:
        return subprocess.Popen(  # noqa: S603
            list(command),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=None if shows else stream,
        )


def _watch(
    ranks: "Sequence[subprocess.Popen[bytes]]", finished: Path, epochs: int, progress: Progress
) -> list[int | None]:
    """Wait until all ranks are done or one ended badly, and pass rank 0's progress on; return the exit codes."""
    shown = 0
    while True:
        codes = [rank.poll() for rank in ranks]
        done = int(finished.read_text(encoding="utf-8")) if finished.is_file() else 0
        if done > shown:
            shown = done
            progress(done, epochs, "training")
        if any(codes) or all(code == 0 for code in codes):
            return codes
        time.sleep(POLL_S)


def _raise_for(codes: Sequence[int | None], folder: Path) -> None:
    """Raise what the ranks have to say, if one of them ended badly; what they wrote comes before bare codes."""
    if not any(codes):
        return
    for rank in range(len(codes)):
        said = error_file(folder, rank)
        if said.is_file():
            code, _, message = said.read_text(encoding="utf-8").partition(" ")
            raise InputError(message) if int(code) == INPUT_ERROR else CheckFailedError(message)
    rank, ended = next((rank, code) for rank, code in enumerate(codes) if code)
    raise CheckFailedError(f"training: process {rank} ended with code {ended}: {_last_words(folder / f'{rank}.log')}")


def _last_words(log: Path) -> str:
    """Return the last exception of a log, or its last line."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    exceptions = [line for line in lines if _EXCEPTION.match(line)]
    return (exceptions or lines or ["it left no message; was it killed, or out of memory?"])[-1]
