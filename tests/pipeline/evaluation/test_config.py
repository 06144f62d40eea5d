import pytest
from pydantic import ValidationError

from pipeline.evaluation.config import EvaluateConfig


def test_defaults_and_json_round_trip() -> None:
    config = EvaluateConfig()
    assert (config.part, config.sigma, config.runs, config.batch_size) == ("test", 40, 10, 64)
    assert EvaluateConfig.model_validate_json(config.model_dump_json()) == config
    assert all(field.description for field in EvaluateConfig.model_fields.values())


@pytest.mark.parametrize("value", [{"sigma": 0}, {"runs": 0}, {"part": "all"}, {"bins": 10}])
def test_wrong_values_are_errors(value: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EvaluateConfig.model_validate(value)
