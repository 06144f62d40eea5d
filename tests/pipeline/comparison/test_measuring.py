from pathlib import Path

import numpy as np
import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.errors import InputError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.perturbations import perturb
from data_tools.split.artifact import open_split
from pipeline.comparison import measuring
from pipeline.comparison.config import CompareConfig
from pipeline.comparison.measuring import measure
from pipeline.evaluation.artifact import EvaluationArtifact
from pipeline.evaluation.config import EvaluateConfig
from pipeline.evaluation.prediction import predict_logits
from pipeline.evaluation.stage import run as evaluate
from pipeline.training.networks import RoadNet
from tests.pipeline.training.tiny_split import CLASSES

CONFIG = CompareConfig(sigmas=(0, 20, 60), runs=3, batch_size=4)
LAST = "seed_1/checkpoint.json"


def checkpoints(finished: Path) -> list[Path]:
    return [finished / "normal" / LAST, finished / "robust" / LAST]


def test_every_network_gets_what_evaluate_measures(finished: Path, split_path: Path, tmp_path: Path) -> None:
    samples = open_split(split_path).samples["test"]
    reports: list[tuple[int, int, str]] = []
    found = measure(
        checkpoints(finished), samples, CLASSES, CONFIG, threads=1, progress=lambda *report: reports.append(report)
    )
    assert [report[:2] for report in reports] == [(4, 9), (8, 9), (9, 9)]
    for index, path in enumerate(checkpoints(finished)):
        levels = found[index]
        assert levels is not None
        for level in levels[1:]:
            settings = EvaluateConfig(sigma=level.sigma, runs=3)
            out = tmp_path / f"{index}_{level.sigma:g}"
            expected = load_artifact(EvaluationArtifact, evaluate(settings, path, split_path, out))
            assert level.accuracy_by_run == pytest.approx(expected.noisy.accuracy_by_run)
            assert level.confusion == expected.noisy.pooled.confusion
            assert levels[0].confusion == expected.clean.confusion
            assert level.recall == pytest.approx({n: s.value for n, s in expected.noisy.pooled.recall.items()})


def test_noise_is_drawn_once_for_all_networks(
    finished: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws: list[tuple[str, float, int]] = []

    def counted(picture: np.ndarray, image_id: str, name: str, severity: float, run: int) -> np.ndarray:
        draws.append((image_id, severity, run))
        return perturb(picture, image_id, name, severity, run)

    monkeypatch.setattr(measuring, "perturb", counted)
    measure(checkpoints(finished), open_split(split_path).samples["test"], CLASSES, CONFIG)
    assert len(draws) == len(set(draws)) == 9 * (1 + 3 + 3)


def test_a_network_with_endless_outputs_does_not_cost_the_others(
    finished: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = open_split(split_path).samples["test"]
    _, expected = measure(checkpoints(finished), samples, CLASSES, CONFIG)
    networks: list[object] = []

    def first_is_endless(network: RoadNet, preprocessing: PreprocessingSpec, batch: np.ndarray) -> np.ndarray:
        networks.append(network)
        logits = predict_logits(network, preprocessing, batch)
        return np.full_like(logits, np.nan) if network is networks[0] else logits

    monkeypatch.setattr(measuring, "predict_logits", first_is_endless)
    assert measure(checkpoints(finished), samples, CLASSES, CONFIG) == [None, expected]
    assert networks.count(networks[0]) == 1


def test_other_classes_are_an_error(finished: Path, split_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the split's classes \('a', 'b'\)"):
        measure(checkpoints(finished), open_split(split_path).samples["test"], ("a", "b"), CONFIG)
