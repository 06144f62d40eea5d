"""Train a small network for a few steps, alone or as one of two ranks: `python -m ... RANK INIT_FILE OUT`."""

import sys
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from pipeline.training.losses import CenterLoss, DiscriminativeLoss, gather

WORLD = 2
CLASSES, WIDTH = 4, 5
LABELS = (
    (0, 0, 1, 1, 2, 2, 2, 0),
    (3, 3, 3, 3, 0, 1, 1, 1),  # no class is on both ranks
    (2, 1, 2, 1, 2, 1, 1, 2),  # two classes are nowhere
    (0, 1, 2, 3, 3, 3, 3, 3),
)


class Step(nn.Module):
    """Compute the losses inside the wrapped module, buffers and all, as a trainer does."""

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, WIDTH))
        self.head = nn.Linear(WIDTH, CLASSES)
        self.loss = loss

    def forward(self, clean: Tensor, noisy: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(clean)
        if isinstance(self.loss, DiscriminativeLoss):
            crossing = self.loss(features, self.body(noisy), labels, self.head).total
        else:
            crossing = self.loss(features, labels)
        return crossing, functional.cross_entropy(self.head(features), labels)


def train(name: str, rank: int, world: int) -> list[dict[str, Tensor]]:
    """Return every step's loss, gradients, parameters and buffers."""
    torch.manual_seed(0)
    loss: nn.Module
    loss = DiscriminativeLoss(CLASSES, WIDTH, gamma_reg=0.1) if name == "discriminative" else CenterLoss(CLASSES, WIDTH)
    step = Step(loss).double()
    wrapped = DistributedDataParallel(step) if world > 1 else step
    generator = torch.Generator().manual_seed(1)
    records = []
    for row in LABELS:
        clean = 3 * torch.randn(len(row), 6, generator=generator, dtype=torch.float64)
        noisy = clean + torch.randn(clean.shape, generator=generator, dtype=torch.float64)
        share = (whole.chunk(world)[rank] for whole in (clean, noisy, torch.tensor(row)))
        step.zero_grad()
        crossing, cross_entropy = wrapped(*share)
        (crossing + cross_entropy).backward()
        record = {"loss": crossing.detach()}
        record |= {f"gradient of {key}": item.grad.clone() for key, item in step.named_parameters()}
        with torch.no_grad():  # by hand: importing torch.optim's machinery takes seconds
            for item in step.parameters():
                item.sub_(0.05 * item.grad)
        record |= {f"state {key}": item.clone() for key, item in step.state_dict().items()}
        records.append(record)
    return records


def gradients_of_gather(rank: int) -> dict[str, Tensor]:
    """Send through `gather` a loss that is the same on all ranks, then one that is not."""
    own = torch.arange(6.0).reshape(3, 2) + 10 * rank
    factors = torch.arange(12.0).reshape(6, 2)
    results = {"labels": gather(torch.tensor([rank, rank + 5]))}
    for key, factor in (("same", 1), ("different", rank + 1)):
        share = own.clone().requires_grad_()
        whole = gather(share)
        (whole * factors * factor).sum().backward()
        results |= {"whole": whole.detach(), key: share.grad}
    return results


if __name__ == "__main__":
    rank = int(sys.argv[1])
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=WORLD)
    results = {name: train(name, rank, WORLD) for name in ("discriminative", "center")}
    if rank == 0:  # would wait for ever if evaluation gathered too
        CenterLoss(CLASSES, 2).eval()(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64))
        DiscriminativeLoss(2, 2).eval()(torch.zeros(1, 2), torch.zeros(1, 2), torch.tensor([0]), nn.Linear(2, 2))
    torch.save({**results, "gather": gradients_of_gather(rank)}, Path(sys.argv[3]))
    distributed.destroy_process_group()
