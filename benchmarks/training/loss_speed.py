"""Measure the discriminative loss, forth and back, against a loop over the classes.

    python -m benchmarks.training.loss_speed --out loss_speed.json

64 samples of 128 and 1280 numbers in 3, 10 and 100 classes, on one thread, and on the GPU where there is one. Both
sides must agree to 1e-5 on the loss and on every gradient before they are timed. Targets, for 128 numbers: as fast as
the loop with 3 classes, 4 times as fast with 10, 10 times with 100; on a GPU, no wait for the device.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.figures import Figure
from benchmarks.training.command_line import count, report
from benchmarks.training.per_class_loop import PerClassLoop
from benchmarks.training.rounds import median_ms, median_ratio, take_turns, torch_threads
from data_tools.errors import CheckFailedError
from data_tools.randomness import keyed_seed
from pipeline.training.losses import DiscriminativeLoss
from pipeline.training.losses.discriminative import DiscriminativeWeights

BATCH = 64
WIDTHS = (128, 1280)
CLASSES = (3, 10, 100)
TARGETS = {(128, 3): 1.0, (128, 10): 4.0, (128, 100): 10.0}
TOLERANCE = 1e-5


class Case(NamedTuple):
    """Hold one batch, and both sides ready to compute on it."""

    leaves: tuple[Tensor, ...]
    """Clean and noisy features, weight, bias: what gets a gradient."""
    ours: Callable[[], Tensor]
    loop: Callable[[], Tensor]


def make_case(width: int, classes: int, device: torch.device) -> Case:
    """Draw a batch of `BATCH` samples in clusters, and a last layer.

    Args:
        width: d.
        classes: C.
        device: Where to compute.
    """
    generator = torch.Generator().manual_seed(keyed_seed("loss-speed", width, classes) % 2**63)
    labels = torch.randint(classes, (BATCH,), generator=generator)
    centres = 2 * torch.randn(classes, width, generator=generator)
    clean = centres[labels] + torch.randn(BATCH, width, generator=generator)
    noisy = clean + 0.3 * torch.randn(BATCH, width, generator=generator)
    head = nn.Linear(width, classes)
    with torch.no_grad():
        head.weight.copy_(torch.randn(classes, width, generator=generator) / width**0.5)
        head.bias.copy_(torch.randn(classes, generator=generator))
    head = head.to(device)
    labels = labels.to(device)
    q, q_noisy = (features.to(device).requires_grad_() for features in (clean, noisy))
    ours = DiscriminativeLoss(classes, width).to(device)
    loop = PerClassLoop(classes, width, DiscriminativeWeights())
    return Case(
        leaves=(q, q_noisy, head.weight, head.bias),
        ours=lambda: ours(q, q_noisy, labels, head).total,
        loop=lambda: loop(q, q_noisy, labels, (head.weight, head.bias)),
    )


def check_equal(case: Case, steps: int = 3) -> None:
    """Check that both sides agree on the loss and its gradients, also once there are centroids.

    Raises:
        CheckFailedError: They differ by more than `TOLERANCE` of the largest entry.
    """
    for _ in range(steps):
        ours, loop = (_loss_and_gradients(side, case.leaves) for side in (case.ours, case.loop))
        for mine, theirs in zip(ours, loop, strict=True):
            worst = float((mine - theirs).abs().max() / theirs.abs().max())
            if not worst <= TOLERANCE:
                raise CheckFailedError(f"the two losses differ by {worst:.1e}; expected at most {TOLERANCE:g}")


def _loss_and_gradients(side: Callable[[], Tensor], leaves: Sequence[Tensor]) -> tuple[Tensor, ...]:
    loss = side()
    return (loss.detach(), *torch.autograd.grad(loss, leaves))


def measure_case(width: int, classes: int, device: torch.device, rounds: int, repeats: int) -> Iterator[Figure]:
    """Check and time one size."""
    case = make_case(width, classes, device)
    check_equal(case)

    def work(side: Callable[[], Tensor]) -> Callable[[], None]:
        def step() -> None:
            torch.autograd.grad(side(), case.leaves)
            if device.type == "cuda":
                torch.cuda.synchronize()

        return step

    works = {"ours": work(case.ours), "again": work(case.ours), "loop": work(case.loop)}
    times = take_turns(works, rounds, repeats)
    name = f"{device.type}, d = {width}, C = {classes}"
    target = TARGETS.get((width, classes)) if device.type == "cpu" else None
    yield Figure(f"{name}: ours", median_ms(times, "ours"), "ms")
    yield Figure(f"{name}: loop over classes", median_ms(times, "loop"), "ms")
    yield Figure(f"{name}: times as fast", median_ratio(times, "loop", "ours"), "×", at_least=target)
    yield Figure(f"{name}: ours against itself", median_ratio(times, "again", "ours"), "×")


def count_waits(case: Case) -> int:
    """Return 1 when a step of ours makes the host wait for the GPU, which torch then refuses; otherwise 0."""
    torch.autograd.grad(case.ours(), case.leaves)
    torch.cuda.set_sync_debug_mode("error")
    try:
        torch.autograd.grad(case.ours(), case.leaves)
    except RuntimeError as error:
        if "synchroniz" not in str(error):
            raise
        return 1
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return 0


def measure(rounds: int, repeats: int) -> list[Figure]:
    """Measure all sizes on the CPU, and on the GPU where there is one."""
    devices = [torch.device("cpu"), *([torch.device("cuda")] if torch.cuda.is_available() else [])]
    sizes = [(width, classes) for width in WIDTHS for classes in CLASSES]
    figures: list[Figure] = []
    with torch_threads(1):
        for device in devices:
            for width, classes in sizes:
                figures += measure_case(width, classes, device, rounds, repeats)
            if device.type == "cuda":
                waits = count_waits(make_case(*sizes[0], device))
                figures.append(Figure("cuda: steps of ours that wait for the device", waits, "of 1", at_most=0))
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=count, default=31, help="rounds, medians are reported [31]")
    parser.add_argument("--repeats", type=count, default=10, help="steps that are timed together [10]")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    return report("loss_speed", lambda: measure(options.rounds, options.repeats), options.out)


if __name__ == "__main__":
    raise SystemExit(main())
