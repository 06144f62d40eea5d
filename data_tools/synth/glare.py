"""Lamps that shine into the lens, with the halo that every lens adds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_tools.synth.arrays import FloatImage, tinted

_HALO_SHARE = 0.10
_HALO_REL = 0.012
_REACH_REL = 0.22
"""Radius in picture widths out to which a halo is drawn."""


@dataclass(frozen=True)
class Light:
    """Hold one lamp as the picture shows it.

    Attributes:
        col_px: Column of its middle.
        row_px: Row of its middle.
        radius_px: Radius of the lamp itself, however small.
        radiance: Linear RGB radiance of the lamp, shape (3,).
        scatter: Share of its light that the air between spreads, 0 to 1.
    """

    col_px: float
    row_px: float
    radius_px: float
    radiance: NDArray[np.float32]
    scatter: float


def add_light(image: FloatImage, light: Light) -> None:
    """Add a lamp and its halo to an image in place.

    The picture of the lamp is a disc no smaller than a pixel's blur, with the lamp's flux;
    the lens spreads 10 % of the flux as a (1 + (r / r0)^2)^-3/2 halo, of which all but a
    smooth window is cut off; light spread by the air adds a wide glow.

    Args:
        image: Linear radiance, shape (H, W, 3).
        light: The lamp.
    """
    width_px = image.shape[1]
    reach_px = _REACH_REL * width_px
    rows = _span(light.row_px, reach_px, image.shape[0])
    cols = _span(light.col_px, reach_px, width_px)
    if rows[0] >= rows[1] or cols[0] >= cols[1]:
        return
    down = np.arange(*rows, dtype=np.float32)[:, None] + np.float32(0.5 - light.row_px)
    right = np.arange(*cols, dtype=np.float32)[None, :] + np.float32(0.5 - light.col_px)
    far = np.sqrt(down * down + right * right)
    flux = np.pi * light.radius_px**2
    disc_px = max(light.radius_px, 0.8)
    disc = np.clip(disc_px + 0.5 - far, 0.0, 1.0) * (flux / (np.pi * disc_px**2))
    window = np.square(np.clip(1.0 - (far / reach_px) ** 2, 0.0, 1.0))
    halo_px = _HALO_REL * width_px
    halo = (1.0 + (far / halo_px) ** 2) ** -1.5 * (_HALO_SHARE * flux / (2 * np.pi * halo_px**2))
    glow_px = 5.0 * halo_px
    glow = np.exp(-far / glow_px) * (0.5 * light.scatter * flux / (2 * np.pi * glow_px**2))
    level = disc * (1.0 - light.scatter) + (halo + glow) * window
    image[rows[0] : rows[1], cols[0] : cols[1]] += tinted(np.asarray(level, dtype=np.float32), light.radiance)


def _span(middle_px: float, reach_px: float, limit_px: int) -> tuple[int, int]:
    """Return the rows or columns within reach, clipped to the picture."""
    return max(0, int(np.floor(middle_px - reach_px))), min(limit_px, int(np.ceil(middle_px + reach_px)))
