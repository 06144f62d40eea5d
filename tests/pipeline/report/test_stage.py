import base64
import re
import sys

import cv2
import numpy as np
import pytest

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import InputError, MissingDependencyError
from pipeline.report.artifact import ReportArtifact
from pipeline.report.config import ReportConfig
from pipeline.report.stage import run
from tests.pipeline.report.page_reader import read_page
from tests.pipeline.report.synthetic_run import write_run


def test_report_names_every_input_by_sha256(report, inputs):
    artifact = load_artifact(ReportArtifact, report)
    check_payload(artifact, report.parent)
    assert {item.role: item.sha256 for item in artifact.parents} == {
        role: sha256_file(path) for role, path in inputs.present().items()
    }
    assert all((report.parent / item.path).is_file() for item in artifact.parents)


def test_same_inputs_give_the_same_bytes(report, inputs, tmp_path):
    again = run(ReportConfig(), inputs, tmp_path / "elsewhere")
    assert (again.parent / "report.html").read_bytes() == (report.parent / "report.html").read_bytes()


def test_page_is_self_contained(html, page):
    assert page.links
    assert all(link.startswith(("#", "data:image/")) for link in page.links)
    assert not {"script", "link", "iframe", "object", "embed", "base"} & page.all_tags
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))


def test_references_inside_the_page_resolve(html, page):
    assert len(page.ids) == len(set(page.ids))
    wanted = {link[1:] for link in page.links if link.startswith("#")} | set(re.findall(r"url\(#([^)]*)\)", html))
    assert wanted <= set(page.ids)


def test_no_machine_path_is_shown(html, run_folder):
    assert run_folder.name not in html
    assert str(run_folder.parent) not in html


def test_thumbnail_is_a_decodable_jpeg(html):
    encoded = re.search(r'src="data:image/jpeg;base64,([^"]+)"', html).group(1)
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (134, 168, 3)


def test_hostile_names_are_escaped(tmp_path):
    classes = ("<b>dry", "$wet_$ & \"q'", "_snow</text>雪")
    sources = ("<script>alert(1)</script>", "--> ]]>", "_hidden")
    path = run(ReportConfig(title="</title><i>"), write_run(tmp_path, classes, sources), tmp_path / "report")
    html = (path.parent / "report.html").read_text(encoding="utf-8")
    page = read_page(html)
    assert not {"script", "i"} & page.all_tags
    assert "<b>dry" not in html
    for name in (*classes, sources[0], sources[1]):
        assert name in page.texts["data"]
        assert name in page.texts["evaluation"]


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_missing_package_is_named_before_anything_is_written(inputs, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=rf"{package}.*pip install '\.\[report\]'"):
        run(ReportConfig(), inputs, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_missing_picture_stops_the_run_and_leaves_no_report(tmp_path):
    inputs = write_run(tmp_path)
    for path in (tmp_path / "data" / "road_pictures" / "class0").rglob("*.png"):
        path.unlink()
    with pytest.raises(InputError, match="no such file"):
        run(ReportConfig(), inputs, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_progress_counts_up_to_the_total(inputs, tmp_path):
    seen = []
    run(ReportConfig(sample_pictures_per_class=0), inputs, tmp_path, lambda *report: seen.append(report))
    assert [done for done, _, _ in seen] == list(range(8))
    assert {total for _, total, _ in seen} == {7}
