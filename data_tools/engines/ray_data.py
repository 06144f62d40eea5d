"""Run jobs on Ray Data: on the cluster that RAY_ADDRESS names, or on this machine."""

import logging
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TypeVar

from data_tools.errors import MissingDependencyError

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


class RayEngine:
    """Run jobs as tasks of Ray Data, one core each.

    Jobs name files: on a cluster, pictures and the work folder must lie on storage that every node mounts at the same
    path, and Roadgrip must be installed on every node.
    """

    def __init__(self, workers: int | None = None) -> None:
        """Check that Ray is there.

        Args:
            workers: Tasks at once; None leaves it to Ray.

        Raises:
            MissingDependencyError: Ray Data is not installed.
        """
        if find_spec("ray") is None or find_spec("pyarrow") is None or find_spec("pandas") is None:
            raise MissingDependencyError(
                "--engine ray needs ray[data], not installed here; in the checkout, run: pip install '.[ray]'"
            )
        self._workers = workers

    def run(self, function: Callable[[JobT], ResultT], jobs: Sequence[JobT]) -> Iterator[ResultT]:
        """Yield the results (see `Engine`)."""
        if not jobs:
            return
        import ray.data

        def call(row: dict[str, bytes]) -> dict[str, bytes]:
            return {"result": pickle.dumps(function(pickle.loads(row["job"])))}  # noqa: S301 - made below

        with _connected(self._workers):
            rows = ray.data.from_items([{"job": pickle.dumps(job)} for job in jobs], override_num_blocks=len(jobs))
            results = rows.map(call, num_cpus=1, concurrency=self._workers)
            for row in results.iter_rows():
                yield pickle.loads(row["result"])  # noqa: S301 - made by `call`


@contextmanager
def _connected(workers: int | None) -> Iterator[None]:
    """Connect to a cluster or start Ray on this machine, quietly, and leave nothing running that we started."""
    import ray
    import ray.data

    if ray.is_initialized():
        yield
        return
    # Only an own, local Ray may be told how many cores to take.
    cores = workers if workers and not os.environ.get("RAY_ADDRESS") else None
    ray.init(
        num_cpus=cores,
        include_dashboard=False,
        configure_logging=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()
