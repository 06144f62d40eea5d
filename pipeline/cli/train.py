"""Offer `roadgrip train` and `roadgrip evaluate`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli.console import OUT, bars, table
from pipeline.cli.method_choice import method_override
from pipeline.cli.options import ConfigOption, ForceOption, OutOption, SetOption
from pipeline.cli.sections import result_folder, section, work_folder

SplitArgument = Annotated[Path, typer.Argument(help="split.json of `roadgrip data split`.")]


_RESUME: dict[bool | None, Literal["auto", "require", "fresh"]] = {None: "auto", True: "require", False: "fresh"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(train)
    app.command()(evaluate)


def train(
    split: SplitArgument,
    out: OutOption,
    config: ConfigOption = None,
    overrides: SetOption = None,
    weights: Annotated[
        str | None,
        typer.Option(help="imagenet, imagenet-or-scratch, scratch, or a weight file; the same as --set train.weights."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="normal, noisy, both, stability, robust, center, mmc, emc, hmm, sign, fgsm or pgd instead of the "
            "configuration's method; settings that mean the same in both, such as sigma, stay."
        ),
    ] = None,
    devices: Annotated[
        int | None,
        typer.Option(help="GPUs, or processes on the CPU, that share every batch; the same as --set train.devices."),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--fresh",
            help="--resume: go on from an interrupted training, and fail where there is none. --fresh: start anew. "
            "Neither: go on where there is one.",
        ),
    ] = None,
    overwrite: ForceOption = False,
) -> None:
    """Fine-tune a network on a split; the same command goes on after an interruption.

    Needs the extra `train`. Where ImageNet weights cannot be downloaded, give a file with torchvision's key names.

    Example: roadgrip train work/split/split.json --out work/train --config configs/roads.yaml --weights mobilenet.pth
    """
    from data_tools.artifacts.model import load_artifact
    from pipeline.stages.requirements import require
    from pipeline.training.artifact import FILE_NAME, CheckpointArtifact
    from pipeline.training.config import TrainConfig

    chosen = [method_override(method, config)] if method is not None else []
    chosen += overrides or []
    chosen += [f"train.weights={weights}"] if weights is not None else []
    chosen += [f"train.devices={devices}"] if devices is not None else []
    settings = section("train", TrainConfig, config, chosen)
    require(["train"], "roadgrip train")
    from pipeline.training.stage import run

    with work_folder(out) as work, result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(settings, split, folder, progress, resume_dir=work, resume=_RESUME[resume])
    result = load_artifact(CheckpointArtifact, out / FILE_NAME)
    OUT.print(
        f"{out / FILE_NAME}: {result.network.name}, {result.method}, start {result.initial_weights.type}, "
        f"val accuracy {result.best_val_accuracy:.4f} at epoch {result.best_epoch} of {result.epochs}",
        markup=False,
    )


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.json of `roadgrip train`.")],
    split: SplitArgument,
    out: OutOption,
    config: ConfigOption = None,
    overrides: SetOption = None,
    overwrite: ForceOption = False,
) -> None:
    """Measure a checkpoint on the test part: accuracy, recall, confusion, ECE, clean and under Gaussian noise.

    Example: roadgrip evaluate work/train/checkpoint.json work/split/split.json --out work/evaluate
    """
    from data_tools.artifacts.model import load_artifact
    from pipeline.evaluation.artifact import FILE_NAME, EvaluationArtifact
    from pipeline.evaluation.config import EvaluateConfig
    from pipeline.stages.requirements import require

    settings = section("evaluate", EvaluateConfig, config, overrides)
    require(["train"], "roadgrip evaluate")
    from pipeline.evaluation.stage import run

    with result_folder(out, FILE_NAME, overwrite) as folder, bars() as progress:
        run(settings, checkpoint, split, folder, progress)
    result = load_artifact(EvaluationArtifact, out / FILE_NAME)
    rows = [
        (name, *(str(count) for count in counts), f"{share.value:.3f} ({share.low:.3f}–{share.high:.3f})")
        for (name, share), counts in zip(result.clean.recall.items(), result.clean.confusion, strict=True)
    ]
    table("clean: true class by predicted class", ("", *result.classes, "recall (95 %)"), rows, right=range(1, 9))
    noisy = result.noisy
    OUT.print(
        f"accuracy clean {result.clean.accuracy.value:.4f}; σ = {noisy.sigma:g}: {noisy.accuracy_mean:.4f} ± "
        f"{noisy.accuracy_std:.4f} over {noisy.runs} runs; ECE {result.clean.ece:.4f}\n{out / FILE_NAME}",
        markup=False,
    )
