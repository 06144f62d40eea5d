import shutil
from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact, save_artifact
from data_tools.errors import CheckFailedError
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.entries import resolve
from pipeline.comparison.networks import network_of
from pipeline.comparison.results import check_starts
from pipeline.comparison.stage import run
from pipeline.training.artifact import CheckpointArtifact, WeightsOrigin
from pipeline.training.config import TrainConfig
from tests.pipeline.comparison.tiny_comparison import Recorder, tiny_comparison

IMAGENET = WeightsOrigin(type="imagenet", detail="V1", sha256="a" * 64)
OTHER = WeightsOrigin(type="imagenet", detail="V2", sha256="b" * 64)
BOTH = "normal, seed 0 / normal, seed 1"
REMOVE = "train.weights=imagenet-or-scratch; remove out/normal/seed_0, out/normal/seed_1 to have them trained anew"
SCRATCH = WeightsOrigin(type="scratch", detail="no network", sha256=None)


def starts(*origins: WeightsOrigin, **changes: dict[str, object]) -> None:
    entries = resolve(
        CompareConfig(entries={"normal": {}, **changes}), TrainConfig(weights="imagenet-or-scratch"), "tests"
    )
    networks = [network_of(Path("out"), entry, seed) for entry in entries for seed in (0, 1)]
    check_starts(list(zip(networks, origins, strict=False)))


def test_equal_starts_pass_and_other_kinds_of_network_may_start_otherwise() -> None:
    starts(IMAGENET, IMAGENET, IMAGENET, robust={})
    starts(SCRATCH, SCRATCH)
    starts(IMAGENET, IMAGENET, SCRATCH, SCRATCH, small={"weights": "scratch"})
    starts(IMAGENET, IMAGENET, OTHER, OTHER, large={"network": "mobilenet_v3_large"})


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        (
            (SCRATCH, SCRATCH, IMAGENET),
            rf"^{BOTH}: started from random weights, and robust, seed 0 did not, .* {REMOVE}$",
        ),
        ((IMAGENET, OTHER, IMAGENET), r"^normal, seed 1: started from others, .* remove out/normal/seed_1 to"),
    ],
)
def test_unequal_starts_are_named(origins: tuple[WeightsOrigin, ...], expected: str) -> None:
    with pytest.raises(CheckFailedError, match=expected):
        starts(*origins, robust={})


def test_no_table_of_unequal_starts_is_written(finished: Path, split_path: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    path = out / "robust" / "seed_1" / "checkpoint.json"
    checkpoint = load_artifact(CheckpointArtifact, path)
    save_artifact(checkpoint.model_copy(update={"initial_weights": IMAGENET}), path)
    (out / "table.md").unlink()
    with pytest.raises(CheckFailedError, match="started from random weights, and robust, seed 1 did not"):
        run(tiny_comparison(split_path, out), Recorder().progress)
    assert not (out / "table.md").exists()
