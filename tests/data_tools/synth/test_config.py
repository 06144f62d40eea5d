"""The configuration's limits and descriptions."""

import pytest
from pydantic import ValidationError

from data_tools.synth.config import SynthConfig


@pytest.mark.parametrize(
    "bad",
    [
        {"drives_per_class": 0},
        {"frames_per_drive": 0},
        {"height": 31},
        {"height": 2161},
        {"width": 31},
        {"width": 3841},
        {"seed": -1},
        {"colour": "red"},
    ],
)
def test_out_of_range_or_unknown_keys_are_refused(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        SynthConfig.model_validate(bad)


def test_is_frozen():
    config = SynthConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 1


def test_every_field_is_described():
    assert all(field.description for field in SynthConfig.model_fields.values())


def test_json_round_trip():
    config = SynthConfig(drives_per_class=3, height=64, seed=9)
    assert SynthConfig.model_validate_json(config.model_dump_json()) == config
