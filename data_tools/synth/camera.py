"""Perspective of a forward camera over flat ground."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatMap
from data_tools.synth.winding import Winding, bend_m, heading_rad

MAX_DEPTH_M = 400.0


@dataclass(frozen=True)
class Camera:
    """Hold what one drive's camera keeps from frame to frame.

    Attributes:
        height_m: Height of the lens over the road.
        focal_rel: Focal length in picture widths.
        horizon_rel: Row of the horizon in picture heights.
        roll_rad: Mounting roll.
        lateral_m: Offset of the lens from the centre of its lane, positive to the right.
        speed_m_per_frame: Advance between two frames.
        start_m: Position along the road at frame 0.
    """

    height_m: float
    focal_rel: float
    horizon_rel: float
    roll_rad: float
    lateral_m: float
    speed_m_per_frame: float
    start_m: float


@dataclass(frozen=True)
class Pose:
    """Hold where the camera is and looks in one frame.

    Attributes:
        along_m: Position along the road.
        lateral_m: Offset from the centre of the lane.
        horizon_px: Row of the horizon in the centre column.
        heading_px: Shift of the far scene to the right.
        roll_rad: Roll of the picture.
        focal_px: Focal length.
        height_m: Height of the lens.
    """

    along_m: float
    lateral_m: float
    horizon_px: float
    heading_px: float
    roll_rad: float
    focal_px: float
    height_m: float


@dataclass(frozen=True)
class Ground:
    """Map a band of picture rows to the ground plane; every map is (rows, W).

    Attributes:
        top_row: First picture row of the band.
        cover: Share of the pixel under the horizon.
        depth_m: Distance ahead of the camera.
        side_m: Distance to the right of the lane's centre, along the curving road.
        right_m: Distance to the right of the view's axis.
        along_m: Position along the road.
        pixel_x_m: Footprint across the road.
        pixel_z_m: Footprint along the road.
        fineness_per_m: Inverse of the footprint's mean side.
        grazing: Cosine of the angle between the view and the vertical.
    """

    top_row: int
    cover: FloatMap
    depth_m: FloatMap
    side_m: FloatMap
    right_m: FloatMap
    along_m: FloatMap
    pixel_x_m: FloatMap
    pixel_z_m: FloatMap
    fineness_per_m: FloatMap
    grazing: FloatMap

    def contrast(self, feature_m: float) -> FloatMap:
        """Return how much of the contrast of features of this size survives in a pixel.

        Averaging n independent features divides their deviation by the root of n.
        """
        return np.asarray(np.minimum(1.0, feature_m * self.fineness_per_m), dtype=np.float32)


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a dash camera."""
    return Camera(
        height_m=float(rng.uniform(1.1, 1.9)),
        focal_rel=float(rng.uniform(0.75, 1.15)),
        horizon_rel=float(rng.uniform(0.30, 0.48)),
        roll_rad=float(rng.normal(0.0, 0.012)),
        lateral_m=float(rng.normal(0.0, 0.25)),
        speed_m_per_frame=float(rng.uniform(0.5, 2.5)),
        start_m=float(rng.uniform(0.0, 500.0)),
    )


def pose_at(
    camera: Camera,
    frame: int,
    curve_per_m: float,
    size_px: tuple[int, int],
    rng: np.random.Generator,
    *,
    winding: Winding | None = None,
) -> Pose:
    """Return the pose of one frame: steady advance plus slight jitter.

    Args:
        camera: The drive's camera.
        frame: Frame index, from 0.
        curve_per_m: Curvature of the road, positive to the right.
        size_px: Picture size, (height, width).
        rng: Source of the jitter, read in frame order.
        winding: Curvature that swings along the road, or None.
    """
    height_px, width_px = size_px
    focal_px = camera.focal_rel * width_px
    travelled_m = camera.speed_m_per_frame * frame
    sway_m, pitch, yaw, roll = rng.normal(0.0, (0.03, 0.003, 0.003, 0.002))
    if winding is not None:
        yaw -= heading_rad(winding, camera.start_m + travelled_m)
    return Pose(
        along_m=camera.start_m + travelled_m,
        lateral_m=camera.lateral_m + float(sway_m),
        horizon_px=camera.horizon_rel * height_px + focal_px * float(pitch),
        heading_px=focal_px * (float(yaw) - curve_per_m * travelled_m),
        roll_rad=camera.roll_rad + float(roll),
        focal_px=focal_px,
        height_m=camera.height_m,
    )


def ground_rows(pose: Pose, size_px: tuple[int, int]) -> tuple[int, int]:
    """Return the first picture row that may show ground and the first that cannot show sky."""
    height_px, width_px = size_px
    tilt_px = abs(np.tan(pose.roll_rad)) * width_px / 2
    first, last = pose.horizon_px - tilt_px - 1, pose.horizon_px + tilt_px + 2
    clipped = np.clip(np.floor([first, last]), (0, 1), (height_px - 1, height_px))
    return int(clipped[0]), int(clipped[1])


def cast_ground(
    pose: Pose, curve_per_m: float, width_px: int, band: tuple[int, int], winding: Winding | None = None
) -> Ground:
    """Intersect the view rays with the road plane.

    With the lens at height h and focal length f, a pixel v under the horizon and u
    right of the centre sees the ground at depth z = h f / v and side x = u z / f; the
    road's centre line is at x = curvature z^2 / 2.

    Args:
        pose: Camera pose.
        curve_per_m: Curvature of the road, positive to the right.
        width_px: Picture width.
        band: Picture rows to map, (first, one past the last).
        winding: Curvature that swings along the road, or None.
    """
    rows = np.arange(*band, dtype=np.float32)[:, None] + 0.5 - pose.horizon_px
    cols = np.arange(width_px, dtype=np.float32)[None, :] + 0.5 - width_px / 2
    cos, sin = float(np.cos(pose.roll_rad)), float(np.sin(pose.roll_rad))
    under_px = rows * cos - cols * sin
    right_px = cols * cos + rows * sin
    reach = pose.height_m * pose.focal_px
    depth_m = reach / np.maximum(under_px, reach / MAX_DEPTH_M)
    pixel_x_m = depth_m * (1.0 / pose.focal_px)
    right_m = right_px * pixel_x_m
    side_m = right_m + (pose.lateral_m - 0.5 * curve_per_m * depth_m * depth_m)
    if winding is not None:
        side_m = side_m - bend_m(winding, pose.along_m, depth_m.astype(np.float32))
    pixel_z_m = depth_m * depth_m * (1.0 / reach)
    slant = (right_px * right_px + under_px * under_px) * (1.0 / pose.focal_px**2) + 1.0
    return Ground(
        top_row=band[0],
        cover=np.clip(under_px + 0.5, 0.0, 1.0).astype(np.float32),
        depth_m=depth_m.astype(np.float32),
        side_m=side_m.astype(np.float32),
        right_m=right_m.astype(np.float32),
        along_m=(depth_m + pose.along_m).astype(np.float32),
        pixel_x_m=pixel_x_m.astype(np.float32),
        pixel_z_m=pixel_z_m.astype(np.float32),
        fineness_per_m=(1.0 / np.sqrt(pixel_x_m * pixel_z_m)).astype(np.float32),
        grazing=(pose.height_m / (depth_m * np.sqrt(slant))).astype(np.float32),
    )
