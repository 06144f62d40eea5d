import pytest
import torch
from torch import Tensor

from data_tools.errors import InputError
from pipeline.training.artifact import NetworkSpec
from pipeline.training.methods.views import AdversarialView, CleanView, GaussianView, SignView, View
from pipeline.training.networks import build_network
from pipeline.training.networks.statistics import capture_statistics
from pipeline.training.noise import noised
from pipeline.training.views.look import Eyes
from pipeline.training.views.sign_perturbation import sign_perturbed

LABELS = torch.tensor([0, 1, 2, 1])


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    torch.manual_seed(0)
    spec = NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3, head="linear")
    return Eyes(build_network(spec).eval(), torch.nn.Identity())


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    return torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(3))


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def test_views_are_the_network_on_the_changed_picture(eyes: Eyes, pictures: Tensor) -> None:
    expected = {
        CleanView(): pictures,
        GaussianView(40): noised(pictures, 40, generator()),
        GaussianView(40, 10): noised(pictures, 40, generator(), sigma_from=10),
        SignView(0.2, 0.5, on_input=True, hidden=()): sign_perturbed(pictures, 0.2, 0.5, generator()).clamp(0, 1),
    }
    for view, changed in expected.items():
        seen = eyes.look(view, pictures, LABELS, generator())
        torch.testing.assert_close(seen.logits, eyes.see(changed).logits, msg=str(view))
        assert torch.equal(changed, pictures) == isinstance(view, CleanView)


def test_hidden_layers_are_perturbed_only_while_looking(eyes: Eyes, pictures: Tensor) -> None:
    view = SignView(0.2, 0.5, on_input=False, hidden=("backbone.features.1", "embedding"))
    clean = eyes.see(pictures).logits
    assert not torch.allclose(eyes.look(view, pictures, LABELS, generator()).logits, clean)
    assert torch.equal(eyes.see(pictures).logits, clean)


def test_an_unknown_layer_is_an_error_that_names_the_closest(eyes: Eyes, pictures: Tensor) -> None:
    view = SignView(0.2, 0.5, on_input=False, hidden=("embeding",))
    with pytest.raises(InputError, match="unknown layer 'embeding'; did you mean 'embedding'"):
        eyes.look(view, pictures, LABELS, generator())


def test_an_attack_leaves_the_statistics_and_the_mode_alone(eyes: Eyes, pictures: Tensor) -> None:
    view = AdversarialView(8, 8, 1, random_start=False)
    eyes.network.train()
    try:
        for part in eyes.network.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.momentum = 0.0
        before = capture_statistics(eyes.network)
        eyes.look(view, pictures, LABELS, generator())
        after = capture_statistics(eyes.network)
        counts = [name for name in before if name.endswith("num_batches_tracked")]
        assert all(after[name] == before[name] + 1 for name in counts)  # the one look, not the attack's passes
        assert eyes.network.training
    finally:
        eyes.network.eval()


@pytest.mark.parametrize("view", [GaussianView(40), SignView(0.2, 0.5, on_input=True, hidden=())])
def test_a_view_depends_on_its_generator_alone(eyes: Eyes, pictures: Tensor, view: View) -> None:
    first = eyes.look(view, pictures, LABELS, generator()).logits
    torch.rand(3)
    assert torch.equal(first, eyes.look(view, pictures, LABELS, generator()).logits)
