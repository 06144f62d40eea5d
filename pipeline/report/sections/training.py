"""Show what was trained, from what, and how the training went."""

from pipeline.report.blocks import Beside, Block, Cell, Fold, Note, Plot, Section, digest, facts, number, table
from pipeline.report.evidence import Evidence
from pipeline.report.figures import start_weights
from pipeline.report.formatting import mebibytes, percent
from pipeline.report.history import History, read_history
from pipeline.report.plots.lines import curves


def training_section(evidence: Evidence) -> Section:
    """Build the training's section."""
    checkpoint = evidence.checkpoint
    history = read_history(evidence.inputs.checkpoint.parent / checkpoint.history.path)
    return Section(
        "training",
        "Training",
        "The network, what it started from, and its course over the epochs. The weights are those of the best epoch.",
        (
            *_warning(evidence),
            Beside((_network(evidence), _course(evidence, history))),
            Beside(tuple(_plots(evidence, history))),
            Fold("History by epoch", (table("", [number(name) for name in history.names], history.rows),)),
            Fold("Versions of the training packages", (facts("", _versions(evidence)),)),
        ),
    )


def _warning(evidence: Evidence) -> tuple[Block, ...]:
    origin = evidence.checkpoint.initial_weights
    if origin.type != "scratch":
        return ()
    return (
        Note(
            "Trained from a random start, not fine-tuned from ImageNet weights. "
            f"Reason on record: {origin.detail.rstrip('.')}. Accuracies here are not those of a fine-tuned network.",
            warning=True,
        ),
    )


def _network(evidence: Evidence) -> Block:
    checkpoint = evidence.checkpoint
    network, spec, origin = checkpoint.network, checkpoint.preprocessing, checkpoint.initial_weights
    width = "none (the network's own classifier)" if network.embedding_dim is None else str(network.embedding_dim)
    words, detail = start_weights(origin)
    mean, std = (", ".join(f"{value:g}" for value in values) for values in _statistics(evidence))
    return facts(
        "Network and input",
        [
            ("Network", network.name),
            ("Embedding width", width),
            ("Classes", str(network.num_classes)),
            ("Start weights", f"{words}: {detail}"),
            *([("Start weights sha256", digest(origin.sha256))] if origin.sha256 else []),
            ("Input", f"{spec.width}×{spec.height} px, {spec.color.upper()}, {spec.dtype} {spec.layout.upper()}"),
            ("Resize", f"{spec.interpolation}, aspect ratio not kept"),
            ("Normalisation", f"mean ({mean}), standard deviation ({std}), on the 0 to 1 scale"),
        ],
    )


def _statistics(evidence: Evidence) -> tuple[tuple[float, ...], tuple[float, ...]]:
    normalization = evidence.checkpoint.preprocessing.normalization
    return normalization.mean, normalization.std


def _course(evidence: Evidence, history: History) -> Block:
    checkpoint = evidence.checkpoint
    seconds = history.seconds()
    return facts(
        "Course",
        [
            ("Method", checkpoint.method),
            ("Batch-norm statistics", checkpoint.batch_norm),
            ("Epochs", str(checkpoint.epochs)),
            ("Best epoch", f"{_best(evidence, history):g}, as numbered in the history"),
            ("Validation accuracy", percent(checkpoint.best_val_accuracy)),
            ("Training time", "not recorded" if seconds is None else f"{seconds / 60:.1f} min"),
            ("Weights", f"{mebibytes(checkpoint.weights.size_bytes)} (safetensors)"),
            ("Weights sha256", digest(checkpoint.weights.sha256)),
        ],
    )


def _best(evidence: Evidence, history: History) -> float:
    """Return the best epoch as the history numbers it."""
    index = evidence.checkpoint.best_epoch
    return history.epochs[index] if index < len(history.epochs) else float(index)


def _plots(evidence: Evidence, history: History) -> list[Block]:
    best = _best(evidence, history)
    kinds = (("losses", "Loss terms", "loss"), ("accuracies", "Accuracies", "accuracy"))
    blocks: list[Block] = []
    for (name, caption, axis), columns in zip(kinds, (history.losses(), history.accuracies()), strict=True):
        if columns:
            label = f"{caption} by epoch"
            percent_axis = name == "accuracies"
            plot = curves(name, label, history.epochs, columns, best=best, axis=axis, in_percent=percent_axis)
            blocks.append(Plot(label, plot))
        else:
            blocks.append(Note(f"{caption}: the history has no such column."))
    return blocks


def _versions(evidence: Evidence) -> list[tuple[str, Cell | str]]:
    return [*sorted(evidence.checkpoint.versions.items())]
