"""Share one tiny split, one checkpoint and what the stages make of it.

`tests/export/runtime` lies below and runs on devices without torch, so torch is imported inside the fixtures alone.
"""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def split_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures larger than the model's input, so that the resize matters."""
    from tests.pipeline.training.tiny_split import make_split

    return make_split(tmp_path_factory.mktemp("split"), {"train": 16, "val": 1, "calibration": 4, "test": 6}, side=80)


@pytest.fixture(scope="session")
def checkpoint_path(split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with a linear embedding that tells the three classes apart."""
    from tests.export.trained_like import fitted_network, one_torch_thread, write_checkpoint
    from tests.pipeline.training.tiny_split import CLASSES

    with one_torch_thread():
        network = fitted_network(split_path)
    return write_checkpoint(network, split_path, tmp_path_factory.mktemp("train"), CLASSES)


@pytest.fixture(scope="session")
def onnx_path(checkpoint_path: Path, split_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export stage's result with its default configuration."""
    from export.config import ExportConfig
    from export.graph.stage import run

    return run(ExportConfig(), checkpoint_path, split_path, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="session")
def quantized_path(
    onnx_path: Path, checkpoint_path: Path, split_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The quantise stage's result for both targets, by a short search."""
    from export.config import BudgetConfig, FinetuneConfig, QuantizeConfig
    from export.quantize.stage import run

    config = QuantizeConfig(
        steps=("bias correction",),
        finetune=FinetuneConfig(when="never"),
        timing_rounds=1,
        budget=BudgetConfig(
            max_accuracy_drop=0.2, min_agreement=0.8, max_confidence_change=0.2, max_ece_change=0.2, max_divergence=0.5
        ),
    )
    return run(config, onnx_path, checkpoint_path, split_path, tmp_path_factory.mktemp("quantize"))
