import pytest
import torch

from data_tools.errors import InputError
from pipeline.training.method_config import METHOD_CONFIGS, NormalConfig, RobustConfig
from pipeline.training.methods import Surroundings, build_method, names
from pipeline.training.methods.registry import get, register
from pipeline.training.methods.views import GaussianView
from tests.pipeline.training.methods.examples import LABELS, SURROUNDINGS, make, outputs


def test_every_method_has_a_configuration_and_the_other_way_round() -> None:
    assert names() == tuple(sorted(METHOD_CONFIGS))
    asked = "normal noisy both stability robust center mmc emc hmm sign fgsm pgd"
    assert set(names()) == set(asked.split())


@pytest.mark.parametrize("name", names())
def test_every_method_gives_finite_named_terms_and_gradients(name: str) -> None:
    method, head = make(METHOD_CONFIGS[name]())
    views = outputs(head, len(method.views))
    terms = method(views, LABELS, head)
    assert terms.parts
    scalars = [*terms.parts.values(), terms.base, terms.total(), terms.total(0.5)]
    assert all(bool(torch.isfinite(value)) and value.ndim == 0 for value in scalars)
    for view in views:
        assert torch.autograd.grad(terms.total(), view.features, retain_graph=True)[0].abs().sum() > 0
    assert method.ramp_epochs == 0
    assert method.diagnose({part: value.item() for part, value in terms.parts.items()}) is None


@pytest.mark.parametrize("name", names())
def test_validation_adds_the_noise_that_training_has(name: str) -> None:
    method, _ = make(METHOD_CONFIGS[name]())
    noisy = [view.sigma for view in method.views if isinstance(view, GaussianView)]
    assert method.validation_sigma == (noisy[0] if noisy else None)


@pytest.mark.parametrize("name", names())
def test_class_weights_of_one_change_nothing_and_others_weigh_the_samples(name: str) -> None:
    config = METHOD_CONFIGS[name]()
    plain, head = make(config)
    ones, _ = make(config, Surroundings(SURROUNDINGS.classes, 5, (1.0, 1.0, 1.0)))
    views = outputs(head, len(plain.views))
    assert ones(views, LABELS, head).base.item() == pytest.approx(plain(views, LABELS, head).base.item(), rel=1e-6)
    only_dry, _ = make(config, Surroundings(SURROUNDINGS.classes, 5, (3.0, 0.0, 0.0)))
    plain.eval(), only_dry.eval()  # type: ignore[attr-defined]
    dry = [type(view)(view.features[LABELS == 0], view.logits[LABELS == 0]) for view in views]
    expected = plain(dry, LABELS[LABELS == 0], head).base.item()
    assert only_dry(views, LABELS, head).base.item() == pytest.approx(expected, rel=1e-5)


def test_a_taken_name_raises() -> None:
    with pytest.raises(ValueError, match="'robust' is registered already"):
        register("robust", RobustConfig)(build_method)


def test_an_unknown_name_lists_the_closest_first() -> None:
    with pytest.raises(InputError, match=r"unknown method 'robus'; did you mean 'robust'\? \(known: robust, both, "):
        get("robus")


def test_another_methods_configuration_raises() -> None:
    with pytest.raises(TypeError, match="expected a RobustConfig, got NormalConfig"):
        get("robust")(NormalConfig(), SURROUNDINGS)
