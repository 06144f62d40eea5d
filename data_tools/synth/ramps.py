"""Soft thresholds: smooth steps and box-filtered stripes."""

import numpy as np

from data_tools.synth.arrays import FloatMap


def smooth_step(value: FloatMap, low: float, high: float) -> FloatMap:
    """Rise smoothly from 0 at `low` to 1 at `high`.

    Args:
        value: Any shape.
        low: Value at which the ramp leaves 0.
        high: Value at which the ramp reaches 1; must be above `low`.

    Returns:
        Cubic ramp of the shape of `value`.
    """
    t = np.clip((value - low) * (1.0 / (high - low)), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)


def half_plane(distance_m: FloatMap, pixel_m: FloatMap) -> FloatMap:
    """Return the share of each pixel that lies on the positive side of an edge.

    Args:
        distance_m: Signed distance of the pixel centre from the edge.
        pixel_m: Width of the pixel's footprint on the ground.

    Returns:
        Coverage, 0 to 1.
    """
    return np.asarray(np.clip(distance_m / pixel_m + 0.5, 0.0, 1.0), dtype=np.float32)


def stripe(offset_m: FloatMap, half_width_m: float, pixel_m: FloatMap) -> FloatMap:
    """Return the share of each pixel that a stripe covers (box filter).

    Args:
        offset_m: Signed distance of the pixel centre from the stripe's centre line.
        half_width_m: Half of the stripe's width.
        pixel_m: Width of the pixel's footprint on the ground.

    Returns:
        Coverage, 0 to 1; a stripe thinner than a pixel fades instead of breaking up.
    """
    return half_plane(offset_m + half_width_m, pixel_m) - half_plane(offset_m - half_width_m, pixel_m)
