"""Compare two methods on the tiny split within a few seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_tools.artifacts.hashing import sha256_file
from data_tools.progress import Progress
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.entries import resolve
from pipeline.comparison.networks import Surroundings
from pipeline.comparison.plan import Comparison
from tests.pipeline.training.quick import quick_config


def tiny_comparison(
    split_path: Path, out: Path, train: dict[str, object] | None = None, code: str = "1", **changes: object
) -> Comparison:
    """Return a comparison of `normal` and `robust`; `changes` go to the compare section, `train` to the other."""
    config = CompareConfig.model_validate({"seeds": [0, 1], "sigmas": [0, 60], "runs": 2, "batch_size": 4, **changes})
    base = quick_config(**{"method": {"type": "normal"}, "epochs": 2, "loggers": (), **(train or {})})
    around = Surroundings(sha256_file(split_path), {"torch": "1"}, training_code=code, measuring_code=code)
    return Comparison(config, resolve(config, base, "tests"), split_path, out, around)


class Recorder:
    """Hold the reports of a comparison, and stop it with Ctrl-C at one of them."""

    def __init__(self, stop_at: tuple[int, int] | None = None) -> None:
        self.reports: list[tuple[int, int, str]] = []
        self.stop_at = stop_at

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        yield self._show

    def _show(self, done: int, total: int, what: str) -> None:
        self.reports.append((done, total, what.split(maxsplit=1)[0]))
        if (done, total) == self.stop_at:
            raise KeyboardInterrupt

    def of(self, what: str) -> list[tuple[int, int]]:
        return [(done, total) for done, total, name in self.reports if name.startswith(what)]
