"""Derive percentiles and ratios from raw latency samples."""

from collections.abc import Sequence

import numpy as np

from benchmarks.latency.artifact import LatencyRow
from benchmarks.latency.measure import Probe


def percentile_ms(samples_ms: Sequence[float], percent: float) -> float:
    """Return a percentile of samples, linear between neighbours (Hyndman and Fan 1996, type 7)."""
    return float(np.percentile(np.asarray(samples_ms, dtype=np.float64), percent))


def latency_rows(
    probes: Sequence[Probe], samples_ms: Sequence[tuple[float, ...]], reference: str
) -> tuple[LatencyRow, ...]:
    """Summarise samples in one row a probe.

    Args:
        probes: What was timed.
        samples_ms: The samples of each probe, ms.
        reference: The variant whose p50 in the same mode every ratio is taken over.
    """
    p50_ms = [percentile_ms(samples, 50) for samples in samples_ms]
    reference_ms = {
        probe.mode: value for probe, value in zip(probes, p50_ms, strict=True) if probe.variant == reference
    }
    return tuple(
        LatencyRow(
            variant=probe.variant,
            mode=probe.mode,
            samples_ms=samples,
            p50_ms=middle,
            p90_ms=percentile_ms(samples, 90),
            p99_ms=percentile_ms(samples, 99),
            min_ms=min(samples),
            ratio_to_reference=middle / reference_ms[probe.mode],
        )
        for probe, samples, middle in zip(probes, samples_ms, p50_ms, strict=True)
    )
