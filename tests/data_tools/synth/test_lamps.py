"""The beam of the own headlights."""

import numpy as np
import pytest

from data_tools.synth.camera import Pose, cast_ground
from data_tools.synth.lamps import beam_on_ground, beam_on_upright, draw_lamps

POSE = Pose(along_m=0.0, lateral_m=0.0, horizon_px=50.0, heading_px=0.0, roll_rad=0.0, focal_px=200.0, height_m=1.5)


@pytest.mark.parametrize("seed", range(4))
def test_beam_is_brightest_some_metres_ahead_and_fades(seed):
    lamps = draw_lamps(np.random.default_rng(seed))
    ground = cast_ground(POSE, 0.0, 161, (52, 200))
    beam = beam_on_ground(lamps, ground)[..., 1]
    middle, depth_m = beam[:, 80], ground.depth_m[:, 80]
    assert 5.0 < depth_m[middle.argmax()] < 15.0
    assert middle.max() == pytest.approx(lamps.beam, rel=0.25)
    assert middle[np.abs(depth_m - 60.0).argmin()] < 0.2 * middle.max()
    row = beam[np.abs(depth_m - 12.0).argmin()]
    assert row[0] < 0.4 * row[80]
    assert np.abs(np.diff(row)).max() < 0.1 * row.max()


def test_upright_things_are_lit_where_the_beam_goes():
    lamps = draw_lamps(np.random.default_rng(0))
    ahead, aside, far = (beam_on_upright(lamps, *at)[1] for at in ((15.0, 0.0), (15.0, 15.0), (80.0, 0.0)))
    assert aside < 0.2 * ahead
    assert far < 0.2 * ahead
