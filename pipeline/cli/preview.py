"""Offer `roadgrip preview`."""

from pathlib import Path
from typing import Annotated

import typer

from data_tools.errors import InputError
from pipeline.cli.console import OUT
from pipeline.cli.options import ConfigOption, SetOption
from pipeline.cli.sections import section


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(preview)


def preview(
    split: Annotated[Path, typer.Argument(help="split.json of `roadgrip data split`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to draw, a .png file.")],
    config: ConfigOption = None,
    overrides: SetOption = None,
    pictures: Annotated[int, typer.Option(min=1, max=200, help="Training pictures, one a row, class by class.")] = 4,
    draws: Annotated[int, typer.Option(min=0, max=100, help="Augmented variants of each: those of the epochs.")] = 5,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Chooses pictures and draws; train.seed if it is not given.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the page if there is one.")] = False,
) -> None:
    """Draw what the network is shown in training, to check augmentation and noise with the eye before hours of it.

    Each row is a training picture: first at model size as it is, then as epoch 0, 1, 2, … will vary it. Below stand the
    same with the method's noise, if it has any (Gaussian or sign; an attack needs a network and is not drawn). Look for
    pictures whose class you could not tell any more: there the strengths are too high. Needs the extra `train`.

    Two uses:

      roadgrip preview work/split/split.json --out preview.png --config configs/roads.yaml

      roadgrip preview work/split/split.json --out preview.png --draws 8 --set train.augmentation.type=crop_flip
    """
    from pipeline.stages.requirements import require
    from pipeline.training.config import TrainConfig

    chosen = [*(overrides or []), *([f"train.seed={seed}"] if seed is not None else [])]
    settings = section("train", TrainConfig, config, chosen)
    _check_free(out, overwrite)
    require(["train"], "roadgrip preview")
    from data_tools.split.artifact import open_split
    from pipeline.training.preview import choose, draw_preview, save_page

    opened = open_split(split)
    samples = choose(opened.samples["train"], pictures, settings.seed)
    if not samples:
        raise InputError(f"{split}: expected training pictures, got none; give fractions.train a larger share")
    save_page(out, draw_preview(samples, opened.classes, settings, draws, f"What the network is shown: {split}"))
    OUT.print(f"{out}: {len(samples)} of {len(opened.samples['train'])} training pictures", markup=False)


def _check_free(out: Path, overwrite: bool) -> None:
    """Raise unless a page may be written."""
    if out.suffix.lower() != ".png":
        raise InputError(f"--out {out}: expected the name of a .png file")
    if out.is_dir():
        raise InputError(f"--out {out}: expected a file, but this is a folder")
    if out.exists() and not overwrite:
        raise InputError(f"--out {out}: exists; choose another name, or pass --overwrite")
