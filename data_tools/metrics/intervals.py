"""Give a confidence interval to a proportion."""

import math

Z_95 = 1.959963984540054


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Compute the Wilson score interval of a proportion (Wilson 1927, JASA 22:209-212).

    Args:
        successes: Number of successes, 0..trials.
        trials: Number of trials; 0 gives (0, 1), for nothing is known.
        z: Normal quantile; 1.96 for 95 %.

    Returns:
        Lower and upper bound in [0, 1].

    Raises:
        ValueError: successes is outside 0..trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"expected 0 <= successes <= trials, got {successes} of {trials}")
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    denominator = 1 + z * z / trials
    center = (share + z * z / (2 * trials)) / denominator
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / denominator
    return max(0.0, center - half), min(1.0, center + half)
