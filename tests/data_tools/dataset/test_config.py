"""The data stage's configuration refuses what it does not know."""

import pytest
from pydantic import ValidationError

from data_tools.dataset.config import DataConfig
from data_tools.validation import describe


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"source": {"type": "synth"}, "classes": ["dry"]}, "classes: "),
        ({"source": {"type": "synth"}, "classes": ["dry", "dry"]}, "classes: expected distinct, non-empty class names"),
        ({"source": {"type": "synth"}, "classes": ["dry", ""]}, "classes: expected distinct, non-empty class names"),
        ({"source": {"type": "synth"}, "classes": "dry,wet"}, "classes: expected a valid tuple, got 'dry,wet'"),
        ({"source": {"type": "class_folders"}}, "source.path: missing"),
        ({"source": {"type": "synth", "path": "x"}}, "source.path: unknown key; (known: drives, type)"),
        (
            {"source": {"type": "synth", "drives": {"drives_per_clas": 3}}},
            "source.drives.drives_per_clas: unknown key; did you mean 'drives_per_class'?",
        ),
        ({"source": {"type": "class_folders", "path": 3}}, "source.path: "),
        ({"source": {"type": "zip"}}, "source: Input tag 'zip' found"),
        ({}, "source: missing"),
    ],
)
def test_refusal_names_the_key(value: dict[str, object], expected: str):
    with pytest.raises(ValidationError) as caught:
        DataConfig.model_validate(value)
    assert describe(caught.value, DataConfig).startswith(expected)


def test_classes_default_to_the_papers():
    assert DataConfig.model_validate({"source": {"type": "synth"}}).classes == ("dry", "wet", "snow")
