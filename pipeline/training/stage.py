"""Run the training stage: a split in, a checkpoint out."""

from pathlib import Path

from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import open_split
from pipeline.training.artifact import FILE_NAME, CheckpointArtifact
from pipeline.training.config import TrainConfig
from pipeline.training.fitting import Resume, fit
from pipeline.training.history import HISTORY_NAME, write_history
from pipeline.training.networks.checkpoint import WEIGHTS_NAME, save_weights
from pipeline.training.parts import check_parts
from pipeline.training.resume import drop_resume_point
from pipeline.training.versions import library_versions


def run(
    config: TrainConfig,
    split_path: Path,
    out_dir: Path,
    progress: Progress = silent,
    *,
    resume_dir: Path | None = None,
    resume: Resume = "auto",
) -> Path:
    """Train a network and write its checkpoint.

    Writes `model.safetensors` (the best epoch's weights), `history.csv`, the loggers' folders and, last,
    `checkpoint.json`. On the CPU the weights depend on the configuration, the split and the libraries alone,
    also when the training was killed in between and went on from its resume point.

    Args:
        config: What to train and how.
        split_path: The split's JSON.
        out_dir: Where to write.
        progress: Told after every epoch, unless standard error is a terminal and shows a bar.
        resume_dir: A folder that outlives an interrupted run and holds its resume point; `out_dir/resume` if None.
            A resume point of another training is not used, and a warning says so. It is left for the caller to
            remove once the result is in its place; the one in `out_dir` is removed here.
        resume: 'auto' goes on from a resume point where there is one, 'require' insists on it, 'fresh' starts anew.

    Returns:
        The checkpoint's path.

    Raises:
        InputError: The split, the weights or a picture cannot be used, the configuration does not fit them, there is
            no GPU where one is asked for, or no resume point where one is required.
        CheckFailedError: The split's files were changed, or the loss became NaN or infinite.
    """
    split = open_split(split_path)
    check_parts(split, str(split_path))
    out_dir.mkdir(parents=True, exist_ok=True)
    kept = resume_dir or out_dir / "resume"
    fitted = fit(config, split, split_path, progress, out_dir=out_dir, resume_dir=kept, resume=resume)
    save_weights(fitted.best.weights, out_dir / WEIGHTS_NAME)
    write_history(fitted.history, out_dir / HISTORY_NAME)
    artifact = CheckpointArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(parent("split", split_path, out_dir),),
        classes=split.classes,
        network=config.network_spec(len(split.classes)),
        preprocessing=config.preprocessing(),
        method=config.method.type,
        initial_weights=fitted.origin,
        weights=file_ref(out_dir / WEIGHTS_NAME, out_dir),
        history=file_ref(out_dir / HISTORY_NAME, out_dir),
        epochs=len(fitted.history),
        best_epoch=fitted.best.epoch,
        selected_by=config.select_by if "val_accuracy_noisy" in fitted.history[0] else "clean",
        batch_norm=fitted.statistics.kept,
        batch_norm_scores={str(name): score for name, score in fitted.statistics.scores.items()},
        settings=config.model_dump(mode="json", exclude={"weights"}),
        best_val_accuracy=fitted.best.val_accuracy,
        versions=library_versions(),
    )
    path = save_artifact(artifact, out_dir / FILE_NAME)
    if resume_dir is None:
        drop_resume_point(kept)
    return path
