"""Log a training to TensorBoard, CSV or MLflow."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from lightning.pytorch.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger

from data_tools.errors import InputError
from pipeline.training.config import TrainConfig

EXPERIMENT = "roadgrip"
TENSORBOARD_NAME, CSV_NAME, MLFLOW_NAME = "tensorboard", "csv", "mlflow.db"


def build_loggers(config: TrainConfig, out_dir: Path) -> list[Logger]:
    """Build the loggers that a configuration names; they start empty.

    TensorBoard writes `out_dir/tensorboard`, CSV `out_dir/csv`; what an interrupted training left there is removed, for
    `Bookkeeping` tells the epochs that are done again. MLflow goes to MLFLOW_TRACKING_URI, or to the SQLite file
    `out_dir/mlflow.db` where that is not set; a training that goes on is a new run there.

    Raises:
        InputError: MLflow is asked for and not installed, or its server or file cannot be used.
    """
    found: list[Logger] = []
    for name in dict.fromkeys(config.loggers):
        if name == "tensorboard":
            shutil.rmtree(out_dir / TENSORBOARD_NAME, ignore_errors=True)
            found.append(TensorBoardLogger(str(out_dir), name=TENSORBOARD_NAME, version="", default_hp_metric=False))
        elif name == "csv":
            shutil.rmtree(out_dir / CSV_NAME, ignore_errors=True)
            found.append(CSVLogger(str(out_dir), name=CSV_NAME, version="", flush_logs_every_n_steps=1))
        else:
            found.append(_mlflow(config, out_dir))
    return found


def _mlflow(config: TrainConfig, out_dir: Path) -> MLFlowLogger:
    """Build the MLflow logger and tell it the configuration."""
    own = os.environ.get("MLFLOW_TRACKING_URI")
    # The SQLite file needs sqlalchemy, which mlflow brings and mlflow-skinny does not.
    if find_spec("mlflow") is None or (own is None and find_spec("sqlalchemy") is None):
        raise InputError(
            "train.loggers: mlflow is not installed; pip install '.[mlflow]' in the checkout, or leave it out"
        )
    from mlflow.exceptions import MlflowException

    uri = own or f"sqlite:///{(out_dir / MLFLOW_NAME).resolve()}"
    try:
        logger = MLFlowLogger(experiment_name=EXPERIMENT, run_name=config.method.type, tracking_uri=uri)
        logger.log_hyperparams(config.model_dump(mode="json"))
    except MlflowException as error:
        raise InputError(f"train.loggers: mlflow cannot use {uri} ({' '.join(str(error).split())[:200]})") from error
    return logger
