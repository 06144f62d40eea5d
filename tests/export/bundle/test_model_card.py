from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.split.artifact import OpenSplit, open_split
from export.artifact import OnnxArtifact
from export.bundle.model_card import CardFacts, model_card
from export.runtime.manifest import Ancestor, BundleManifest, LeftOut
from pipeline.training.artifact import CheckpointArtifact
from tests.export.runtime.tiny_bundle import write_bundle


@pytest.fixture
def facts(onnx_path: Path, checkpoint_path: Path, split_path: Path, tmp_path: Path) -> CardFacts:
    manifest = load_artifact(BundleManifest, write_bundle(tmp_path, temperatures={"int8": 1.75}))
    return CardFacts(
        name="Road | eye",
        source=load_artifact(OnnxArtifact, onnx_path),
        split=open_split(split_path),
        checkpoint=load_artifact(CheckpointArtifact, checkpoint_path),
        variants=manifest.variants,
        left_out=(LeftOut(name="int8-trt", reason="outside the budget on the test part: agreement"),),
        lineage=(Ancestor(kind="split", sha256="ab" * 32, summary="split.json by somebody"),),
    )


@pytest.mark.parametrize(
    "line",
    [
        "# Road | eye",
        "Says which of 3 classes a picture shows: dry, wet, snow.",
        "| input | 96×64 px, RGB, uint8, resized: supersampled |",
        "| class | train | val | calibration | test |",
        "| snow | 16 | 1 | 4 | 6 |",
        "| web | 24 | 0 | 6 | 9 |",
        "come from 100 pictures of the validation part, the rest from 3 of the test part",
        "| fp32 | onnxruntime-cpu | 926 | 100.0 %",
        "| 100.0 % [43.9, 100.0] | 100.0 % [43.9, 100.0] |",
        "| int8 | 1.75 | fitted | 0.1000 → 0.1000 |",
        "| 0.05 / 0.1 |",
        "| dry | 100.0 % [61.0, 100.0] | 6 of 6 |",
        "Made, but not in the bundle: int8-trt, outside the budget on the test part: agreement.",
        f"| split | `{'ab' * 32}` | split.json by somebody |",
        "method normal",
    ],
)
def test_the_card_says(facts: CardFacts, line: str):
    assert line in model_card(facts)


def test_the_card_is_the_same_each_time_and_names_no_place(facts: CardFacts, tmp_path: Path):
    card = model_card(facts)
    assert card == model_card(facts)
    assert "/tmp" not in card
    assert str(tmp_path.parent) not in card


def test_a_checkpoint_that_is_not_at_hand_is_said_to_be_so(facts: CardFacts):
    card = model_card(CardFacts(**{**vars(facts), "checkpoint": None}))
    assert "| training | not at hand when the bundle was made |" in card
    assert "method normal" not in card


def test_names_stay_in_their_cells(facts: CardFacts):
    samples = {
        part: tuple(item._replace(source="a|b\n# c") for item in items) for part, items in facts.split.samples.items()
    }
    split = OpenSplit(classes=facts.split.classes, dataset_path=facts.split.dataset_path, samples=samples)
    assert "| a\\|b # c | 48 | 3 | 12 | 18 |" in model_card(CardFacts(**{**vars(facts), "split": split}))
