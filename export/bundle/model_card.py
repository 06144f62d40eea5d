"""Write the model card (Mitchell et al. 2019): what a bundle is for, how good it is, and where its limits are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data_tools.metrics.classification import ClassificationMetrics, Share
from data_tools.producer import PRODUCER
from data_tools.split.artifact import PARTS, OpenSplit
from export.artifact import OnnxArtifact
from export.runtime.manifest import Ancestor, LeftOut, Variant
from pipeline.training.artifact import CheckpointArtifact

FILE_NAME = "MODEL_CARD.md"

BASIS = {
    "fitted": "fitted",
    "at_limit": "at the limit of what is allowed",
    "too_few_pictures": "not fitted: too few validation pictures",
    "one_class": "not fitted: validation pictures of one class",
}
_ORIGIN = {
    "head": "the nearest-centre head's own",
    "trained": "kept by the loss while training",
    "measured": "class means of the train part's features",
}

_LIMITS = """\
- Every number holds for pictures like the test part's. Pictures of one drive resemble each other, so that the
  intervals, which take them for independent, are too narrow.
- The thresholds promise their share only for pictures drawn as the validation part was; another camera, another season
  or dirt on the lens is not. What lies beyond them is unlike the known pictures, and what lies within them may still be
  something else.
- A temperature makes confidence right on average over the validation part, not for each picture or each kind of
  picture."""


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """Hold what a model card says; the checkpoint is None where it was not at hand."""

    name: str
    source: OnnxArtifact
    split: OpenSplit
    checkpoint: CheckpointArtifact | None
    variants: tuple[Variant, ...]
    left_out: tuple[LeftOut, ...]
    lineage: tuple[Ancestor, ...]


def model_card(facts: CardFacts) -> str:
    """Return the card as Markdown: the same facts give the same bytes."""
    return "\n\n".join(
        [
            f"# {facts.name}",
            _use(facts),
            "## Network",
            _network(facts),
            "## Data",
            *_data(facts.split),
            "## Variants",
            *_variants(facts),
            "## By class",
            _by_class(facts.source.metrics),
            "## Known limits",
            _limits(facts),
            "## Lineage",
            _lineage(facts.lineage),
        ]
    ) + "\n"  # fmt: skip


def _use(facts: CardFacts) -> str:
    """Say what the network is for."""
    names = ", ".join(map(_plain, facts.source.classes))
    return (
        f"Says which of {len(facts.source.classes)} classes a picture shows: {names}. For pictures from cameras and "
        "scenes like those counted below, as one of several signals: its answer is a probability, and "
        "`in_distribution` says if the picture is like those it knows. Not for decisions that nothing else checks, for "
        f"other classes, or for other kinds of picture. Written by {PRODUCER}."
    )


def _network(facts: CardFacts) -> str:
    """Say what the network is and how it was trained."""
    spec, source = facts.source.preprocessing, facts.source
    rows = [
        ("input", f"{spec.width}×{spec.height} px, {spec.color.upper()}, uint8, resized: {spec.interpolation}"),
        ("feature", f"{source.feature_dim} numbers"),
        ("class centres", _ORIGIN[source.centroids]),
        ("graph", f"ONNX operator set {source.opset}"),
    ]
    if facts.checkpoint is None:
        rows.append(("training", "not at hand when the bundle was made"))
    else:
        trained = facts.checkpoint
        start = trained.initial_weights
        rows += [
            ("architecture", f"{trained.network.name}, head {trained.network.head.replace('_', ' ')}"),
            (
                "training",
                f"method {trained.method}; epochs: {trained.epochs}, the weights are of number {trained.best_epoch}",
            ),
            ("started from", f"{start.type}: {start.detail}"),
            ("validation accuracy", f"{_percent(trained.best_val_accuracy)}; it chose the epoch, so it is optimistic"),
        ]
    return _table(("", ""), rows)


def _data(split: OpenSplit) -> Iterable[str]:
    """Count the pictures by class and by source."""
    parts = {part: split.samples[part] for part in PARTS}
    by_class = {part: Counter(split.classes[item.label] for item in items) for part, items in parts.items()}
    by_source = {part: Counter(item.source for item in items) for part, items in parts.items()}
    sources = sorted({item.source for items in parts.values() for item in items})
    for what, names, counts in (("class", split.classes, by_class), ("source", sources, by_source)):
        yield _table((what, *PARTS), ([name, *(str(counts[part][name]) for part in PARTS)] for name in names), right=4)


def _variants(facts: CardFacts) -> Iterable[str]:
    """Say what every file is worth, on how many pictures, and what was left out."""
    first = facts.variants[0]
    yield (
        f"Measured in ONNX Runtime on a CPU: temperatures and thresholds come from {first.validation_pictures} "
        f"pictures of the validation part, the rest from {first.metrics.test_pictures} of the test part. Brackets hold "
        "95 % Wilson intervals."
    )
    yield _table(
        ("variant", "made for", "size, bytes", "accuracy", "decides as fp32"),
        (
            (
                item.name,
                ", ".join(item.back_ends),
                str(item.file.size_bytes),
                _share(item.metrics.accuracy),
                _share(item.metrics.agreement_with_fp32),
            )
            for item in facts.variants
        ),
        right=3,
    )
    yield "Probabilities are softmax(logits / T); arrows lead from T = 1 to the variant's T."
    yield _table(
        ("variant", "T", "", "ECE", "NLL, nats", "mean confidence", "against fp32, points", "known up to, 95 % / 99 %"),
        (_confidence(item) for item in facts.variants),
        right=6,
    )
    for item in facts.left_out:
        yield f"Made, but not in the bundle: {item.name}, {item.reason}."


def _confidence(item: Variant) -> tuple[str, ...]:
    """Return a variant's row of the second table."""
    before, after = item.metrics.uncalibrated, item.metrics.calibrated
    return (
        item.name,
        f"{item.temperature:.4g}",
        BASIS[item.temperature_basis],
        f"{before.ece:.4f} → {after.ece:.4f}",
        f"{before.nll:.4f} → {after.nll:.4f}",
        f"{_percent(before.mean_confidence)} → {_percent(after.mean_confidence)}",
        f"{100 * before.confidence_change:+.2f} → {100 * after.confidence_change:+.2f}",
        f"{item.ood_thresholds['0.95']:.4g} / {item.ood_thresholds['0.99']:.4g}",
    )


def _by_class(metrics: ClassificationMetrics) -> str:
    """Say how often each class is found."""
    rows = ((name, _share(share), f"{share.successes} of {share.trials}") for name, share in metrics.recall.items())
    return _table(("class", "found by fp32", "pictures"), rows, right=2)


def _limits(facts: CardFacts) -> str:
    """Say what is not known."""
    tensorrt = [item.name for item in facts.variants if "onnxruntime-cpu" not in item.back_ends]
    text = _LIMITS
    if tensorrt:
        text += (
            f"\n- {', '.join(tensorrt)}: measured in ONNX Runtime on a CPU, which is not the back end; an engine "
            "computes in another order. `roadgrip export engine` compares it with the golden pictures."
        )
    return text


def _lineage(lineage: Sequence[Ancestor]) -> str:
    """Name what the bundle was made from."""
    return _table(("kind", "sha256", "what"), ((item.kind, f"`{item.sha256}`", item.summary) for item in lineage))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> str:
    """Return a Markdown table whose last columns are aligned to the right."""
    marks = ["---"] * (len(head) - right) + ["--:"] * right
    return "\n".join(f"| {' | '.join(map(_plain, row))} |" for row in (head, marks, *rows))


def _plain(value: str) -> str:
    """Return a text that stays in its cell."""
    return " ".join(value.split()).replace("|", "\\|")


def _share(share: Share) -> str:
    """Write a share with its interval."""
    return f"{_percent(share.value)} [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def _percent(value: float) -> str:
    """Write a share in per cent."""
    return f"{100 * value:.1f} %"
