import json
from pathlib import Path

import pytest
import torch

from benchmarks.training import loss_speed
from benchmarks.training.loss_speed import count_waits, main, make_case


def test_a_run_names_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(loss_speed, "CLASSES", (3, 10))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    out = tmp_path / "figures.json"
    main(["--rounds", "1", "--repeats", "1", "--out", str(out)])
    figures = json.loads(out.read_text())["figures"]
    assert len(figures) == 4 * 4
    assert all(figure["value"] > 0 for figure in figures)
    assert [figure["at_least"] for figure in figures if figure["at_least"]] == [1.0, 4.0]
    assert all(figure["name"] in capsys.readouterr().out for figure in figures[:1])


def test_the_ordered_targets_are_stated():
    assert loss_speed.TARGETS == {(128, 3): 1.0, (128, 10): 4.0, (128, 100): 10.0}
    with pytest.raises(SystemExit):
        main(["--help"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_ours_does_not_wait_for_the_gpu_and_the_loop_does():
    case = make_case(128, 10, torch.device("cuda"))
    assert count_waits(case) == 0
    assert count_waits(case._replace(ours=case.loop)) == 1
