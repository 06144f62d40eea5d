import pytest

from data_tools.card.collect import collect
from data_tools.card.weak_spots import weak_spots
from tests.data_tools.card.datasets import record, roads, write_dataset
from tests.data_tools.pictures import CLASSES


def texts(data, kind):
    return [spot.plain for spot in weak_spots(data) if spot.kind == kind]


def test_class_of_one_source_is_called_a_confound(data):
    found = texts(data, "confound")
    assert found[0].startswith("Confound of class and source: every picture of snow comes from the one source east.")
    assert not any("picture of dry comes" in text or "picture of wet comes" in text for text in found)


def test_balanced_sources_are_no_confound(tmp_path):
    rows = [record(label, source, drive, 0) for label in CLASSES for source in ("a", "b") for drive in range(30)]
    found = collect(write_dataset(tmp_path, rows))
    assert texts(found, "confound") == []
    assert texts(found, "one_source") == []
    assert texts(found, "imbalance") == []


def test_pure_sources_are_named_with_their_class(tmp_path):
    rows = [record(label, f"{label}-car", drive, 0) for label in CLASSES for drive in range(4)]
    found = texts(collect(write_dataset(tmp_path, rows)), "confound")
    assert "3 sources of 3 have pictures of one class only, 100.0 % of all pictures: dry-car (dry)" in found[3]
    assert found[4].startswith("The source gives the class away: guessing")
    assert "right for 100.0 % of the pictures without a look at the road, against 33.3 %" in found[4]


def test_one_source_alone_is_another_weakness(tmp_path):
    rows = [record(label, "east", drive, 0) for label in CLASSES for drive in range(4)]
    found = collect(write_dataset(tmp_path, rows))
    assert texts(found, "confound") == []
    assert texts(found, "one_source")[0].startswith("All pictures come from one source, east")


def test_imbalance_few_drives_and_a_large_drive(tmp_path):
    rows = [row for row in roads() if row.label != "wet" or row.group == "east-wet_0"]
    rows += [record("wet", "west", 0, 0)]
    found = collect(write_dataset(tmp_path, rows))
    assert texts(found, "imbalance") == ["Class imbalance: dry has 9.0 times the pictures of wet (36 against 4)."]
    drives = texts(found, "drives")
    assert "Few drives: wet has 2 drives; its 4 pictures are worth far fewer independent ones." in drives
    assert "One drive, east-wet_0, has 75.0 % of the pictures of wet." in drives


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("look", "The brightness alone goes far: a picture of snow lies above one of another class in 100.0 %"),
        ("labels", "1 cluster of near duplicates with pictures of more than one class"),
        ("checks", "2 findings reported, not quarantined; the pictures are in the data set: Dark 2."),
        ("checks", "Not looked for: Possible label error."),
        ("test_size", "a recall of 90 % measured on it has a 95 % interval of"),
        ("split", "72 of 96 pictures have no camera or no capture time: the guard gap of 60 s"),
    ],
)
def test_weakness_is_stated_from_the_numbers(data, kind, expected):
    assert any(expected in text for text in texts(data, kind))


def test_without_a_split_the_card_says_so(dataset):
    assert texts(collect(dataset), "split") == ["Not split: nothing says yet which pictures a model may learn from."]


def test_names_that_break_markdown_come_out_plain(tmp_path):
    rows = [record(label, "a|b`c\\d", drive, 0) for label in CLASSES for drive in range(2)]
    found = [spot for spot in weak_spots(collect(write_dataset(tmp_path, rows))) if spot.kind == "one_source"]
    assert "source, a\\|b\\`c\\\\d:" in found[0].text
    assert "source, a|b`c\\d:" in found[0].plain


def test_a_class_that_breaks_markdown_comes_out_plain(tmp_path):
    classes = ("d|r`y", "wet")
    rows = [record(label, f"{place}-car", drive, 0) for place, label in enumerate(classes) for drive in range(3)]
    found = weak_spots(collect(write_dataset(tmp_path, rows, classes=classes)))
    pure = next(spot for spot in found if "of one class only" in spot.text)
    assert "`0-car` (d\\|r\\`y), `1-car` (wet)" in pure.text
    assert "0-car (d|r`y), 1-car (wet)" in pure.plain


@pytest.mark.parametrize(("shared", "said"), [(True, []), (False, ["100.0 % of the drives have one picture."])])
def test_drives_of_one_picture_are_counted_across_classes(shared, said, tmp_path):
    rows = [
        record(label, "east", drive, 0)._replace(group=f"{'' if shared else label}{drive}")
        for label in CLASSES
        for drive in range(5)
    ]
    found = [text for text in texts(collect(write_dataset(tmp_path, rows)), "drives") if "have one picture" in text]
    assert [text[: len(said[0])] for text in found] == said
