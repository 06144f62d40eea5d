"""Where other cars are, and which way they face."""

from dataclasses import replace

import numpy as np
import pytest

from data_tools.synth.layout import draw_layout
from data_tools.synth.traffic import Car, ahead_m, draw_traffic

LAYOUT = replace(draw_layout(np.random.default_rng(0)), lanes_left=1, lanes_right=1, lane_m=3.5)


def test_left_lanes_come_and_the_others_go():
    cars = [car for seed in range(20) for car in draw_traffic(0.7, LAYOUT, np.random.default_rng(seed))]
    assert {car.side_m for car in cars} == {-3.5, 0.0, 3.5}
    assert all(car.oncoming == (car.side_m < 0.0) for car in cars)


def test_full_density_fills_every_slot():
    cars = draw_traffic(1.0, LAYOUT, np.random.default_rng(3))
    assert sum(car.oncoming for car in cars) == 5
    assert len(cars) == 7


@pytest.mark.parametrize(("pace", "expected"), [(1.0, 30.0), (-1.0, 10.0), (-2.0, 0.0)])
def test_cars_move_against_the_camera(pace, expected):
    assert ahead_m(Car(0.0, 30.0, pace, 1), 10.0) == pytest.approx(expected)


def test_oncoming_cars_return_and_cars_ahead_stay():
    assert ahead_m(Car(0.0, 30.0, -1.0, 1), 20.0) == pytest.approx(170.0)
