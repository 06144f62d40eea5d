"""Offer `roadgrip data check`."""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from data_tools.checks.issues import IssueRecord
from data_tools.dataset.config import DataConfig
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress
from pipeline.cli.console import OUT, bars, table
from pipeline.cli.data import show_counts, show_issues
from pipeline.cli.data_options import (
    ClassesOption,
    EngineOption,
    LabelsOption,
    SourceArgument,
    WorkersOption,
    chosen_engine,
    data_config,
)
from pipeline.cli.options import ConfigOption, SetOption
from pipeline.cli.sections import section

_LISTED_PER_ISSUE = 5


class _Checked(NamedTuple):
    """Hold what was found, and how to open a picture by its path."""

    classes: tuple[str, ...]
    groups_by_class: dict[str, int]
    report: str
    pictures_by_class: dict[str, int]
    quarantined: dict[str, int]
    reported: dict[str, int]
    skipped: dict[str, int]
    issues: list[IssueRecord]
    file_of: Callable[[str], Path]


def check(
    source: SourceArgument = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    classes: ClassesOption = None,
    labels: LabelsOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = "local",
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the findings to this file.")] = None,
    gallery: Annotated[
        Path | None, typer.Option("--gallery", help="Draw the worst cases of each issue as PNG into this folder.")
    ] = None,
    label_errors: Annotated[
        Path | None,
        typer.Option(
            "--label-errors",
            help="Also look for wrong labels, into this folder (SOURCE: dataset.json; needs the extras train, labels).",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", help="For --label-errors: imagenet, or a local weight file of the frozen network."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when anything is quarantined.")] = False,
) -> None:
    """Check every picture of a source, or show what the checks of a built data set found; nothing is changed.

    Each issue is quarantined (a build leaves the file out, with its reason in issues.csv) or reported (it stays);
    data.checks in a configuration sets which, and the thresholds. Examples:

      roadgrip data check roads --gallery sheets

      roadgrip data check work/data/dataset.json --label-errors work/labels --weights mobilenet_v3_small.pth --strict
    """
    built = source is not None and source.name.endswith(".json")
    if label_errors is not None and not built:
        raise InputError("--label-errors: expected a built data set as SOURCE; run `roadgrip data build` first")
    of_source = {"--config": config, "--classes": classes, "--labels": labels, "--set": _of("data", overrides)}
    if built:
        _refuse(of_source if label_errors is None else {**of_source, "--config": None}, "a source, and SOURCE is built")
    if label_errors is None:
        of_search = {"--weights": weights, "--set": _of("label_errors", overrides)}
        _refuse(of_search, "--label-errors, which is not given")
    _check_targets(json_file, gallery)
    with tempfile.TemporaryDirectory(prefix="roadgrip-check-") as work:
        if built and source is not None:
            found = _read(source)
        else:
            settings = data_config(source, config, _of("data", overrides), classes, labels)
            with bars() as progress:
                found = _examine(settings, Path(work), progress, engine, workers)
        suspects = []
        if label_errors is not None and source is not None:
            suspects = _look_for_label_errors(source, label_errors, config, _of("label_errors", overrides), weights)
        _show(found, suspects)
        if json_file is not None:
            from data_tools.artifacts.atomic import write_text

            write_text(json_file, found.report)
        if gallery is not None:
            _draw(found, [*found.issues, *suspects], gallery)
    if strict and found.quarantined:
        listed = ", ".join(f"{name}: {count}" for name, count in found.quarantined.items())
        raise CheckFailedError(f"{source or config}: {sum(found.quarantined.values())} file(s) quarantined ({listed})")


def _refuse(options: Mapping[str, object], what: str) -> None:
    """Raise when an option is given that would be passed over.

    Raises:
        InputError: One is.
    """
    given = [name for name, value in options.items() if value]
    if given:
        raise InputError(f"{', '.join(given)}: applies to {what}; leave it out")


def _check_targets(json_file: Path | None, gallery: Path | None) -> None:
    """Raise, before any picture is read, when a result could not be written.

    Raises:
        InputError: The file is a folder, or the folder a file.
    """
    if json_file is not None and json_file.is_dir():
        raise InputError(f"--json {json_file}: expected a file, got a folder")
    if gallery is not None and gallery.exists() and not gallery.is_dir():
        raise InputError(f"--gallery {gallery}: expected a folder, got a file")


def _of(name: str, overrides: Sequence[str] | None) -> list[str]:
    """Return the overrides of one section; one of neither section is left to the data section, which refuses it."""
    texts = list(overrides or ())
    return [text for text in texts if text.startswith("label_errors.") == (name == "label_errors")]


def _read(dataset_path: Path) -> _Checked:
    """Read what the checks of a built data set found."""
    from data_tools.artifacts.model import check_payload, load_artifact
    from data_tools.checks.issues import read_issues
    from data_tools.dataset.artifact import DatasetArtifact
    from data_tools.dataset.check import CheckReport
    from data_tools.duplicates.pairs import read_near_duplicates

    dataset = load_artifact(DatasetArtifact, dataset_path)
    folder = dataset_path.parent
    check_payload(dataset, folder)
    issues = read_issues(folder / dataset.issues.path)
    report = CheckReport.of(
        dataset.pictures_by_class, issues, read_near_duplicates(folder / dataset.near_duplicates.path)
    )
    return _Checked(
        classes=dataset.classes,
        groups_by_class=dataset.groups_by_class,
        report=report.model_dump_json(indent=2) + "\n",
        pictures_by_class=dataset.pictures_by_class,
        quarantined=report.quarantined_by_issue,
        reported=report.reported_by_issue,
        skipped=dataset.skipped,
        issues=issues,
        file_of=dataset.file_namer(folder),
    )


def _examine(settings: DataConfig, work: Path, progress: Progress, engine: str, workers: int | None) -> _Checked:
    """Examine a source without building a data set."""
    from functools import partial

    from data_tools.dataset.check import CheckReport
    from data_tools.dataset.examine import examine
    from data_tools.dataset.inspect_all import inspect_all, plan_shards
    from data_tools.sources.candidates import SourceContext, file_of

    listing = settings.source.offer(SourceContext(settings.classes, settings.labels, work, progress))
    jobs = plan_shards(listing, work / "shards", None)
    inspect_all(jobs, chosen_engine(engine, workers), progress)
    found = examine(settings.model_copy(update={"cache": None}), listing, jobs, progress)
    pictures = Counter(record.label for record in found.records)
    groups = Counter(label for label, _ in {(record.label, record.group) for record in found.records})
    by_class = {name: pictures[name] for name in settings.classes}
    report = CheckReport.of(by_class, found.issues, found.near_duplicates)
    return _Checked(
        classes=settings.classes,
        groups_by_class={name: groups[name] for name in settings.classes},
        report=report.model_dump_json(indent=2) + "\n",
        pictures_by_class=by_class,
        quarantined=report.quarantined_by_issue,
        reported=report.reported_by_issue,
        skipped=listing.skipped,
        issues=found.issues,
        file_of=partial(file_of, listing.roots),
    )


def _look_for_label_errors(
    dataset: Path, out: Path, config: Path | None, overrides: list[str], weights: str | None
) -> list[IssueRecord]:
    """Run the search for wrong labels and return its suspects as issues."""
    from pipeline.cli.sections import result_folder
    from pipeline.label_errors.artifact import FILE_NAME, open_label_errors
    from pipeline.label_errors.config import LabelErrorConfig
    from pipeline.stages.requirements import require

    require(("train", "labels"), "roadgrip data check --label-errors")
    from pipeline.label_errors.stage import check_labels

    if weights is not None:
        overrides = [*overrides, f"label_errors.weights={weights}"]
    settings = section("label_errors", LabelErrorConfig, config, overrides)
    with result_folder(out, FILE_NAME, overwrite=True) as folder, bars() as progress:
        check_labels(settings, dataset, folder, progress)
    opened = open_label_errors(out / FILE_NAME)
    result, suspects = opened.artifact, opened.suspects
    OUT.print(
        f"label errors: {result.suspected} of {result.pictures} labels doubted; out-of-fold accuracy "
        f"{result.accuracy.value:.3f}: {out / FILE_NAME}",
        markup=False,
    )
    return [
        IssueRecord(item.path, "label_error", "report", round(item.score, 4), f"{item.label}, looks {item.suggested}")
        for item in suspects
    ]


def _show(found: _Checked, suspects: list[IssueRecord]) -> None:
    """Print the counts, and the worst cases."""
    show_counts(found.pictures_by_class, found.groups_by_class)
    reported = {**found.reported, **({"label_error": len(suspects)} if suspects else {})}
    show_issues(found.quarantined, reported, found.skipped)
    rows: list[tuple[str, ...]] = []
    hidden = 0
    for name, same in groupby(sorted([*found.issues, *suspects], key=_worst_first), key=lambda row: row.issue):
        listed = list(same)
        hidden += max(len(listed) - _LISTED_PER_ISSUE, 0)
        rows += [(row.path, name, row.action, f"{row.score:.2f}", row.detail) for row in listed[:_LISTED_PER_ISSUE]]
    if rows:
        title = f"the worst of each issue ({hidden} more: --json lists all)" if hidden else "issues"
        table(title, ("file", "issue", "action", "score", "detail"), rows, right=(3,))


def _worst_first(row: IssueRecord) -> tuple[bool, str, float, str]:
    """Order issues: quarantined first, by type, the worst of a type first."""
    return (row.action != "quarantine", row.issue, -row.score, row.path)


def _draw(found: _Checked, issues: list[IssueRecord], folder: Path) -> None:
    """Draw the contact sheets."""
    from data_tools.checks.gallery import draw_gallery
    from data_tools.images.decode import read_picture

    for sheet in draw_gallery(issues, lambda path: read_picture(found.file_of(path)), folder):
        OUT.print(str(sheet), markup=False)
