"""Show how the checkpoint does on clean and on noisy pictures."""

from data_tools.metrics.classification import ClassificationMetrics, Share
from pipeline.evaluation.artifact import EvaluationArtifact
from pipeline.report.blocks import Beside, Block, Fold, Plot, Section, Table, number, table, text
from pipeline.report.formatting import count, mean_std, percent, percent_range, successes
from pipeline.report.heat_map import heat_map
from pipeline.report.plots.intervals import interval_plot
from pipeline.report.sections.missing import not_run

_OPEN_SOURCES = 12


def evaluation_section(evaluation: EvaluationArtifact | None) -> Section:
    """Build the evaluation's section."""
    if evaluation is None:
        return not_run("evaluation", "Evaluation", "The evaluation stage")
    sigma = evaluation.noisy.sigma
    return Section(
        "evaluation",
        "Evaluation",
        f"The trained network on the {evaluation.part} part, on clean pictures and under Gaussian noise of "
        f"σ = {sigma:g} grey levels. Intervals are 95 % Wilson intervals and count every picture as independent. "
        "Heat maps: pictures and their share of the row.",
        (
            _summary(evaluation),
            Fold(f"Accuracy of each of the {evaluation.noisy.runs} noise draws", (_runs(evaluation),)),
            Beside((_recall(evaluation), _recall_plot(evaluation))),
            Beside(
                (
                    heat_map("Confusion, clean pictures", evaluation.classes, evaluation.clean.confusion),
                    heat_map(
                        f"Confusion, σ = {sigma:g}, all draws together",
                        evaluation.classes,
                        evaluation.noisy.pooled.confusion,
                    ),
                )
            ),
            *_sources(evaluation.clean_accuracy_by_source),
        ),
    )


def _summary(evaluation: EvaluationArtifact) -> Table:
    noisy = evaluation.noisy
    rows = [
        ["clean", percent(evaluation.clean.accuracy.value), *_metrics(evaluation.clean)],
        [
            f"σ = {noisy.sigma:g}, {noisy.runs} draws",
            mean_std(noisy.accuracy_mean, noisy.accuracy_std),
            *_metrics(noisy.pooled),
        ],
    ]
    columns = [
        text("Pictures"),
        number("Accuracy"),
        number("95 % interval"),
        number("Correct"),
        number("ECE"),
        number("Mean confidence"),
    ]
    return table(
        "Accuracy (± standard deviation over draws) and calibration (ECE: expected calibration error, 15 bins)",
        columns,
        rows,
    )


def _metrics(metrics: ClassificationMetrics) -> list[str]:
    share = metrics.accuracy
    return [
        percent_range(share),
        successes(share),
        f"{metrics.ece:.3f}",
        percent(metrics.mean_confidence),
    ]


def _runs(evaluation: EvaluationArtifact) -> Table:
    noisy = evaluation.noisy
    rows = [[str(index), percent(value)] for index, value in enumerate(noisy.accuracy_by_run)]
    rows.append(["mean ± std", mean_std(noisy.accuracy_mean, noisy.accuracy_std)])
    return table("", [text("Draw"), number("Accuracy")], rows, total=True)


def _recall(evaluation: EvaluationArtifact) -> Table:
    rows = [
        [name, pictures, *_share(metrics.recall[name])]
        for name in evaluation.classes
        for pictures, metrics in (("clean", evaluation.clean), ("noisy", evaluation.noisy.pooled))
    ]
    columns = [text("Class"), text("Pictures"), number("Recall"), number("95 % interval"), number("Correct")]
    return table("Recall by class", columns, rows)


def _share(share: Share) -> list[str]:
    if share.trials == 0:
        return ["no pictures", "–", "0 of 0"]
    return [percent(share.value), percent_range(share), successes(share)]


def _recall_plot(evaluation: EvaluationArtifact) -> Plot:
    series = {
        "clean": [evaluation.clean.recall[name] for name in evaluation.classes],
        f"σ = {evaluation.noisy.sigma:g}": [evaluation.noisy.pooled.recall[name] for name in evaluation.classes],
    }
    caption = "Recall by class with 95 % Wilson intervals"
    return Plot(caption, interval_plot("recall", caption, evaluation.classes, series, "recall, %"))


def _sources(by_source: dict[str, Share]) -> tuple[Block, ...]:
    names = sorted(by_source)
    shares = [by_source[name] for name in names]
    caption = "Accuracy by source, clean"
    columns = [text("Source"), number("Accuracy"), number("95 % interval"), number("Correct")]
    block = table(caption, columns, [[name, *_share(by_source[name])] for name in names])
    if not names:
        return (block,)
    if len(names) > _OPEN_SOURCES:
        return (Fold(f"{caption} ({count(len(names))} sources)", (block,)),)
    plot = interval_plot("sources", caption, names, {"clean": shares}, "accuracy, %")
    return (Beside((block, Plot(f"{caption}, with 95 % Wilson intervals", plot))),)
