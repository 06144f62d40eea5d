from pathlib import Path

from pipeline.training.history import write_history


def test_rows_become_csv(tmp_path: Path) -> None:
    write_history([{"epoch": 0, "loss": 0.123456789}, {"epoch": 1, "loss": 2e-9}], tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text(encoding="utf-8") == "epoch,loss\n0,0.123457\n1,2e-09\n"
