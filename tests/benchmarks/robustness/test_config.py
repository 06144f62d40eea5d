import pytest
from pydantic import ValidationError

from benchmarks.robustness.conditions import CLEAN, conditions
from benchmarks.robustness.config import PerturbationGrid, RobustnessConfig
from data_tools.perturbations import names
from data_tools.validation import describe


def test_defaults_and_round_trip():
    config = RobustnessConfig()
    assert [(grid.name, grid.severities) for grid in config.perturbations] == [
        ("gaussian_noise", (10, 30, 40, 60)),
        ("occlusion", (5, 10, 20)),
    ]
    assert (config.part, config.runs, config.batch_size, config.threads) == ("test", 5, 32, None)
    assert (config.variants, config.limit) == ((), None)
    assert RobustnessConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("name", names())
def test_every_registered_perturbation_can_be_configured(name: str):
    assert PerturbationGrid(name=name, severities=(1,)).name == name


def test_unknown_perturbation_names_the_key_and_the_closest():
    with pytest.raises(ValidationError) as caught:
        RobustnessConfig.model_validate({"perturbations": [{"name": "gausian_noise", "severities": [10]}]})
    text = describe(caught.value, RobustnessConfig)
    assert text.startswith("perturbations.0.name: unknown perturbation 'gausian_noise'; did you mean 'gaussian_noise'?")


@pytest.mark.parametrize(
    "wrong",
    [
        {"part": "tests"},
        {"runs": 0},
        {"limit": 0},
        {"threads": 0},
        {"severity": 1},
        {"variants": ["a", "a"]},
        {"perturbations": [{"name": "occlusion", "severities": []}]},
        {"perturbations": [{"name": "occlusion", "severities": [0]}]},
        {"perturbations": [{"name": "occlusion", "severities": [5, 5]}]},
        {"perturbations": [{"name": "occlusion", "severities": [float("nan")]}]},
        {"perturbations": [{"name": "occlusion", "severities": [1]}, {"name": "occlusion", "severities": [2]}]},
    ],
)
def test_wrong_values_are_refused(wrong: dict):
    with pytest.raises(ValidationError):
        RobustnessConfig.model_validate(wrong)


def test_conditions_are_clean_once_and_every_severity_for_all_runs():
    listed = conditions(RobustnessConfig(runs=3))
    assert (listed[0].perturbation, listed[0].severity, listed[0].runs) == (CLEAN, 0, 1)
    assert [item.severity for item in listed[1:]] == [10, 30, 40, 60, 5, 10, 20]
    assert {item.runs for item in listed[1:]} == {3}
