import subprocess
import sys

import pytest
from pydantic import ValidationError

from data_tools.images.preprocessing import IMAGENET
from data_tools.validation import describe
from pipeline.training.config import NormalConfig, RobustConfig, TrainConfig


def test_defaults_are_the_proven_recipe() -> None:
    config = TrainConfig()
    assert (config.network, config.embedding_dim, config.weights) == ("mobilenet_v3_small", 128, "imagenet")
    assert (config.epochs, config.batch_size, config.learning_rate, config.weight_decay) == (24, 32, 3e-4, 1e-2)
    assert config.method == RobustConfig(
        sigma=40, delta_v=0.5, delta_d=3, alpha=1, beta=1, gamma_reg=1e-3, lambda_noisy=1, momentum=0.9
    )
    spec = config.preprocessing()
    assert (spec.height, spec.width, spec.interpolation, spec.normalization) == (224, 224, "supersampled", IMAGENET)


@pytest.mark.parametrize("method", [NormalConfig(), RobustConfig(sigma=10)])
def test_json_and_back(method: NormalConfig | RobustConfig) -> None:
    config = TrainConfig(method=method, embedding_dim=None, threads=2)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"epoch": 3}, "epoch: unknown key; did you mean 'epochs'?"),
        ({"method": {"type": "robust", "sigm": 3}}, "method.sigm: unknown key; did you mean 'sigma'?"),
        ({"input": {"height": 8}}, "input.height: expected greater than or equal to 32"),
        ({"batch_size": 1}, "batch_size: expected greater than or equal to 2"),
        ({"schedule": "step"}, "schedule: expected 'cosine' or 'constant', got 'step'"),
    ],
)
def test_a_wrong_key_is_named_with_its_path(value: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TrainConfig.model_validate(value)
    assert describe(caught.value, TrainConfig).startswith(expected)


def test_every_field_is_described() -> None:
    for model in (TrainConfig, RobustConfig, NormalConfig):
        assert all(field.description for field in model.model_fields.values())


def test_configuration_and_artifacts_import_without_torch() -> None:
    script = (
        "import sys\n"
        "class Wall:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'torch', 'torchvision', 'lightning', 'albumentations', 'safetensors'}:\n"
        "            raise ImportError('wall: ' + name)\n"
        "sys.meta_path.insert(0, Wall())\n"
        "import pipeline.training.config, pipeline.training.artifact\n"
        "import pipeline.evaluation.config, pipeline.evaluation.artifact\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
