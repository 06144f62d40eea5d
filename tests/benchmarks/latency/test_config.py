import pytest
from pydantic import ValidationError

from benchmarks.latency.config import LatencyConfig


def test_defaults_and_round_trip():
    config = LatencyConfig()
    assert config.model_dump() == {
        "warmup": 10,
        "rounds": 100,
        "threads": 1,
        "batch_size": 1,
        "frame_height": 720,
        "frame_width": 1280,
        "provider": "cpu",
        "variants": (),
    }
    assert LatencyConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("wrong", [{"round": 3}, {"rounds": 0}, {"threads": 0}, {"variants": ["a", "a"]}])
def test_wrong_values_are_refused(wrong: dict):
    with pytest.raises(ValidationError):
        LatencyConfig.model_validate(wrong)
