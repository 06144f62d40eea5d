"""Cross-section of the road: lanes, shoulders, curve."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatMap
from data_tools.synth.camera import Ground
from data_tools.synth.ramps import half_plane
from data_tools.synth.winding import Winding

WHEEL_HALF_TRACK_M = 0.78


@dataclass(frozen=True)
class Layout:
    """Hold the road's cross-section; the camera's lane is centred on 0.

    Attributes:
        lane_m: Lane width.
        lanes_left: Lanes left of the camera's lane.
        lanes_right: Lanes right of the camera's lane.
        shoulder_m: Paved width outside the outermost lane.
        ragged_m: Irregularity of the pavement's edge.
        path_half_m: Half width of one wheel path.
        curve_per_m: Curvature, positive to the right.
        winding: Curvature that comes on top and swings along the road, or None.
    """

    lane_m: float
    lanes_left: int
    lanes_right: int
    shoulder_m: float
    ragged_m: float
    path_half_m: float
    curve_per_m: float
    winding: Winding | None = None

    @property
    def left_m(self) -> float:
        """Left end of the lanes."""
        return -self.lane_m * (0.5 + self.lanes_left)

    @property
    def right_m(self) -> float:
        """Right end of the lanes."""
        return self.lane_m * (0.5 + self.lanes_right)


def draw_layout(rng: np.random.Generator) -> Layout:
    """Draw a road of one to four lanes."""
    return Layout(
        lane_m=float(rng.uniform(2.9, 3.7)),
        lanes_left=int(rng.choice([0, 1, 1, 1, 2])),
        lanes_right=int(rng.choice([0, 0, 0, 1])),
        shoulder_m=float(rng.uniform(0.2, 1.8)),
        ragged_m=float(rng.uniform(0.02, 0.2)),
        path_half_m=float(rng.uniform(0.2, 0.42)),
        curve_per_m=float(rng.normal(0.0, 0.0018)),
    )


def pavement_cover(layout: Layout, ground: Ground, wobble: FloatMap) -> FloatMap:
    """Return the share of each pixel that is paved.

    Args:
        layout: Cross-section of the road.
        ground: Ground map.
        wobble: Unit noise that moves the edge, shape of the ground.
    """
    side_m = np.asarray(ground.side_m + wobble * layout.ragged_m, dtype=np.float32)
    left_m, right_m = layout.left_m - layout.shoulder_m, layout.right_m + layout.shoulder_m
    soft_m = np.asarray(ground.pixel_x_m + 0.5 * layout.ragged_m, dtype=np.float32)
    return half_plane(side_m - left_m, soft_m) * half_plane(right_m - side_m, soft_m)


def wheel_paths(layout: Layout, ground: Ground) -> FloatMap:
    """Return how deep in a wheel path each pixel is: 1 in the middle, 0 outside."""
    wander_m = 0.12 * np.sin(ground.along_m * 0.11) + 0.07 * np.sin(ground.along_m * 0.31 + 1.0)
    side_m = ground.side_m + wander_m
    in_lane_m = side_m - layout.lane_m * np.round(side_m * (1.0 / layout.lane_m))
    off_m = np.abs(np.abs(in_lane_m) - WHEEL_HALF_TRACK_M)
    depth = np.clip(1.0 - off_m * (1.0 / (1.6 * layout.path_half_m)), 0.0, 1.0)
    inside = (side_m > layout.left_m) & (side_m < layout.right_m)
    return np.asarray(np.minimum(depth * 1.6, 1.0) * inside, dtype=np.float32)
