import pytest
import torch

from data_tools.errors import InputError
from pipeline.training.config import MethodConfig, NormalConfig, RobustConfig
from pipeline.training.methods import build_method, names
from pipeline.training.methods.registry import get, register
from pipeline.training.networks import Output

CONFIGS: dict[str, MethodConfig] = {"normal": NormalConfig(), "robust": RobustConfig()}


def test_every_method_has_a_configuration_and_the_other_way_round() -> None:
    assert names() == tuple(sorted(CONFIGS))


@pytest.mark.parametrize("name", names())
def test_every_method_gives_finite_named_terms(name: str) -> None:
    method = build_method(CONFIGS[name], 3, 5)
    head = torch.nn.Linear(5, 3)
    features = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    clean = Output(features, head(features))
    noisy = clean if method.noise_sigma is not None else None
    terms = method(clean, noisy, torch.tensor([0, 1, 2, 0, 1, 2]), head)
    assert "cross_entropy" in terms.parts
    assert all(bool(torch.isfinite(value)) and value.ndim == 0 for value in (*terms.parts.values(), terms.total))
    assert torch.autograd.grad(terms.total, features)[0].abs().sum() > 0


def test_a_taken_name_raises() -> None:
    with pytest.raises(ValueError, match="'robust' is registered already"):
        register("robust", RobustConfig)(build_method)


def test_an_unknown_name_lists_the_closest_first() -> None:
    with pytest.raises(InputError, match=r"unknown method 'robus'; did you mean 'robust'\? \(known: robust, normal\)"):
        get("robus")


def test_another_methods_configuration_raises() -> None:
    with pytest.raises(TypeError, match="expected a RobustConfig, got NormalConfig"):
        get("robust")(NormalConfig(), 3, 5)
