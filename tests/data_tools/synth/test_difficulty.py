"""The difficulty dial: what it draws, and what a simple classifier makes of it."""

from pathlib import Path

import numpy as np
import pytest

from data_tools.synth.config import SynthConfig
from data_tools.synth.difficulty import STEPS
from data_tools.synth.drive import plan_drives, render_drive
from data_tools.synth.options import SceneOptions
from data_tools.synth.plan import plan_drive
from tests.data_tools.synth.test_separability import FOLDS, held_out_accuracies, structure

DOCUMENT = Path(__file__).parents[3] / "docs" / "synthetic-drives.md"
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
HOURS = ("day", "dusk", "night")


def plans(difficulty, **options):
    chosen = SceneOptions(difficulty=difficulty, **options)
    return [plan_drive(chosen, np.random.default_rng(seed)) for seed in range(200)]


def test_odds_of_the_weather_never_exceed_one():
    for level in LEVELS:
        assert sum(STEPS[name].at(level) for name in ("night_odds", "dusk_odds")) <= 1.0
        assert sum(STEPS[name].at(level) for name in ("fog_odds", "falling_odds", "clear_odds")) <= 1.0


def test_every_drive_gets_harder_with_the_dial():
    ladder = list(zip(*(plans(level) for level in LEVELS), strict=True))
    for steps in ladder:
        for name in ("cars", "dirt", "stray_light", "noise_factor", "blur_px", "ambiguity"):
            values = [getattr(step, name) for step in steps]
            assert values == sorted(values)
        hours = [HOURS.index(step.hour) for step in steps]
        assert hours == sorted(hours)
    assert {step.hour for step in plans(0.0)} == {"day"}
    assert {step.air for step in plans(0.0)} == {"clear", "overcast"}


@pytest.mark.parametrize("level", [0.4, 1.0])
def test_shares_are_those_of_the_table(level):
    found = plans(level)
    assert np.mean([plan.hour == "night" for plan in found]) == pytest.approx(STEPS["night_odds"].at(level), abs=0.1)
    assert np.mean([plan.air == "fog" for plan in found]) == pytest.approx(STEPS["fog_odds"].at(level), abs=0.1)
    assert np.mean([plan.curves == "winding" for plan in found]) == pytest.approx(0.5 * level, abs=0.1)


def test_options_win_over_the_dial():
    for plan in plans(1.0, time_of_day="day", weather="clear", curves="straight", cars=0.0, lens_dirt=0.0):
        assert (plan.hour, plan.air, plan.curves, plan.cars, plan.dirt) == ("day", "clear", "straight", 0.0, 0.0)
    assert all(plan.noise_factor == STEPS["noise_factor"].hard for plan in plans(1.0, time_of_day="day"))


def test_document_lists_every_step_as_it_is():
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, step in STEPS.items():
        assert f"| `{name}` | {step.easy:g} | {step.hard:g} |" in text


def accuracy(difficulty, drives_per_class):
    features, labels, folds = [], [], []
    config = SynthConfig(
        drives_per_class=drives_per_class, frames_per_drive=2, height=100, width=125, difficulty=difficulty, seed=1
    )
    for drive in plan_drives(config):
        for picture in render_drive(drive):
            features.append([*structure(picture), *picture.mean(axis=(0, 1)) / 85.0])
            labels.append(drive.condition)
            folds.append(int(drive.drive_id[-3:]) % FOLDS)
    return np.mean(held_out_accuracies(np.array(features), np.array(labels), np.array(folds), inverse_penalty=0.02))


def test_a_simple_classifier_does_worse_on_hard_scenes():
    assert accuracy(0.0, 8) > accuracy(1.0, 8) + 0.1


@pytest.mark.slow
def test_a_simple_classifier_does_worse_step_by_step():
    easy, middle, hard = (accuracy(level, 32) for level in (0.0, 0.5, 1.0))
    assert easy > middle - 0.02
    assert middle > hard - 0.02
    assert easy > hard + 0.15
