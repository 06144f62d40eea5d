import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.figures import Figure
from benchmarks.training import loading_speed, loss_speed, step_speed
from benchmarks.training.command_line import report
from data_tools.errors import CheckFailedError, InputError, RoadgripError

Main = Callable[[list[str]], int]


@pytest.mark.parametrize(
    ("main", "option"),
    [
        (loading_speed.main, "--rounds"),
        (loading_speed.main, "--pictures"),
        (loading_speed.main, "--height"),
        (loading_speed.main, "--width"),
        (loss_speed.main, "--rounds"),
        (loss_speed.main, "--repeats"),
        (step_speed.main, "--rounds"),
        (step_speed.main, "--threads"),
    ],
)
@pytest.mark.parametrize("value", ["0", "-3", "1.5", "x"])
def test_numbers_below_1_are_refused(main: Main, option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([f"{option}={value}"])
    assert caught.value.code == 2
    assert f"{option}: expected a whole number of 1 or more, got '{value}'" in capsys.readouterr().err


def test_a_single_batch_has_none_after_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        step_speed.main(["--batches=1"])
    assert caught.value.code == 2
    assert "--batches: expected 2 or more" in capsys.readouterr().err


@pytest.mark.parametrize("error", [InputError("a b"), CheckFailedError("c d")])
def test_errors_are_one_line(error: RoadgripError, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def measure() -> list[Figure]:
        raise error

    assert report("x", measure, tmp_path / "x.json") == error.exit_code
    assert capsys.readouterr() == ("", f"{error}\n")
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("module", [loading_speed, loss_speed, step_speed])
def test_every_benchmark_ends_that_way(
    module: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise CheckFailedError("the two differ")

    monkeypatch.setattr(module, "measure", fail)
    assert module.main([]) == 1  # type: ignore[attr-defined]
    assert capsys.readouterr().err == "the two differ\n"


def test_figures_are_printed_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = [Figure("n", 1.0, "ms", at_least=2.0)]
    assert report("x", lambda: figures, None) == 1
    assert "NOT REACHED" in capsys.readouterr().out
    assert report("x", lambda: figures, tmp_path / "x.json") == 1
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["figures"][0]["name"] == "n"
