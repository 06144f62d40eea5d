"""Write the tables and the picture of what is trained and measured."""

from collections.abc import Mapping, Sequence

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.csv_table import write_table
from data_tools.artifacts.model import load_artifact, parent, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.producer import PRODUCER
from data_tools.split.artifact import OpenSplit
from pipeline.comparison.artifact import ComparisonArtifact
from pipeline.comparison.bootstrap import RESAMPLES
from pipeline.comparison.config import CSV_NAME, JSON_NAME, PLOT_NAME, TABLE_NAME
from pipeline.comparison.networks import Network, is_trained, load_measured, network_of, training_seconds
from pipeline.comparison.plan import Comparison
from pipeline.comparison.plot import draw
from pipeline.comparison.summary import Result, compared_entry, differences
from pipeline.comparison.table import CSV_COLUMNS, csv_rows, markdown
from pipeline.training.artifact import CheckpointArtifact, WeightsOrigin

Origins = Sequence[tuple[Network, WeightsOrigin]]


def write_results(comparison: Comparison, split: OpenSplit) -> list[Network]:
    """Write the tables and the picture of all networks that are trained and measured; `comparison.json` comes last.

    Returns:
        The networks that are in them.

    Raises:
        InputError: There are none.
        CheckFailedError: Networks that should have started alike did not (see `check_starts`).
    """
    config, out = comparison.config, comparison.out
    found: dict[str, dict[int, Result]] = {}
    origins: list[tuple[Network, WeightsOrigin]] = []
    for network in (network_of(out, entry, seed) for entry in comparison.entries for seed in config.seeds):
        measured = load_measured(network, config, comparison.around) if is_trained(network, comparison.around) else None
        if measured is not None:
            checkpoint = load_artifact(CheckpointArtifact, network.checkpoint)
            origins.append((network, checkpoint.initial_weights))
            seconds = training_seconds(checkpoint, network.folder)
            found.setdefault(network.entry.name, {})[network.seed] = Result(measured, checkpoint.epochs, seconds)
    if not found:
        raise InputError(f"{out}: expected a network that is trained and measured with these settings, found none")
    check_starts(origins)
    networks = [network for network, _ in origins]
    artifact = _summary(comparison, split, found, networks)
    write_table(out / CSV_NAME, CSV_COLUMNS, csv_rows(artifact))
    write_text(out / TABLE_NAME, markdown(artifact))
    draw(artifact, out / PLOT_NAME)
    save_artifact(artifact, out / JSON_NAME)
    return networks


def check_starts(origins: Origins) -> None:
    """Check that networks of one kind with the same choice of weights started from the same ones.

    `imagenet-or-scratch` starts from random weights where there is no network connection, and no table would tell.

    Raises:
        CheckFailedError: Some started otherwise; the message names them and says which folders to remove.
    """
    kinds: dict[tuple[str, str], list[tuple[Network, WeightsOrigin]]] = {}
    for network, origin in origins:
        train = network.entry.train
        kinds.setdefault((train.network, train.weights), []).append((network, origin))
    for (name, weights), members in kinds.items():
        starts: dict[tuple[bool, str | None], list[Network]] = {}
        for network, origin in members:
            starts.setdefault((origin.type == "scratch", origin.sha256), []).append(network)
        if len(starts) > 1:
            kept = min(starts, key=lambda start: (start[0], -len(starts[start])))
            odd = [network for start, group in starts.items() if start != kept for network in group]
            labels = " / ".join(network.label for network in odd)
            start = "from random weights" if all(start[0] for start in starts if start != kept) else "from others"
            raise CheckFailedError(
                f"{labels}: started {start}, and {' / '.join(item.label for item in starts[kept])} did not, although "
                f"all are {name} with train.weights={weights}; remove "
                f"{', '.join(str(network.folder) for network in odd)} to have them trained anew"
            )


def _summary(
    comparison: Comparison, split: OpenSplit, found: Mapping[str, Mapping[int, Result]], networks: Sequence[Network]
) -> ComparisonArtifact:
    """Describe the whole comparison."""
    config, out = comparison.config, comparison.out
    samples = split.samples[config.part]
    groups = [sample.group for sample in samples]
    return ComparisonArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(
            parent("split", comparison.split_path, out),
            *(parent("checkpoint", network.checkpoint, out) for network in networks),
        ),
        classes=split.classes,
        part=config.part,
        pictures=len(samples),
        groups=len(set(groups)),
        sigmas=config.sigmas,
        runs=config.runs,
        reference=config.reference,
        resamples=RESAMPLES,
        entries=tuple(compared_entry(entry, found[entry.name]) for entry in comparison.entries if entry.name in found),
        differences=differences(found, config.reference, groups),
    )
