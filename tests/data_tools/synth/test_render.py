"""What rendered drives promise: same bytes, right shapes, a camera that moves."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from data_tools.synth.conditions import CONDITIONS
from data_tools.synth.drive import DriveSpec, render_drive

SPEC = DriveSpec(drive_id="drive_dry_000", condition="dry", seed=5, frames=3, height=96, width=128)


def frames_of(spec):
    return np.stack(list(render_drive(spec)))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_same_spec_gives_the_same_bytes(condition):
    spec = replace(SPEC, condition=condition)
    assert frames_of(spec).tobytes() == frames_of(spec).tobytes()


def test_longer_drive_starts_with_the_same_frames():
    assert np.array_equal(frames_of(replace(SPEC, frames=5))[:3], frames_of(SPEC))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_other_seed_gives_another_drive(condition):
    spec = replace(SPEC, condition=condition)
    assert not np.array_equal(frames_of(spec), frames_of(replace(spec, seed=6)))


def test_each_condition_looks_different_from_the_same_seed():
    dry, wet, snow = (frames_of(replace(SPEC, condition=condition))[0] for condition in CONDITIONS)
    for one, other in ((dry, wet), (wet, snow), (snow, dry)):
        assert np.abs(one.astype(float) - other).mean() > 3.0


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("size", [(64, 96), (33, 47), (48, 32), (32, 300), (200, 32)])
def test_odd_sizes(condition, size):
    spec = replace(SPEC, condition=condition, frames=2, height=size[0], width=size[1])
    for frame in render_drive(spec):
        assert frame.shape == (*size, 3)
        assert frame.dtype == np.uint8
        assert frame.std() > 2.0


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("seed", range(4))
def test_frames_of_a_drive_differ_but_belong_together(condition, seed):
    frames = frames_of(replace(SPEC, condition=condition, seed=seed))
    coarse = [cv2.resize(frame, (16, 12), interpolation=cv2.INTER_AREA) for frame in frames]
    for index, (before, after) in enumerate(pairwise(coarse)):
        assert np.abs(frames[index].astype(float) - frames[index + 1]).mean() > 0.5
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.5
    assert np.ptp(frames.mean(axis=(1, 2, 3))) < 25.0


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("condition", CONDITIONS)
def test_exposure_is_usable(condition, seed):
    frame = frames_of(replace(SPEC, condition=condition, seed=100 + seed, frames=1))[0]
    assert 40.0 < frame.mean() < 225.0
    assert (frame >= 254).mean() < 0.5
