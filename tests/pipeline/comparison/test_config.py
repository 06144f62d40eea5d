import pytest
from pydantic import ValidationError

from data_tools.validation import describe
from pipeline.comparison.config import OUTPUT_NAMES, CompareConfig


def test_every_key_is_described_and_the_defaults_are_the_papers() -> None:
    assert all(field.description for field in CompareConfig.model_fields.values())
    config = CompareConfig()
    assert (config.sigmas, config.runs, config.reference) == ((0, 10, 30, 40, 60), 10, "normal")
    assert [config.runs_at(sigma) for sigma in config.sigmas] == [1, 10, 10, 10, 10]


def test_it_goes_through_json_and_back() -> None:
    config = CompareConfig(seeds=(3,), entries={"normal": {}, "b+c_1.0-x": {"epochs": 3, "method": {"type": "both"}}})
    assert CompareConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"seed": [0]}, "seed: unknown key; did you mean 'seeds'?"),
        ({"seeds": []}, "seeds: Tuple should have at least 1 item"),
        ({"seeds": [0, 1, 0]}, "seeds: expected each once"),
        ({"seeds": [-1]}, "seeds.0: expected greater than or equal to 0"),
        ({"sigmas": [0, 40, 10]}, "sigmas: expected growing values"),
        ({"sigmas": [10, 10]}, "sigmas: expected growing values"),
        ({"sigmas": [256]}, "sigmas.0: expected less than or equal to 255"),
        ({"part": "train"}, "part: expected 'val' or 'test'"),
        ({"reference": "norml"}, "did you mean 'normal'?"),
        ({"entries": {}}, "entries: Dictionary should have at least 1 item"),
        ({"entries": {"a b": {}}}, "String should match pattern"),
        ({"entries": {"../x": {}}}, "String should match pattern"),
        ({"entries": {".lock": {}}}, "String should match pattern"),
        ({"entries": {"normal": 3}}, "entries.normal: expected a valid dictionary"),
    ],
)
def test_wrong_values_are_named(values: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CompareConfig.model_validate(values)
    assert expected in describe(caught.value, CompareConfig)


@pytest.mark.parametrize("name", OUTPUT_NAMES)
def test_no_entry_may_stand_where_an_output_goes(name: str) -> None:
    with pytest.raises(ValidationError, match="output's file name"):
        CompareConfig.model_validate({"entries": {"normal": {}, name: {}}})
