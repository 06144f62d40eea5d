"""What stands over the horizon, upright and as the wet road mirrors it."""

from dataclasses import dataclass

import cv2
import numpy as np

from data_tools.synth.arrays import FloatImage
from data_tools.synth.camera import Pose
from data_tools.synth.scene import Scene
from data_tools.synth.sky import PANORAMA_WIDTHS, paint_sky
from data_tools.synth.skyline import paint_skyline
from data_tools.synth.textures import Textures


@dataclass(frozen=True)
class Backdrop:
    """Hold the far scenery of a drive.

    Attributes:
        panorama: Radiance, the last row lies on the horizon; shape (rows, cols, 3).
    """

    panorama: FloatImage


def draw_backdrop(scene: Scene, textures: Textures, size_px: tuple[int, int]) -> Backdrop:
    """Paint the panorama of a drive for pictures of (height, width)."""
    height_px = size_px[0]
    share = max(scene.camera.horizon_rel, 1.0 - scene.camera.horizon_rel)
    sky = paint_sky(scene.daylight, textures, size_px, int(height_px * share) + 8, _widths(scene))
    frost = scene.snow.frost if scene.snow else 0.0
    return Backdrop(panorama=paint_skyline(scene.skyline, scene.daylight, textures, sky, size_px, frost=frost))


def view_backdrop(backdrop: Backdrop, pose: Pose, width_px: int, band: tuple[int, int], mirrored: bool) -> FloatImage:
    """Return the far scenery as one frame sees it.

    Args:
        backdrop: Far scenery of the drive.
        pose: Camera pose.
        width_px: Picture width.
        band: Picture rows to show, (first, one past the last).
        mirrored: Return the mirror image under the horizon instead.

    Returns:
        Radiance, shape (rows of the band, W, 3); beyond the horizon the last row repeats.
    """
    rows, cols = backdrop.panorama.shape[:2]
    cos, sin = float(np.cos(pose.roll_rad)), float(np.sin(pose.roll_rad))
    flip = -1.0 if mirrored else 1.0
    middle = (width_px - 1) / 2
    from_view = np.array(
        [
            [cos, sin, cols / 2 - pose.heading_px - cos * middle - sin * pose.horizon_px],
            [
                -sin * flip,
                cos * flip,
                rows - 1 + flip * (sin * middle - cos * pose.horizon_px),
            ],
        ]
    )
    from_view[:, 2] += band[0] * from_view[:, 1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = cv2.warpAffine(
        backdrop.panorama,
        from_view,
        (width_px, band[1] - band[0]),
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(view, dtype=np.float32)


def _widths(scene: Scene) -> float:
    """Return the width of the panorama in picture widths: enough for where the road turns."""
    if scene.layout.winding is None:
        return PANORAMA_WIDTHS
    swing = scene.camera.focal_rel * scene.layout.winding.largest_heading_rad
    return max(PANORAMA_WIDTHS, 1.3 + 2.0 * swing)
