"""Export one checkpoint twice, into folders at different depths; there are enough validation pictures for a fit."""

from pathlib import Path

import pytest

from export.bundle.stage import run
from export.config import BudgetConfig, BundleConfig, ExportConfig, FinetuneConfig, QuantizeConfig

LOOSE = BudgetConfig(
    max_accuracy_drop=1, min_agreement=0, max_confidence_change=1, max_ece_change=1, max_divergence=100
)
QUICK = QuantizeConfig(
    targets=("int8",),
    steps=(),
    budget=LOOSE,
    finetune=FinetuneConfig(when="never"),
    max_calibration_pictures=6,
    max_validation_pictures=6,
    timing_rounds=1,
)


@pytest.fixture(scope="session")
def long_split_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipeline.training.tiny_split import make_split

    return make_split(tmp_path_factory.mktemp("split"), {"train": 16, "val": 8, "calibration": 2, "test": 5}, side=80)


@pytest.fixture(scope="session")
def exported_twice(long_split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The two manifests."""
    from export.graph import stage as graph
    from export.quantize import stage as quantize
    from tests.export.trained_like import fitted_network, one_torch_thread, write_checkpoint
    from tests.pipeline.training.tiny_split import CLASSES

    with one_torch_thread():
        network = fitted_network(long_split_path)
    checkpoint = write_checkpoint(network, long_split_path, tmp_path_factory.mktemp("train"), CLASSES)
    manifests = []
    for place in ("here", "far/away/from/here"):
        folder = tmp_path_factory.mktemp("run") / place
        onnx = graph.run(ExportConfig(color="bgr"), checkpoint, long_split_path, folder / "export")
        int8 = quantize.run(QUICK, onnx, checkpoint, long_split_path, folder / "quantize")
        config = BundleConfig(int8="within_budget")
        manifests.append(run(config, onnx, int8, long_split_path, folder / "bundle", name="tiny"))
    return manifests[0], manifests[1]
