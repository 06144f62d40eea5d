"""The check's report counts what a scan found."""

from data_tools.dataset.check import CheckReport
from data_tools.dataset.records import PictureRecord, SetAsideRecord
from data_tools.dataset.scan import Scan


def record(label: str, index: int) -> PictureRecord:
    return PictureRecord(
        path=f"{label}/{index}", label=label, source="s", group="g", sha256="0" * 64, height_px=20, width_px=20
    )


def test_counts_and_list():
    aside = [SetAsideRecord(path=str(index), reason=r, detail="d") for index, r in enumerate(["empty", "cut", "empty"])]
    report = CheckReport.of(Scan([record("wet", 0), record("dry", 0), record("wet", 1)], aside))
    assert report.pictures_by_class == {"dry": 1, "wet": 2}
    assert report.set_aside_by_reason == {"cut": 1, "empty": 2}
    assert report.set_aside == tuple(aside)
    assert CheckReport.model_validate_json(report.model_dump_json()) == report


def test_nothing_found():
    report = CheckReport.of(Scan([], []))
    assert (report.pictures_by_class, report.set_aside_by_reason, report.set_aside) == ({}, {}, ())
