import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.errors import InputError
from pipeline.comparison.networks import (
    Network,
    is_trained,
    load_measured,
    network_of,
    prepare,
    training_fingerprint,
    training_seconds,
)
from pipeline.comparison.plan import Comparison
from pipeline.training.artifact import CheckpointArtifact
from tests.pipeline.comparison.tiny_comparison import tiny_comparison


@pytest.fixture
def comparison(finished: Path, split_path: Path, tmp_path: Path) -> Comparison:
    return tiny_comparison(split_path, Path(shutil.copytree(finished, tmp_path / "out")))


@pytest.fixture
def network(comparison: Comparison) -> Network:
    return comparison.networks(1)[1]


def test_a_finished_network_is_recognised(comparison: Comparison, network: Network) -> None:
    assert (network.label, network.config().seed) == ("robust, seed 1", 1)
    assert is_trained(network, comparison.around)
    assert load_measured(network, comparison.config, comparison.around) is not None


@pytest.mark.parametrize("changed", ["split", "versions", "code", "config", "weights"])
def test_whatever_decides_the_weights_makes_another_network(
    comparison: Comparison, network: Network, split_path: Path, tmp_path: Path, changed: str
) -> None:
    around, other = comparison.around, network
    if changed == "split":
        around = replace(around, split_sha256="0" * 64)
    elif changed == "versions":
        around = replace(around, versions={"torch": "2"})
    elif changed == "code":
        around = replace(around, training_code="2")
    else:
        (tmp_path / "w.pth").write_bytes(b"1")
        train: dict[str, object] = (
            {"learning_rate": 0.5} if changed == "config" else {"weights": str(tmp_path / "w.pth")}
        )
        other = tiny_comparison(split_path, comparison.out, train).networks(1)[1]
    assert not is_trained(other, around)
    if changed == "weights":
        before = training_fingerprint(other, around)
        (tmp_path / "w.pth").write_bytes(b"2")
        assert training_fingerprint(other, around) != before


@pytest.mark.parametrize("train", [{"num_workers": 2}, {"loggers": ("csv",)}, {"seed": 77}])
def test_keys_without_effect_keep_it(comparison: Comparison, split_path: Path, train: dict[str, object]) -> None:
    assert is_trained(tiny_comparison(split_path, comparison.out, train).networks(1)[1], comparison.around)


@pytest.mark.parametrize("changes", [{"sigmas": [0, 40]}, {"runs": 3}, {"part": "val"}])
def test_other_noise_keeps_the_network_and_drops_its_results(
    comparison: Comparison, split_path: Path, network: Network, changes: dict[str, object]
) -> None:
    other = tiny_comparison(split_path, comparison.out, **changes)
    assert is_trained(network, other.around)
    assert load_measured(network, other.config, other.around) is None
    assert load_measured(network, comparison.config, replace(comparison.around, measuring_code="2")) is None


def test_an_unreadable_identity_means_anew_and_a_half_trained_network_stays(
    comparison: Comparison, network: Network, tmp_path: Path
) -> None:
    identity = network.folder / "training.json"
    for text in ("{", "[]", '{"fingerprint": 3}'):
        identity.write_text(text, encoding="utf-8")
        assert not is_trained(network, comparison.around)
    assert prepare(network, comparison.around)
    assert [path.name for path in network.folder.iterdir()] == ["training.json"]
    assert json.loads(identity.read_text(encoding="utf-8"))["fingerprint"] == training_fingerprint(
        network, comparison.around
    )
    (network.folder / "resume").mkdir()
    assert not prepare(network, comparison.around)
    assert (network.folder / "resume").is_dir()
    fresh = network_of(tmp_path / "new", network.entry, 5)
    assert not prepare(fresh, comparison.around)
    assert not is_trained(fresh, comparison.around)


def test_of_a_weights_file_the_content_counts_and_not_its_path(split_path: Path, tmp_path: Path) -> None:
    fingerprints = []
    for name, content in (("a.pth", b"1"), ("b.pth", b"1"), ("c.pth", b"2")):
        (tmp_path / name).write_bytes(content)
        comparison = tiny_comparison(split_path, tmp_path, {"weights": str(tmp_path / name)})
        fingerprints.append(training_fingerprint(comparison.networks(0)[0], comparison.around))
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]
    words = {word: tiny_comparison(split_path, tmp_path, {"weights": word}) for word in ("scratch", "imagenet")}
    assert len({training_fingerprint(item.networks(0)[0], item.around) for item in words.values()}) == 2


def test_a_word_stays_a_word_beside_a_file_of_that_name(
    split_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = tiny_comparison(split_path, tmp_path)
    before = training_fingerprint(comparison.networks(0)[0], comparison.around)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scratch").write_bytes(b"1")
    assert training_fingerprint(comparison.networks(0)[0], comparison.around) == before


def test_what_an_interrupted_first_write_left_is_no_hindrance(comparison: Comparison, tmp_path: Path) -> None:
    fresh = network_of(tmp_path / "new", comparison.entries[0], 5)
    fresh.folder.mkdir(parents=True)
    (fresh.folder / ".training.json.x7_b").write_text("{", encoding="utf-8")
    assert not prepare(fresh, comparison.around)
    assert (fresh.folder / "training.json").is_file()


def test_a_history_without_seconds_is_an_error(network: Network) -> None:
    checkpoint = load_artifact(CheckpointArtifact, network.checkpoint)
    assert training_seconds(checkpoint, network.folder) > 0
    for text in ("epoch\n0\n", "epoch,seconds\n0,x\n"):
        (network.folder / "history.csv").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="expected a column of seconds"):
            training_seconds(checkpoint, network.folder)
