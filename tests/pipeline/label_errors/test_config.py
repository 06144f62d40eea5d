import subprocess
import sys

import pytest
from pydantic import ValidationError

from data_tools.images.preprocessing import IMAGENET, Normalization
from pipeline.label_errors.config import LabelErrorConfig


def test_defaults_and_json_round_trip() -> None:
    config = LabelErrorConfig()
    assert (config.weights, config.folds, config.filter_by) == ("imagenet", 5, "low_self_confidence")
    assert LabelErrorConfig.model_validate_json(config.model_dump_json()) == config
    assert all(field.description for field in LabelErrorConfig.model_fields.values())


@pytest.mark.parametrize(
    "value",
    [
        {"folds": 1},
        {"filter_by": "all"},
        {"rank_by": "entropy"},
        {"inverse_regularization": []},
        {"inverse_regularization": [0]},
        {"height": 16},
        {"device": "tpu"},
        {"augment": True},
    ],
)
def test_wrong_values_are_errors(value: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LabelErrorConfig.model_validate(value)


def test_the_preprocessing_is_that_of_the_weights() -> None:
    assert LabelErrorConfig().preprocessing().normalization == IMAGENET
    own = Normalization(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    spec = LabelErrorConfig(normalization=own, height=96, width=128).preprocessing()
    assert (spec.height, spec.width, spec.normalization) == (96, 128, own)


def test_the_configuration_and_the_artifact_need_neither_torch_nor_cleanlab() -> None:
    code = (
        "import sys, pipeline.label_errors.config, pipeline.label_errors.artifact\n"
        "print(sorted({'torch', 'cleanlab', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
