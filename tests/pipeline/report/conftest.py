import dataclasses
from pathlib import Path

import pytest

from pipeline.report.config import ReportConfig
from pipeline.report.inputs import ReportInputs
from pipeline.report.stage import run
from tests.pipeline.report.page_reader import Page, read_page
from tests.pipeline.report.synthetic_run import write_run


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("a_machine_path")


@pytest.fixture(scope="session")
def inputs(run_folder) -> ReportInputs:
    return write_run(run_folder)


@pytest.fixture(scope="session")
def report(inputs, run_folder) -> Path:
    return run(ReportConfig(), inputs, run_folder / "report")


@pytest.fixture(scope="session")
def html(report) -> str:
    return (report.parent / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html) -> Page:
    return read_page(html)


@pytest.fixture(scope="session")
def bare_page(inputs, run_folder) -> Page:
    bare = dataclasses.replace(inputs, evaluation=None, quantized=None, latency=None, robustness=None)
    path = run(ReportConfig(sample_pictures_per_class=0), bare, run_folder / "bare_report")
    return read_page((path.parent / "report.html").read_text(encoding="utf-8"))
