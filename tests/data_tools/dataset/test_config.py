"""The data stage's configuration refuses what it does not know."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from data_tools.checks.config import ChecksConfig
from data_tools.dataset.config import DataConfig, NearDuplicateConfig
from data_tools.sources.labels import LabelMap
from data_tools.validation import describe

SYNTH = {"source": {"type": "synth"}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SYNTH | {"classes": ["dry"]}, "classes: "),
        (SYNTH | {"classes": ["dry", "dry"]}, "classes: expected distinct, non-empty class names"),
        (SYNTH | {"classes": ["dry", ""]}, "classes: expected distinct, non-empty class names"),
        (SYNTH | {"classes": "dry,wet"}, "classes: expected a valid tuple, got 'dry,wet'"),
        ({"source": {"type": "class_folders"}}, "source.path: missing"),
        ({"source": {"type": "synth", "path": "x"}}, "source.path: unknown key; (known: drives, type)"),
        (
            {"source": {"type": "synth", "drives": {"drives_per_clas": 3}}},
            "source.drives.drives_per_clas: unknown key; did you mean 'drives_per_class'?",
        ),
        ({"source": {"type": "class_folders", "path": 3}}, "source.path: "),
        ({"source": {"type": "zip"}}, "source.type: unknown 'zip'; (known: "),
        ({}, "source: missing"),
        (SYNTH | {"checks": {"darc": {}}}, "checks.darc: unknown key; did you mean 'dark'?"),
        (SYNTH | {"checks": {"dark": {"action": "delete"}}}, "checks.dark.action: expected "),
        (SYNTH | {"checks": {"truncated": {"action": "report"}}}, "checks.truncated.action: expected 'quarantine'"),
        (SYNTH | {"near_duplicates": {"max_distance": 17}}, "near_duplicates.max_distance: "),
        (SYNTH | {"near_duplicates": {"min_similarity": 0}}, "near_duplicates.min_similarity: "),
        (SYNTH | {"near_duplicates": {"enable": False}}, "near_duplicates.enable: unknown key; did you mean 'enabled'"),
        (SYNTH | {"cache": {"height": 224}}, "cache.width: missing"),
        (SYNTH | {"cache": {"height": 224, "width": 16}}, "cache.width: "),
        (SYNTH | {"cache": {"height": 32, "width": 32, "interpolation": "cubic"}}, "cache.interpolation: expected "),
        (SYNTH | {"labels": {"ice": "snow", "ignore": ["ice"]}}, "labels: expected each label to be mapped or ignored"),
    ],
)
def test_refusal_names_the_key(value: dict[str, object], expected: str):
    with pytest.raises(ValidationError) as caught:
        DataConfig.model_validate(value)
    assert describe(caught.value, DataConfig).startswith(expected)


def test_defaults():
    config = DataConfig.model_validate(SYNTH)
    assert config.classes == ("dry", "wet", "snow"), "the paper's"
    assert (config.labels, config.checks, config.near_duplicates) == (LabelMap(), ChecksConfig(), NearDuplicateConfig())
    assert (config.cache, config.parquet) == (None, False)


def test_json_round_trip():
    config = DataConfig.model_validate(
        {
            "source": {"type": "combined", "sources": {"a": {"type": "class_folders", "path": "x"}}},
            "labels": {"ice": "snow", "ignore": ["mud"]},
            "checks": {"dark": {"action": "off"}},
            "near_duplicates": {"enabled": False},
            "cache": {"height": 32, "width": 64, "interpolation": "linear"},
        }
    )
    assert DataConfig.model_validate_json(config.model_dump_json()) == config


def test_label_map_from_a_file(tmp_path: Path):
    (tmp_path / "labels.yaml").write_text("ice: snow\nignore: [mud]\n")
    config = DataConfig.model_validate(SYNTH | {"labels": str(tmp_path / "labels.yaml")})
    assert (config.labels.mapping, config.labels.ignore) == ({"ice": "snow"}, ("mud",))
