import torch
import torchvision
from torch import nn

from pipeline.training.networks.backbones import build_parts


def test_it_is_torchvisions_network_with_another_stem() -> None:
    backbone, classifier, dropout = build_parts("resnet18_32", 10)
    theirs = torchvision.models.resnet18(weights=None, num_classes=10)
    theirs.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
    theirs.maxpool = nn.Identity()
    theirs.load_state_dict({**backbone.state_dict(), **{f"fc.{k}": v for k, v in classifier.state_dict().items()}})
    pictures = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        expected = theirs.eval()(pictures)
        found = classifier(backbone.eval()(pictures))
    assert dropout is None
    torch.testing.assert_close(found, expected)


def test_a_small_picture_keeps_sixteen_places() -> None:
    backbone = build_parts("resnet18_32", 10).backbone.eval()
    sizes = []
    backbone.layer4.register_forward_hook(lambda _part, _inputs, output: sizes.append(tuple(output.shape)))
    with torch.inference_mode():
        features = backbone(torch.randn(2, 3, 32, 32))
    assert sizes == [(2, 512, 4, 4)]
    assert features.shape == (2, 512)
    assert features.min() >= 0


def test_the_stem_starts_as_torchvisions_convolutions_do() -> None:
    torch.manual_seed(0)
    first = build_parts("resnet18_32", 10).backbone
    torch.manual_seed(0)
    again = build_parts("resnet18_32", 10).backbone
    assert torch.equal(first.conv1.weight, again.conv1.weight)
    expected = (2 / (64 * 9)) ** 0.5  # He et al. (2015), fan out
    assert abs(first.conv1.weight.detach().std() - expected) < 0.1 * expected
