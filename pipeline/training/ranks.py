"""Start one process a device and watch over them (data-parallel training on one machine)."""

import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from data_tools.artifacts.atomic import write_text
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress
from pipeline.training.config import TrainConfig

POLL_S = 0.2
INPUT_ERROR, CHECK_FAILED = 2, 1
"""Exit codes of a rank that says what is wrong in its `.error` file."""


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
    with tempfile.TemporaryDirectory(prefix="roadgrip-ranks-") as name:
        folder = Path(name)
        write_text(folder / "config.json", job.config.model_dump_json())
        paths = (folder / "config.json", job.split, job.out_dir, job.resume_dir)
        command = [sys.executable, "-m", "pipeline.training.rank", *(str(path.resolve()) for path in paths)]
        shared = _environment(job.config.devices)
        ranks: list[subprocess.Popen[str]] = []
        with ExitStack() as stack:
            for rank in range(job.config.devices):
                environment = {**shared, "LOCAL_RANK": str(rank)}
                ranks.append(stack.enter_context(_start([*command, job.fingerprint], environment, folder)))
            try:
                _watch(ranks, job.config.epochs, progress)
            finally:
                for process in ranks:
                    process.kill()
        for index, process in enumerate(ranks):
            _raise_for(process.returncode, index, folder)


def _environment(devices: int) -> Mapping[str, str]:
    """Return the variables by which the ranks find each other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // devices))
    return {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "NODE_RANK": "0",
        "OMP_NUM_THREADS": threads,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _start(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> "subprocess.Popen[str]":
    """Start a rank; its standard error goes to a file, rank 0's to ours where a bar can be shown."""
    rank = environment["LOCAL_RANK"]
    shows = rank == "0" and sys.stderr.isatty()
    with (folder / f"{rank}.log").open("w", encoding="utf-8") as stream:
        return subprocess.Popen(  # noqa: S603
            [*command, str(folder / f"{rank}.error")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if rank == "0" else subprocess.DEVNULL,
            stderr=None if shows else stream,
            text=True,
        )


def _watch(ranks: "Sequence[subprocess.Popen[str]]", epochs: int, progress: Progress) -> None:
    """Wait until all ranks are done or one ended badly, and pass rank 0's progress on."""
    lines: queue.Queue[str] = queue.Queue()
    if ranks[0].stdout is None:
        raise RuntimeError("expected rank 0 to have a pipe to write to")
    threading.Thread(target=_read, args=(ranks[0].stdout, lines), daemon=True).start()
    while True:
        with suppress(queue.Empty):
            progress(int(lines.get(timeout=POLL_S)), epochs, "training")
            continue
        codes = [rank.poll() for rank in ranks]
        if any(codes) or all(code == 0 for code in codes):
            return


def _read(stream: IO[str], lines: "queue.Queue[str]") -> None:
    """Pass the numbers of finished epochs on."""
    with suppress(ValueError):  # the stream was closed under us, at the end
        for line in stream:
            if line.strip().isdigit():
                lines.put(line)


def _raise_for(code: int, rank: int, folder: Path) -> None:
    """Raise what a rank has to say, if it ended by itself and badly."""
    said = folder / f"{rank}.error"
    if code in {INPUT_ERROR, CHECK_FAILED} and said.is_file():
        message = said.read_text(encoding="utf-8")
        raise InputError(message) if code == INPUT_ERROR else CheckFailedError(message)
    if code not in {0, -9}:
        last = (folder / f"{rank}.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise CheckFailedError(f"training: process {rank} ended with code {code}: {' '.join(last) or 'no message'}")
