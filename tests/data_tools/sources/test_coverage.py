"""Every label of a source is mapped, ignored or a class; nothing falls through."""

from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.sources.candidates import Candidate
from data_tools.sources.coverage import check_every_class, label_candidates, resolve
from data_tools.sources.labels import LabelMap
from tests.data_tools.sources.offers import context

FOUND = [Candidate(f"{index}.jpg", label, "s", "g") for index, label in enumerate(["dry", "icy", "wet_a", "icy", "x"])]


def test_every_unmapped_label_is_listed_with_count_class_and_line():
    with pytest.raises(InputError) as caught:
        label_candidates([*FOUND, Candidate("9.jpg", "snowy", "s", "g")], context(), "roads")
    assert str(caught.value) == (
        "roads: 4 labels are no class and stand in no label map: 'icy' (2 pictures), "
        "'snowy' (1 pictures; did you mean 'snow'?), 'wet_a' (1 pictures; did you mean 'wet'?), 'x' (1 pictures); "
        "add to the label map {icy: CLASS, snowy: snow, wet_a: wet, x: CLASS}, or {ignore: [icy, snowy, wet_a, x]} "
        "(classes: dry, wet, snow)"
    )


def test_labels_are_replaced_and_kept_beside():
    labelled = label_candidates(FOUND, context(labels={"icy": "snow", "wet_*": "wet", "ignore": ["x"]}), "roads")
    assert [(item.path, item.label, item.source_label) for item in labelled.candidates] == [
        ("0.jpg", "dry", ""),
        ("1.jpg", "snow", "icy"),
        ("2.jpg", "wet", "wet_a"),
        ("3.jpg", "snow", "icy"),
    ]
    assert labelled.skipped == {"pictures with the ignored label 'x'": 1}


def test_own_map_beats_the_sources_and_both_beat_identity():
    default = LabelMap.model_validate({"icy": "wet", "x": "wet", "dry": "snow"})
    where = context(labels={"icy": "snow", "wet": "dry"})
    assert resolve({"icy": 1, "x": 1, "dry": 1, "wet": 1, "snow": 1}, where, "r", default) == {
        "icy": "snow",
        "x": "wet",
        "dry": "snow",
        "wet": "dry",
        "snow": "snow",
    }


def test_targets_of_the_own_map_are_checked_and_of_the_sources_left_out():
    with pytest.raises(InputError, match="got a: ice"):
        resolve({}, context(labels={"a": "ice"}), "roads")
    with pytest.raises(InputError, match="'icy'"):
        resolve({"icy": 1}, context(), "roads", LabelMap.model_validate({"icy": "ice"}))


def test_missing_classes():
    where = context(Path())
    with pytest.raises(InputError, match="roads: expected pictures of every class; none of: wet, snow"):
        check_every_class(FOUND[:1], where, "roads")
    check_every_class(FOUND[:1], where._replace(partial=True), "roads")
    with pytest.raises(InputError, match="none of: dry, wet, snow"):
        check_every_class([], where._replace(partial=True), "roads")
