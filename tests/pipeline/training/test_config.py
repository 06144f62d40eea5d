import subprocess
import sys

import pytest
from pydantic import ValidationError

from data_tools.images.preprocessing import IMAGENET
from data_tools.validation import describe
from pipeline.training.augmentation_config import CropFlipAugmentation, RoadAugmentation
from pipeline.training.config import TrainConfig
from pipeline.training.method_config import METHOD_CONFIGS, MethodConfig, RobustConfig


def test_defaults_are_the_proven_recipe() -> None:
    config = TrainConfig()
    assert (config.network, config.embedding_dim, config.weights) == ("mobilenet_v3_small", 128, "imagenet")
    assert (config.epochs, config.batch_size, config.learning_rate, config.weight_decay) == (24, 32, 3e-4, 1e-2)
    assert config.method == RobustConfig(
        sigma=40, delta_v=0.5, delta_d=3, alpha=1, beta=1, gamma_reg=1e-3, lambda_noisy=1, momentum=0.9
    )
    spec = config.preprocessing()
    assert (spec.height, spec.width, spec.interpolation, spec.normalization) == (224, 224, "supersampled", IMAGENET)


@pytest.mark.parametrize("method", [*(build() for build in METHOD_CONFIGS.values()), RobustConfig(sigma=10)])
def test_json_and_back(method: MethodConfig) -> None:
    config = TrainConfig(method=method, embedding_dim=None, threads=2)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"epoch": 3}, "epoch: unknown key; did you mean 'epochs'?"),
        ({"method": {"type": "robust", "sigm": 3}}, "method.sigm: unknown key; did you mean 'sigma'?"),
        ({"input": {"height": 8}}, "input.height: expected greater than or equal to 32"),
        ({"batch_size": 1}, "batch_size: expected greater than or equal to 2"),
        ({"schedule": "steps"}, "schedule: expected 'cosine', 'constant' or 'step', got 'steps'"),
        ({"schedule": "step"}, "(top level): expected milestones with schedule=step and no other"),
        ({"milestones": [3]}, "(top level): expected milestones with schedule=step and no other"),
        ({"schedule": "step", "milestones": [4, 3]}, "(top level): milestones: expected growing epochs, got [4, 3]"),
        ({"sync_batch_norm": True}, "(top level): sync_batch_norm: expected devices of 2 or more, got 1"),
        ({"devices": 3}, "(top level): batch_size: expected a multiple of devices (3)"),
        (
            {"devices": 32},
            "(top level): batch_size: expected a multiple of devices (32) with 2 or more pictures for each, got 32",
        ),
        ({"method": {"type": "noisy", "sigma": 3, "sigma_from": 4}}, "method: expected sigma_from <= sigma, got 4 > 3"),
        ({"method": {"type": "sign", "on_input": False}}, "method: expected on_input=true or names in hidden"),
        (
            {"network": "mobilenet"},
            "network: expected mobilenet_v3_small, mobilenet_v3_large, resnet18_32 or timm/NAME",
        ),
    ],
)
def test_a_wrong_key_is_named_with_its_path(value: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TrainConfig.model_validate(value)
    assert describe(caught.value, TrainConfig).startswith(expected)


def test_one_key_of_a_typed_section_can_be_set_alone() -> None:
    config = TrainConfig.model_validate({"method": {"sigma": 30}, "augmentation": {"rotation_deg": 0}})
    assert (config.method.type, config.augmentation.type) == ("robust", "road")
    assert TrainConfig.model_validate({"augmentation": {"type": "crop_flip"}}).augmentation == CropFlipAugmentation()


def test_every_field_is_described() -> None:
    for model in (TrainConfig, *METHOD_CONFIGS.values(), RoadAugmentation, CropFlipAugmentation):
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
