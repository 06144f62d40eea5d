import pytest
from pydantic import BaseModel, ValidationError

from export.config import BundleConfig, ExportConfig, QuantizeConfig


@pytest.mark.parametrize("cls", [ExportConfig, QuantizeConfig, BundleConfig])
def test_round_trip_and_no_unknown_keys(cls: type[BaseModel]):
    assert cls.model_validate_json(cls().model_dump_json()) == cls()
    with pytest.raises(ValidationError, match="Extra inputs"):
        cls.model_validate({"percentil": 99})


@pytest.mark.parametrize(
    ("cls", "wrong"),
    [
        (ExportConfig, {"opset": 17}),
        (ExportConfig, {"opset": 21}),
        (ExportConfig, {"max_abs_logit_difference": 0}),
        (ExportConfig, {"max_abs_logit_difference": float("inf")}),
        (QuantizeConfig, {"calibration": "max"}),
        (QuantizeConfig, {"percentile": 90}),
        (QuantizeConfig, {"percentile": 100.1}),
        (QuantizeConfig, {"max_calibration_pictures": 0}),
        (QuantizeConfig, {"finetune": {"when": "sometimes"}}),
        (QuantizeConfig, {"budget": {"min_int8_share": 1.1}}),
        (QuantizeConfig, {"finetune": {"steps": 0}}),
        (BundleConfig, {"golden_pictures": 0}),
        (BundleConfig, {"golden_pictures": 65}),
    ],
)
def test_bounds(cls: type[BaseModel], wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        cls.model_validate(wrong)


def test_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        QuantizeConfig().percentile = 99.0  # type: ignore[misc]
