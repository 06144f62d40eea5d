"""Say what an engine is, and choose one by name."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol, TypeVar

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")
EngineName = Literal["local", "ray"]


class Engine(Protocol):
    """Run a function on jobs; which results come does not depend on how many run at once."""

    def run(self, function: Callable[[JobT], ResultT], jobs: Sequence[JobT]) -> Iterator[ResultT]:
        """Yield the results in any order, each as soon as it is there.

        Args:
            function: A module-level function; it and the jobs travel to other processes.
            jobs: What to run it on.
        """
        ...


def make_engine(name: EngineName, workers: int | None = None) -> Engine:
    """Return an engine.

    Args:
        name: `local` runs on this machine's cores, `ray` on a Ray cluster (or this machine, when none is there).
        workers: Processes at once; None takes all usable cores (local) or what the cluster has (ray).

    Raises:
        MissingDependencyError: Ray is wanted and not installed.
    """
    if name == "ray":
        from data_tools.engines.ray_data import RayEngine

        return RayEngine(workers)
    from data_tools.engines.local import LocalEngine

    return LocalEngine(workers or usable_cores())


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
