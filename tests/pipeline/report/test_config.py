import pytest
from pydantic import ValidationError

from pipeline.report.config import ReportConfig


def test_config_survives_json():
    config = ReportConfig(title="x", sample_pictures_per_class=0, thumbnail_px=64)
    assert ReportConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("value", [{"sample_pictures_per_class": 25}, {"thumbnail_px": 8}, {"title": ""}, {"extra": 1}])
def test_wrong_values_are_refused(value):
    with pytest.raises(ValidationError):
        ReportConfig.model_validate(value)
