import math

import pytest
import torch
from torch.nn import functional

from data_tools.errors import InputError
from pipeline.training.losses import CenterLoss, DiscriminativeLoss
from pipeline.training.method_config import (
    BothConfig,
    CenterConfig,
    EmcConfig,
    FgsmConfig,
    HmmConfig,
    MmcConfig,
    NoisyConfig,
    NormalConfig,
    PgdConfig,
    RobustConfig,
    SignConfig,
    StabilityConfig,
)
from pipeline.training.methods import Surroundings, build_method
from pipeline.training.methods.views import AdversarialView, CleanView, GaussianView, SignView
from pipeline.training.networks import Output
from tests.pipeline.training.methods.examples import LABELS, SURROUNDINGS, features, make, outputs


def cross_entropy(output: Output) -> float:
    return functional.cross_entropy(output.logits, LABELS).item()


@pytest.mark.parametrize(
    ("config", "view"),
    [
        (NormalConfig(), CleanView()),
        (NoisyConfig(sigma=7), GaussianView(7)),
        (SignConfig(epsilon=0.2, hidden=("a",)), SignView(0.2, 0.5, on_input=True, hidden=("a",))),
        (PgdConfig(epsilon=4, step=1, steps=3), AdversarialView(4, 1, 3, random_start=True)),
    ],
)
def test_methods_of_one_view_are_its_cross_entropy(config: NormalConfig, view: CleanView) -> None:
    method, head = make(config)
    (output,) = outputs(head, 1)
    assert method.views == (view,)
    assert method([output], LABELS, head).total().item() == cross_entropy(output)


def test_both_is_the_mean_over_clean_and_noisy_pictures() -> None:
    method, head = make(BothConfig(sigma=9, sigma_from=2))
    clean, noisy = outputs(head, 2)
    assert method.views == (CleanView(), GaussianView(9, 2))
    together = functional.cross_entropy(torch.cat([clean.logits, noisy.logits]), LABELS.repeat(2))
    assert method([clean, noisy], LABELS, head).total().item() == pytest.approx(together.item(), rel=1e-6)


def test_fgsm_mixes_clean_and_attacked_pictures() -> None:
    method, head = make(FgsmConfig(epsilon=3, clean_share=0.25))
    clean, attacked = outputs(head, 2)
    assert method.views == (CleanView(), AdversarialView(3, 3, 1, random_start=False))
    expected = 0.25 * cross_entropy(clean) + 0.75 * cross_entropy(attacked)
    assert method([clean, attacked], LABELS, head).total().item() == pytest.approx(expected, rel=1e-6)


def test_stability_adds_the_mean_shift_of_the_features() -> None:
    method, head = make(StabilityConfig(weight=0.3, ramp_epochs=2))
    clean, noisy = outputs(head, 2)
    pairs = zip(clean.features.tolist(), noisy.features.tolist(), strict=True)
    shift = sum(math.dist(a, b) for a, b in pairs) / len(LABELS)
    terms = method([clean, noisy], LABELS, head)
    assert method.ramp_epochs == 2
    assert terms.total().item() == pytest.approx(cross_entropy(clean) + 0.3 * shift, rel=1e-5)
    assert terms.total(0.5).item() == pytest.approx(cross_entropy(clean) + 0.15 * shift, rel=1e-5)


def test_center_adds_the_centre_loss_and_keeps_its_centres() -> None:
    method, head = make(CenterConfig(weight=0.7, center_rate=0.5))
    (output,) = outputs(head, 1)
    twin = CenterLoss(3, 5, center_rate=0.5)
    for _ in range(2):
        expected = cross_entropy(output) + 0.7 * twin(output.features, LABELS).item()
        assert method([output], LABELS, head).total().item() == pytest.approx(expected, rel=1e-6)


def test_robust_adds_the_weighted_discriminative_terms() -> None:
    method, head = make(RobustConfig(sigma=12, alpha=0.5, lambda_noisy=2, delta_d=4, ramp_epochs=1))
    clean, noisy = outputs(head, 2)
    assert method.views == (CleanView(), GaussianView(12))
    terms = method([clean, noisy], LABELS, head)
    loss = DiscriminativeLoss(3, 5, alpha=0.5, lambda_noisy=2, delta_d=4)
    expected = loss(clean.features, noisy.features, LABELS, head)
    assert terms.total().item() == pytest.approx(cross_entropy(clean) + expected.total.item())
    assert terms.total(0.0).item() == cross_entropy(clean)
    assert {name: value.item() for name, value in terms.parts.items()} == {
        "cross_entropy": cross_entropy(clean),
        "compact": expected.compact.item(),
        "margin": expected.margin.item(),
        "reg": expected.reg.item(),
        "noisy": expected.noisy.item(),
    }


def test_robust_can_add_the_noisy_cross_entropy_and_stability() -> None:
    plain, head = make(RobustConfig())
    more, _ = make(RobustConfig(noisy_cross_entropy=0.5, stability=0.25))
    clean, noisy = outputs(head, 2)
    base, terms = plain([clean, noisy], LABELS, head), more([clean, noisy], LABELS, head)
    extra = 0.5 * cross_entropy(noisy) + 0.25 * terms.parts["stability"].item()
    assert terms.total().item() == pytest.approx(base.total().item() + extra, rel=1e-6)


@pytest.mark.parametrize(
    ("margin", "reg", "collapsed"),
    [(2.9, 0.9, True), (2.95, 9.8, True), (0.1, 0.9, False), (2.3, 1.9, False), (4.4, 1.6, False), (0.0, 3.2, False)],
)
def test_robust_recognises_collapsed_features(margin: float, reg: float, collapsed: bool) -> None:
    method, _ = make(RobustConfig(delta_d=3))
    said = method.diagnose({"margin": margin, "reg": reg})
    assert (said is not None) == collapsed
    if said is not None:
        assert f"margin is still at {margin:.2f} of delta_d = 3" in said
        assert "train.embedding_dim=128" in said


def test_mmc_pulls_to_centres_that_do_not_move() -> None:
    method, head = make(MmcConfig(radius=4))
    (output,) = outputs(head, 1)
    centers = head.centers
    assert centers.norm(dim=1).tolist() == pytest.approx([4, 4, 4])
    assert not centers.requires_grad
    pairs = zip(output.features.tolist(), centers[LABELS].tolist(), strict=True)
    expected = sum(0.5 * math.dist(q, center) ** 2 for q, center in pairs)
    assert method([output], LABELS, head).total().item() == pytest.approx(expected / len(LABELS), rel=1e-5)


def test_emc_adds_the_springs_energy_and_its_centres_learn() -> None:
    method, head = make(EmcConfig(radius=4, stiffness=0.8))
    (output,) = outputs(head, 1)
    assert head.centers.requires_grad
    still = method([output], LABELS, head)
    assert still.parts["spring"].item() == 0
    with torch.no_grad():
        head.centers += torch.tensor([1.0, 0, 0, 0, 0])
    moved = method([output], LABELS, head)
    assert moved.parts["spring"].item() == pytest.approx(0.5, rel=1e-5)
    assert moved.total().item() == pytest.approx(moved.parts["center"].item() + 0.8 * 0.5, rel=1e-5)
    assert torch.autograd.grad(moved.total(), head.centers)[0].abs().sum() > 0


def test_hmm_puts_classes_of_a_group_together() -> None:
    _, head = make(HmmConfig(groups=(("dry",), ("snow", "wet")), radius=10, inner_radius=2))
    dry, wet, snow = head.centers
    assert (wet - snow).norm().item() == pytest.approx(4)
    assert min((dry - wet).norm().item(), (dry - snow).norm().item()) > 19


@pytest.mark.parametrize(
    "groups", [(("dry",), ("wet",)), (("dry", "wet"), ("snow", "dry")), (("dry",), ("wet", "ice"))]
)
def test_hmm_groups_that_are_not_the_classes_are_an_error(groups: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(InputError, match=r"train\.method\.groups: expected every class once \(dry, wet, snow\), got"):
        build_method(HmmConfig(groups=groups), SURROUNDINGS)


@pytest.mark.parametrize("config", [MmcConfig(), EmcConfig(), HmmConfig(groups=(("a",), ("b", "c", "d")))])
def test_too_narrow_features_are_an_error(config: MmcConfig) -> None:
    with pytest.raises(InputError, match="expected 3 or more feature dimensions"):
        build_method(config, Surroundings(("a", "b", "c", "d"), feature_dim=2))


def test_a_head_of_another_kind_is_an_error() -> None:
    method, _ = make(RobustConfig())
    _, nearest = make(MmcConfig())
    q = features(0)
    view = Output(q, nearest(q))
    with pytest.raises(TypeError, match="expected a linear head, got NearestCenterHead"):
        method([view, view], LABELS, nearest)
    with pytest.raises(TypeError, match="expected a nearest-centre head, got Linear"):
        build_method(MmcConfig(), SURROUNDINGS).prepare(torch.nn.Linear(5, 3))
