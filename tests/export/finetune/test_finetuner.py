import numpy as np
import onnx
import pytest

from data_tools.split.artifact import Sample
from export.config import FinetuneConfig
from export.finetune.finetuner import Finetuner
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from pipeline.training.networks.roadnet import RoadNet
from tests.export.finetune.tiny_network import SMALL, small_pictures, tiny_network
from tests.export.hand_made import run_model

CONFIG = FinetuneConfig(steps=25, batch_size=12, learning_rate=1e-3)


def distances(plain: onnx.ModelProto, *others: onnx.ModelProto) -> list[float]:
    pictures = small_pictures(24)
    wanted, *found = (run_model(item, {"image": pictures}, ["feature"])[0] for item in (plain, *others))
    return [float(np.square(item - wanted).mean()) for item in found]


@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_the_tuned_graph_loses_less_and_is_the_same_again(
    color: str, graph: onnx.ModelProto, bgr_graph: onnx.ModelProto, train: tuple[Sample, ...]
):
    pictures = small_pictures(12)
    network = tiny_network(0.2 if color == "rgb" else 0.0)
    quantizer = Quantizer(*((graph, pictures) if color == "rgb" else (bgr_graph, pictures[..., ::-1])))
    recipe = Recipe(target="int8-trt", percentile=91.0)
    first, second = (
        Finetuner(quantizer, network, SMALL, train, CONFIG, color=color)(recipe).SerializeToString(deterministic=True)
        for _ in range(2)
    )
    assert first == second
    tuned = onnx.load_model_from_string(first)
    quantizer.add_finetuned("int8-trt", tuned)
    after = quantizer.quantize(recipe.model_copy(update={"finetuned": True}))
    lost, lost_tuned = distances(quantizer.plain, quantizer.quantize(recipe), after)
    assert lost_tuned < 0.9 * lost
    assert [item.name for item in tuned.graph.node] == [item.name for item in quantizer.plain.graph.node]


def test_another_graph_and_no_pictures_are_refused(network: RoadNet, quantizer: Quantizer, train: tuple[Sample, ...]):
    with pytest.raises(ValueError, match="expected the network's values"):
        Finetuner(quantizer, network, SMALL, train, CONFIG, color="bgr")
    with pytest.raises(ValueError, match="expected pictures in the train part, got none"):
        Finetuner(quantizer, network, SMALL, (), CONFIG)
