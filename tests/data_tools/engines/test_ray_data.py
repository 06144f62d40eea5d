"""Ray Data gives the data set that this machine's processes give."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from data_tools.engines import ray_data
from data_tools.engines.engine import make_engine
from data_tools.errors import MissingDependencyError
from tests.data_tools.dataset.builds import contents
from tests.data_tools.engines.test_local import mixed_roads

ROOT = Path(__file__).parents[3]


def build(roads: Path, out: Path, *options: str) -> dict[str, bytes]:
    command = [sys.executable, "-m", "pipeline.cli.main", "data", "build", str(roads), "--out", str(out)]
    command += ["--cache", "48x64", "--parquet", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return contents(out)


def test_same_data_set_as_local(tmp_path: Path):
    for name in ("ray", "pandas", "pyarrow"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is in the extra `ray`")
    roads = mixed_roads(tmp_path / "roads")
    for index in range(100):
        (roads / "dry" / f"more_{index}.jpg").write_bytes(b"no picture" * index)
    here = build(roads, tmp_path / "local", "--workers", "1")
    assert len([name for name in here if name.endswith(".tar")]) == 2
    assert build(roads, tmp_path / "ray", "--workers", "2", "--engine", "ray") == here


@pytest.mark.parametrize("missing", ["ray", "pyarrow", "pandas"])
def test_missing_package_says_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ray_data, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(MissingDependencyError, match=r"pip install '\.\[ray\]'"):
        make_engine("ray")
