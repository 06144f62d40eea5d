"""Painted lane markings."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatMap, Rgb
from data_tools.synth.camera import Ground
from data_tools.synth.layout import Layout
from data_tools.synth.ramps import half_plane, smooth_step, stripe


@dataclass(frozen=True)
class Markings:
    """Hold the paint of a drive.

    Attributes:
        edge_lines: Whether the outer edges are painted.
        lane_lines: Whether lane borders are painted.
        dash_m: Length of a dash.
        gap_m: Gap between dashes.
        half_width_m: Half width of a line.
        wear: Share of paint that is gone, 0 to 1.
        colour: Albedo of the paint.
    """

    edge_lines: bool
    lane_lines: bool
    dash_m: float
    gap_m: float
    half_width_m: float
    wear: float
    colour: Rgb


def draw_markings(rng: np.random.Generator) -> Markings:
    """Draw white or yellow lines, fresh or worn, sometimes none."""
    yellow = bool(rng.random() < 0.2)
    return Markings(
        edge_lines=bool(rng.random() < 0.75),
        lane_lines=bool(rng.random() < 0.85),
        dash_m=float(rng.uniform(2.0, 6.0)),
        gap_m=float(rng.uniform(3.0, 9.0)),
        half_width_m=float(rng.uniform(0.05, 0.09)),
        wear=float(rng.uniform(0.1, 0.75)),
        colour=(0.62, 0.45, 0.10) if yellow else (0.66, 0.66, 0.64),
    )


def paint_cover(markings: Markings, layout: Layout, ground: Ground, worn: FloatMap) -> FloatMap:
    """Return the share of each pixel that is covered with paint.

    Args:
        markings: The drive's paint.
        layout: Cross-section of the road.
        ground: Ground map.
        worn: Unit noise that eats the paint, shape of the ground.
    """
    cover = np.zeros_like(ground.side_m)
    if markings.edge_lines:
        for edge_m in (layout.left_m, layout.right_m):
            cover += stripe(ground.side_m - edge_m, markings.half_width_m, ground.pixel_x_m)
    if markings.lane_lines:
        period_m = markings.dash_m + markings.gap_m
        phase_m = ground.along_m - period_m * np.round(ground.along_m * (1.0 / period_m))
        inside_m = np.asarray(0.5 * markings.dash_m - np.abs(phase_m), dtype=np.float32)
        dash = half_plane(inside_m, ground.pixel_z_m)
        far = np.clip(ground.pixel_z_m * (1.0 / period_m) - 0.3, 0.0, 1.0)
        dash = dash + (markings.dash_m / period_m - dash) * far
        for border in range(layout.lanes_left + layout.lanes_right):
            line_m = ground.side_m - (layout.left_m + (border + 1) * layout.lane_m)
            cover += dash * stripe(line_m, markings.half_width_m, ground.pixel_x_m)
    kept = 1.0 - smooth_step(worn, 1.6 - 2.4 * markings.wear, 2.6 - 2.4 * markings.wear)
    return np.asarray(np.minimum(cover, 1.0) * (0.15 + 0.8 * kept), dtype=np.float32)
