"""The default configuration draws the pictures that it has always drawn."""

import hashlib

import cv2
import numpy as np
import pytest

from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives, render_drive

SMALL = SynthConfig(drives_per_class=3, frames_per_drive=2, height=100, width=125)
DIGESTS = {
    "drive_dry_000": ["0a6eb4f53730627f", "cf8d49a343a51d7c"],
    "drive_dry_001": ["15eb7e081d919d6d", "4501351f11865bc9"],
    "drive_dry_002": ["4c9a0c3561d30c36", "21fcd08413492f3f"],
    "drive_wet_000": ["ca98de9aefc7c621", "e13d250997eb7d02"],
    "drive_wet_001": ["f1c4921e67d18587", "99860d0d84852135"],
    "drive_wet_002": ["3399e5b67a581cde", "c5e3204c54803961"],
    "drive_snow_000": ["9ed40133ab15bfc5", "b9e745a2fdabfaba"],
    "drive_snow_001": ["9313f7a2b9c1d48a", "00f603cf88d4f3f6"],
    "drive_snow_002": ["3dbbec2e0c0949a7", "d55e52670dd9b1f4"],
}
MEANS = {
    "drive_dry_000": [128.52, 130.59],
    "drive_dry_001": [97.45, 96.81],
    "drive_dry_002": [146.78, 148.67],
    "drive_wet_000": [137.63, 137.51],
    "drive_wet_001": [99.99, 99.16],
    "drive_wet_002": [105.0, 104.54],
    "drive_snow_000": [124.15, 124.94],
    "drive_snow_001": [136.93, 137.5],
    "drive_snow_002": [150.72, 152.01],
}
ARITHMETIC = "049ebeb579e9c88c"
"""Digest of `arithmetic()` on the machine where the digests above were taken."""


def arithmetic():
    """Digest a few float operations: other processors and libraries round their last bits differently."""
    noise = np.random.default_rng(0).standard_normal((64, 64), dtype=np.float32)
    smooth = np.fft.irfft2(np.fft.rfft2(noise) * np.float32(0.3)).astype(np.float32)
    blurred = cv2.GaussianBlur(smooth, (0, 0), 0.7)
    moved = cv2.remap(blurred, np.abs(noise) * 20, np.abs(smooth) * 50, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    warped = cv2.warpAffine(moved, np.float64([[0.8, 0.1, 3], [0.05, 0.7, 2]]), (64, 64), flags=cv2.INTER_LINEAR)
    mixed = cv2.transform(cv2.merge([warped, moved, blurred]), np.float64([[0.3, 0.6, 0.1], [0.2, 0.2, 0.6]]))
    curve = np.exp(-mixed * mixed) * np.sin(mixed) + np.sqrt(np.abs(mixed))
    return hashlib.sha256(curve.tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("drive", plan_drives(SMALL), ids=lambda drive: drive.drive_id)
def test_default_pictures_stay_as_they_are(drive):
    frames = list(render_drive(drive))
    found = [float(frame.mean()) for frame in frames]
    assert found == pytest.approx(MEANS[drive.drive_id], abs=0.05)
    if arithmetic() == ARITHMETIC:
        assert [hashlib.sha256(frame.tobytes()).hexdigest()[:16] for frame in frames] == DIGESTS[drive.drive_id]


def test_default_size_stays_as_it_is():
    drives = [drive for drive in plan_drives(SynthConfig()) if drive.drive_id.endswith("_007")]
    frames = [next(iter(render_drive(drive))) for drive in drives]
    assert [float(frame.mean()) for frame in frames] == pytest.approx([120.19, 102.1, 160.3], abs=0.05)
    if arithmetic() == ARITHMETIC:
        digest = hashlib.sha256(b"".join(frame.tobytes() for frame in frames))
        assert digest.hexdigest()[:16] == "b7869ad8bbb78f26"
