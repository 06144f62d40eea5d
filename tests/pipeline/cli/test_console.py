import pytest

from pipeline.cli.console import bars, plain_lines


def test_plain_lines_come_at_most_every_15_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    show = plain_lines(lambda: now)
    for second in range(61):
        now = float(second)
        show(second, 60, "training")
    assert capsys.readouterr().err.splitlines() == [f"  training: {n} of 60" for n in (15, 30, 45, 60)]


def test_short_work_prints_nothing_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as progress:
        progress(1, 2, "reading pictures")
    assert capsys.readouterr().err == ""
