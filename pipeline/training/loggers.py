"""Log a training to TensorBoard, CSV or MLflow."""

import os
from importlib.util import find_spec
from pathlib import Path

from lightning.pytorch.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger

from data_tools.errors import InputError
from pipeline.training.config import TrainConfig

EXPERIMENT = "roadgrip"


def build_loggers(config: TrainConfig, out_dir: Path) -> list[Logger]:
    """Build the loggers that a configuration names.

    TensorBoard writes `out_dir/tensorboard`, CSV `out_dir/csv`; MLflow goes to MLFLOW_TRACKING_URI, or to the SQLite
    file `out_dir/mlflow.db` where that is not set.

    Raises:
        InputError: MLflow is asked for and not installed.
    """
    found: list[Logger] = []
    for name in dict.fromkeys(config.loggers):
        if name == "tensorboard":
            found.append(TensorBoardLogger(str(out_dir), name="tensorboard", version="", default_hp_metric=False))
        elif name == "csv":
            found.append(CSVLogger(str(out_dir), name="csv", version=""))
        else:
            found.append(_mlflow(config, out_dir))
    return found


def _mlflow(config: TrainConfig, out_dir: Path) -> MLFlowLogger:
    """Build the MLflow logger and tell it the configuration."""
    if find_spec("mlflow") is None:
        raise InputError(
            "train.loggers: mlflow is not installed; pip install '.[mlflow]' in the checkout, or leave it out"
        )
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(out_dir / 'mlflow.db').resolve()}"
    logger = MLFlowLogger(experiment_name=EXPERIMENT, run_name=config.method.type, tracking_uri=uri)
    logger.log_hyperparams(config.model_dump(mode="json"))
    return logger
