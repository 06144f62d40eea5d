import json
from pathlib import Path

import pytest

from benchmarks.figures import Figure, print_figures, write_figures


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("speed", 2.0, "×"), True),
        (Figure("speed", 2.0, "×", at_least=2.0), True),
        (Figure("speed", 1.9, "×", at_least=2.0), False),
        (Figure("time", 2.1, "s", at_most=2.0), False),
        (Figure("time", float("nan"), "s", at_most=2.0), False),
    ],
)
def test_a_missed_bound_ends_with_1(figure: Figure, reached: bool, capsys: pytest.CaptureFixture[str]):
    assert print_figures("title", [figure]) == (0 if reached else 1)
    assert ("NOT REACHED" in capsys.readouterr().out) == (not reached)


def test_figures_are_kept_with_their_host(tmp_path: Path):
    assert write_figures(tmp_path / "out.json", "title", [Figure("speed", 2.0, "×", at_least=3.0)]) == 1
    kept = json.loads((tmp_path / "out.json").read_text())
    assert kept["benchmark"] == "title"
    assert kept["host"]["logical_cores"] >= 1
    assert kept["figures"][0]["reached"] is False
