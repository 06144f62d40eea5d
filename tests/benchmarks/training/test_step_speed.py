import json
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.training import step_speed
from benchmarks.training.step_speed import COMPARISONS, VARIANTS, main, measure_waiting, waiting_share
from benchmarks.training.trainee import Case, Trainee, Variant, random_batch

TINY = Case("mobilenet_v3_small", 64, 64, 2)
CPU = torch.device("cpu")


def test_a_run_names_every_figure_and_holds_two_networks_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Eight at once would wait for memory that a training of one network never waits for."""
    living: weakref.WeakSet[Trainee] = weakref.WeakSet()
    held: list[int] = []

    def made(*arguments: Any) -> Trainee:
        trainee = Trainee(*arguments)
        living.add(trainee)
        held.append(len(living))
        return trainee

    monkeypatch.setattr(step_speed, "Trainee", made)
    monkeypatch.setattr(step_speed, "CASES", (TINY,))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    out = tmp_path / "figures.json"
    main(["--rounds", "1", "--out", str(out)])
    figures = json.loads(out.read_text())["figures"]
    assert max(held) == 2
    assert len(figures) == 3 * len(COMPARISONS) + 2
    assert all(figure["value"] > 0 for figure in figures)
    assert [figure["name"] for figure in figures if figure["at_most"] == 2.1] == [
        "cpu, small 64×64 B = 2: robust / normal"
    ]


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
def test_every_variant_trains_in_its_layout(variant: Variant):
    torch.manual_seed(0)  # with some random weights a narrow layer is dead at this size, and does not change
    trainee = Trainee(TINY, variant, CPU)
    before = [parameter.detach().clone() for parameter in trainee._network.parameters()]
    seen: list[tuple[torch.Size, bool, torch.dtype]] = []
    convolution = next(module for module in trainee._network.modules() if isinstance(module, torch.nn.Conv2d))
    convolution.register_forward_hook(
        lambda _module, _inputs, output: seen.append(
            (output.shape, output.is_contiguous(memory_format=torch.channels_last), output.dtype)
        )
    )
    trainee.step(*random_batch(TINY))
    after = list(trainee._network.parameters())
    assert all(not torch.equal(old, new) for old, new in zip(before, after, strict=True))
    passes = 1 if variant.method == "normal" or variant.joined else 2
    assert [shape[0] for shape, _, _ in seen] == [4 if variant.joined else 2] * passes
    assert {last for _, last, _ in seen} == {variant.channels_last}
    assert {dtype for _, _, dtype in seen} == {torch.bfloat16 if variant.bf16 else torch.float32}


@pytest.mark.parametrize(("loading", "stepping", "share"), [(3.0, 1.0, 0.75), (0.0, 1.0, 0.0), (1.0, 4.0, 0.2)])
def test_the_share_is_that_of_the_time_before_a_batch(
    monkeypatch: pytest.MonkeyPatch, loading: float, stepping: float, share: float
):
    """On a clock of our own; the first batch takes longest and does not count."""
    now = [0.0]
    monkeypatch.setattr(step_speed.time, "perf_counter", lambda: now[0])
    trainee = Trainee(TINY, Variant("normal"), CPU)
    monkeypatch.setattr(trainee, "step", lambda *_: now.__setitem__(0, now[0] + stepping))

    def batches(count: int):
        for number in range(count):
            now[0] += loading if number else 100
            yield random_batch(TINY)

    assert waiting_share(batches(4), trainee) == pytest.approx(share)
    with pytest.raises(ValueError, match="2 or more batches"):
        waiting_share(batches(1), trainee)


def test_waiting_is_measured_with_the_training_loader():
    figures = list(measure_waiting(TINY, CPU, batches=2, workers=0, epochs=1))
    assert [figure.unit for figure in figures] == ["%"] * 3
    assert all(0 < figure.value < 100 for figure in figures)
