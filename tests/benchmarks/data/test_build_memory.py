"""The measurement of a build's memory, on small builds."""

import json
from pathlib import Path

from benchmarks.data.build_memory import main


def test_a_run_names_every_figure(tmp_path: Path):
    out = tmp_path / "figures.json"
    assert main(["--few", "60", "--many", "120", "--workers", "1", "--out", str(out)]) == 0
    figures = {item["name"]: item for item in json.loads(out.read_text())["figures"]}
    assert figures["60 pictures: main process"]["value"] > 20
    growth = figures["growth of the peak"]
    together = [figures[f"{count} pictures: together, 1 workers"]["value"] for count in (60, 120)]
    assert growth["value"] == together[1] - together[0]
    assert growth["at_most"] == 300
