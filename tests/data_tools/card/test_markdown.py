import re

from data_tools.card.collect import collect
from data_tools.card.markdown import markdown
from data_tools.card.weak_spots import weak_spots
from data_tools.card.wording import code, escaped, listed
from data_tools.checks.registry import get, names
from data_tools.split.parts import PARTS
from tests.data_tools.card.datasets import record, write_dataset


def page(data, pictures=()):
    return markdown(data, weak_spots(data), dict(pictures))


def test_every_class_part_source_and_issue_is_there(data):
    text = page(data)
    for label, count in data.by_class.items():
        assert re.search(rf"^\| `{label}` \|.*\| {count} \|", text, re.MULTILINE)
    for part in PARTS:
        assert f"| {part} | {data.split.groups[part]} |" in text
    for name in names():
        assert f"| {get(name).title} (`{name}`) |" in text
        assert get(name).meaning in text
    assert {"`east`", "`west`"} <= set(text.split())
    assert "- skipped, frames without a label: 7" in text


def test_weak_spots_and_digests_are_there(data):
    text = page(data)
    assert all(f"- {spot.text}\n" in text for spot in weak_spots(data))
    assert data.dataset_sha256 in text
    assert data.split.sha256 in text


def test_every_table_row_has_as_many_cells_as_its_head(data):
    width = 0
    for line in page(data).splitlines():
        cells = line.count("|") - line.count("\\|")
        if line.startswith("|"):
            width = width or cells
            assert cells == width, line
        else:
            width = 0


def test_pictures_are_linked_where_they_exist(data):
    text = page(data, {"look": "pictures/look.png", "samples wet": "pictures/samples_1_wet.png"})
    assert re.findall(r"\]\((pictures/[^)]*)\)", text) == ["pictures/look.png", "pictures/samples_1_wet.png"]


def test_data_set_without_split(dataset):
    text = page(collect(dataset))
    assert "It is not split." in text
    assert "calibration" not in text


def test_hostile_names_do_not_break_the_page(tmp_path):
    classes = ("<b>dry|", "_wet`")
    rows = [record(label, "a | b", drive, 0) for label in classes for drive in range(2)]
    text = page(collect(write_dataset(tmp_path, rows, issues=(), classes=classes)))
    assert "<b>" not in text
    assert "\\<b\\>dry\\|" in text
    test_every_table_row_has_as_many_cells_as_its_head(collect(tmp_path / "dataset.json"))


def test_wording():
    assert (code("dry"), code("a|b"), code(" ")) == ("`dry`", "a\\|b", "")
    assert escaped("a\n*b*") == "a \\*b\\*"
    assert listed(str(index) for index in range(14)).endswith("11, and 2 more")
