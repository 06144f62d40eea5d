"""Label maps: how they are written, which entry wins, and what is refused."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from data_tools.errors import InputError
from data_tools.sources.labels import LabelMap, Verdict, default_label_map
from data_tools.sources.roadsaw_names import CLASSES as ROADSAW
from data_tools.sources.rscd_names import CLASSES as RSCD
from data_tools.validation import describe


class Holder(BaseModel):
    labels: LabelMap = LabelMap()


def label_map(value: object) -> LabelMap:
    return LabelMap.model_validate(value)


def test_file_and_mapping_say_the_same(tmp_path: Path):
    path = tmp_path / "labels.yaml"
    path.write_text("# a comment\nasphalt wet: wet\n'dry_*': dry\nignore: [ice, 'mud_*']\n")
    written = {"asphalt wet": "wet", "dry_*": "dry", "ignore": ["ice", "mud_*"]}
    assert label_map(path) == label_map(str(path)) == label_map(written)
    holder = Holder.model_validate({"labels": str(path)})
    assert holder.model_dump(mode="json") == {"labels": written}
    assert Holder.model_validate_json(holder.model_dump_json()) == holder
    assert Holder.model_validate_json(Holder().model_dump_json()) == Holder()
    path.write_text("")
    assert label_map(path) == LabelMap()


def test_exact_entries_beat_patterns():
    labels = label_map({"wet_*": "wet", "wet_snow": "snow", "ignore": ["wet_mud", "*.tmp"]})
    assert labels.verdict("wet_asphalt") == Verdict("wet", "wet_*")
    assert labels.verdict("wet_snow") == Verdict("snow", "wet_snow")
    assert labels.verdict("wet_mud") == Verdict(None, "wet_mud")
    assert labels.verdict("a.tmp") == Verdict(None, "*.tmp")
    assert labels.verdict("Wet_asphalt") is None
    assert labels.verdict("dry") is None


def test_patterns_that_disagree_are_refused():
    labels = label_map({"wet_*": "wet", "*_gravel": "dry", "*_asphalt": "wet"})
    assert labels.verdict("wet_asphalt") == Verdict("wet", "wet_*"), "two patterns may say the same"
    with pytest.raises(
        InputError, match=r"'wet_gravel' fits patterns that disagree \('wet_\*' → wet, '\*_gravel' → dry"
    ):
        labels.verdict("wet_gravel")
    with pytest.raises(InputError, match="→ ignored"):
        label_map({"wet_*": "wet", "ignore": ["*_gravel"]}).verdict("wet_gravel")


def test_target_must_be_a_class():
    with pytest.raises(InputError, match="expected one of the classes dry, wet as target, got ice: snow"):
        label_map({"ice": "snow", "a": "dry"}).check_targets(("dry", "wet"))
    label_map({"a": "dry"}).check_targets(("dry", "wet"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: dry\nb: wet\na: wet\n", "line 3: 'a' stands twice"),
        ("yes: dry\n", "line 1: expected a text as label; quote 'yes'"),
        ("a: dry\n1: wet\n", "line 2: expected a text as label; quote '1'"),
        ("- a\n", "expected lines 'source label: class', got a list"),
        ("a: [", "expected YAML"),
        ("a: dry\nignore: [a]\n", "expected each label to be mapped or ignored, but a is both"),
        ("a: 3\n", "labels.mapping.a: expected a valid string, got 3"),
        ("ignore: a\n", "labels.ignore: expected a valid tuple"),
    ],
)
def test_fault_in_a_file_is_named(text: str, expected: str, tmp_path: Path):
    path = tmp_path / "labels.yaml"
    path.write_text(text)
    with pytest.raises(ValidationError) as caught:
        Holder.model_validate({"labels": str(path)})
    message = describe(caught.value, Holder)
    assert expected in message
    assert "\n" not in message


def test_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ValidationError, match="expected a label map"):
        label_map(tmp_path / "nowhere.yaml")


def test_default_maps_cover_their_data_sets_exactly():
    assert (len(RSCD), len(ROADSAW)) == (27, 12)
    rscd, roadsaw = default_label_map("rscd"), default_label_map("roadsaw")
    for label in RSCD:
        first = label.split("_")[0]
        expected = {"dry": "dry", "wet": "wet", "water": "wet"}.get(first, "snow")
        assert rscd.verdict(label) == (expected, rscd.verdict(label).rule)
    for label in ROADSAW:
        expected = "dry" if label.endswith("_dry") else "wet"
        assert roadsaw.verdict(label).target == expected


def test_entries_for_other_classes_can_be_left_out():
    assert default_label_map("rscd").restricted(("dry", "wet")).verdict("ice") is None
    assert default_label_map("rscd").restricted(("dry", "wet")).verdict("dry_mud").target == "dry"
