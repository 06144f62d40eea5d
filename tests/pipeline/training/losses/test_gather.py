import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pipeline.training.losses import gather
from tests.pipeline.training.losses.two_ranks import WORLD, train

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    folder = tmp_path_factory.mktemp("ranks")
    command = [sys.executable, "-W", "error", "-m", "tests.pipeline.training.losses.two_ranks"]
    running = [
        subprocess.Popen(
            [*command, str(rank), str(folder / "init"), str(folder / f"{rank}.pt")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(WORLD)
    ]
    try:
        for process in running:
            output, _ = process.communicate(timeout=120)
            assert process.returncode == 0, output
    finally:
        for process in running:
            process.kill()
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(WORLD)]


@pytest.mark.parametrize("name", ["discriminative", "center"])
def test_two_ranks_equal_one_with_the_whole_batch(ranks: list[dict], name: str) -> None:
    alone = train(name, rank=0, world=1)
    assert any(record["gradient of body.0.weight"].abs().max() > 1e-3 for record in alone)
    for rank in ranks:
        for ours, expected in zip(rank[name], alone, strict=True):
            assert ours.keys() == expected.keys()
            for key, value in expected.items():
                torch.testing.assert_close(
                    ours[key], value, rtol=0, atol=1e-6, msg=lambda text, key=key: f"{key}: {text}"
                )


def test_gather_concatenates_in_rank_order(ranks: list[dict]) -> None:
    whole = torch.cat([torch.arange(6.0).reshape(3, 2) + 10 * rank for rank in range(WORLD)])
    for rank in ranks:
        assert torch.equal(rank["gather"]["whole"], whole)
        assert rank["gather"]["labels"].tolist() == [0, 5, 1, 6]


def test_backward_sums_the_gradients_of_the_ranks(ranks: list[dict]) -> None:
    factors = torch.arange(12.0).reshape(6, 2).chunk(WORLD)
    for index, rank in enumerate(ranks):
        assert torch.equal(rank["gather"]["same"], WORLD * factors[index])
        assert torch.equal(rank["gather"]["different"], (1 + 2) * factors[index])


def test_without_ranks_the_tensor_itself_comes_back() -> None:
    tensor = torch.zeros(3, 2, requires_grad=True)
    assert gather(tensor) is tensor
