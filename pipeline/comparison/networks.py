"""Keep the networks of a comparison in folders, and tell the finished ones from those to be made."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from data_tools.artifacts.atomic import remove_folder, write_text
from data_tools.artifacts.hashing import sha256_file, sha256_json
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import InputError, RoadgripError
from data_tools.producer import PRODUCER
from pipeline.comparison.artifact import MEASURED_NAME, MeasuredNetwork
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.entries import Entry
from pipeline.training import artifact as training_artifact
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.config import TrainConfig
from pipeline.training.networks.weights import WORDS

IDENTITY_NAME = "training.json"
_NO_EFFECT = {"num_workers", "loggers"}
"""Keys of the train section that do not change the network."""
_PARTS = {
    "weights": "the weights file's content",
    "split": "the split",
    "versions": "the libraries' versions",
    "code": "Roadgrip's own code",
}
"""What decides a network beside its settings, in words."""


@dataclass(frozen=True)
class Surroundings:
    """Hold what decides a result beside the configuration."""

    split_sha256: str
    versions: dict[str, str]
    """Of torch and the other libraries."""
    training_code: str
    """Digest of the source that decides how a network ends."""
    measuring_code: str
    """Digest of the source that decides what it gets right."""


@dataclass(frozen=True)
class Network:
    """Name one network of the comparison: an entry with a seed, and its folder."""

    entry: Entry
    seed: int
    folder: Path

    @property
    def label(self) -> str:
        """Return what to call it in messages."""
        return f"{self.entry.name}, seed {self.seed}"

    @property
    def checkpoint(self) -> Path:
        """Return its checkpoint's path."""
        return self.folder / training_artifact.FILE_NAME

    @property
    def measured(self) -> Path:
        """Return its results' path."""
        return self.folder / MEASURED_NAME

    def config(self) -> TrainConfig:
        """Return its training."""
        return self.entry.seeded(self.seed)


def network_of(out: Path, entry: Entry, seed: int) -> Network:
    """Return the network of an entry and a seed below a comparison's folder."""
    return Network(entry, seed, out / entry.name / f"seed_{seed}")


def deciding_parts(network: Network, around: Surroundings) -> dict[str, object]:
    """Return all that decides a network's weights, as JSON values; of a weights file the content, not the path."""
    config = network.config()
    weights = Path(config.weights)
    from_file = config.weights not in WORDS and weights.is_file()
    return {
        "config": config.model_dump(mode="json", exclude=_NO_EFFECT | ({"weights"} if from_file else set())),
        "weights": sha256_file(weights) if from_file else None,
        "split": around.split_sha256,
        "versions": around.versions,
        "code": [PRODUCER, around.training_code],
    }


def training_fingerprint(network: Network, around: Surroundings) -> str:
    """Return the sha256 of all that decides a network's weights."""
    return sha256_json(deciding_parts(network, around))


def measuring_fingerprint(network: Network, config: CompareConfig, around: Surroundings) -> str:
    """Return the sha256 of all that decides what a trained network gets right."""
    return sha256_json(
        {
            "checkpoint": sha256_file(network.checkpoint),
            "sigmas": config.sigmas,
            "runs": config.runs,
            "part": config.part,
            "split": around.split_sha256,
            "versions": around.versions,
            "code": [PRODUCER, around.measuring_code],
        }
    )


def is_trained(network: Network, around: Surroundings) -> bool:
    """Tell whether a network is finished, undamaged, and the one that the configuration asks for."""
    return _identity(network) == training_fingerprint(network, around) and is_finished(network)


def is_finished(network: Network) -> bool:
    """Tell whether a folder holds a finished and undamaged network of a comparison, whatever it was trained with."""
    if not network.checkpoint.is_file() or not _identity(network):
        return False
    try:
        check_payload(load_artifact(CheckpointArtifact, network.checkpoint), network.folder)
    except RoadgripError:
        return False
    return True


def what_changed(network: Network, around: Surroundings) -> str:
    """Say in what a folder's network differs from what the configuration asks for."""
    old, new = _read(network).get("of"), deciding_parts(network, around)
    if not isinstance(old, dict):
        return "the settings, the data, the libraries or the code changed"
    before, now = _tree(old.get("config")), _tree(new["config"])
    changed = [f"train.{key}" for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
    changed += [words for key, words in _PARTS.items() if old.get(key) != new[key]]
    return f"changed: {', '.join(changed) or 'its fingerprint'}"


def load_measured(network: Network, config: CompareConfig, around: Surroundings) -> MeasuredNetwork | None:
    """Return a trained network's results, or None where there are none for these settings."""
    if not network.measured.is_file():
        return None
    try:
        found = load_artifact(MeasuredNetwork, network.measured)
    except InputError:
        return None
    return found if found.fingerprint == measuring_fingerprint(network, config, around) else None


def prepare(network: Network, around: Surroundings) -> bool:
    """Make a folder ready for a training, and return True where an older network had to go.

    The fingerprint is written before the training, so that a checkpoint never stands beside one that is not its own;
    a half-trained network of the same fingerprint stays. Hidden files, which an interrupted write may leave, do not
    count.

    Raises:
        InputError: The folder holds something that no comparison wrote.
    """
    parts = deciding_parts(network, around)
    expected = sha256_json(parts)
    found = _identity(network)
    older = found is not None and found != expected
    damaged = found == expected and network.checkpoint.exists()
    files = network.folder.iterdir() if network.folder.exists() else ()
    if found is None and any(not item.name.startswith(".") for item in files):
        raise InputError(f"{network.folder}: expected an empty or new folder, or one of an earlier comparison")
    if older or damaged:
        remove_folder(network.folder)
    write_text(network.folder / IDENTITY_NAME, json.dumps({"fingerprint": expected, "of": parts}, indent=2) + "\n")
    return older or damaged


def training_seconds(checkpoint: CheckpointArtifact, folder: Path) -> float:
    """Return the seconds that a network's epochs took, from its history.

    Raises:
        InputError: The history has no such column.
    """
    path = folder / checkpoint.history.path
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    try:
        return sum(float(row["seconds"]) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: expected a column of seconds, but there is none, or no number in it") from error


def _identity(network: Network) -> str | None:
    """Return the fingerprint of what a folder holds; None where there is none, '' where it cannot be read."""
    if not (network.folder / IDENTITY_NAME).exists():
        return None
    fingerprint = _read(network).get("fingerprint")
    return fingerprint if isinstance(fingerprint, str) else ""


def _tree(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _read(network: Network) -> dict[str, object]:
    """Return what a folder's identity file says; nothing where it cannot be read."""
    try:
        value: object = json.loads((network.folder / IDENTITY_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return _tree(value)
