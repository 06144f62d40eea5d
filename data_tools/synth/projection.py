"""Where things that stand on the road's plane appear in a picture."""

import numpy as np

from data_tools.synth.camera import Pose
from data_tools.synth.cutout import Box
from data_tools.synth.layout import Layout
from data_tools.synth.winding import bend_m


def project(
    side_m: float, ahead_m: float, height_m: float, layout: Layout, *, pose: Pose, width_px: int
) -> tuple[float, Box]:
    """Return how far right of the view's axis a thing stands, and where it appears.

    Args:
        side_m: Distance right of the camera's lane, along the curving road.
        ahead_m: Distance ahead of the camera.
        height_m: Height of the thing.
        layout: The road's curve.
        pose: Camera pose.
        width_px: Picture width.
    """
    right_m = _right_m(side_m, ahead_m, layout, pose)
    col, row = _place(right_m, ahead_m, pose, width_px)
    return right_m, Box(middle_px=col, foot_px=row, height_px=height_m * (pose.focal_px / ahead_m))


def foot_of(side_m: float, ahead_m: float, layout: Layout, pose: Pose, width_px: int) -> tuple[float, float]:
    """Return the (column, row) at which a point of the ground appears."""
    return _place(_right_m(side_m, ahead_m, layout, pose), ahead_m, pose, width_px)


def _right_m(side_m: float, ahead_m: float, layout: Layout, pose: Pose) -> float:
    """Return how far right of the view's axis a point of the road is."""
    right_m = side_m - pose.lateral_m + 0.5 * layout.curve_per_m * ahead_m * ahead_m
    if layout.winding is not None:
        right_m += bend_m(layout.winding, pose.along_m, float(ahead_m))
    return right_m


def _place(right_m: float, ahead_m: float, pose: Pose, width_px: int) -> tuple[float, float]:
    """Return the (column, row) of a point of the ground."""
    scale = pose.focal_px / ahead_m
    right_px = right_m * scale
    cos, sin = float(np.cos(pose.roll_rad)), float(np.sin(pose.roll_rad))
    under_px = pose.height_m * scale
    return (
        width_px / 2 + right_px * cos - under_px * sin,
        pose.horizon_px + under_px * cos + right_px * sin,
    )
