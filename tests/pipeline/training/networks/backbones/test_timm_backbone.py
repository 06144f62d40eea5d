import pytest
import torch

from data_tools.errors import InputError, MissingDependencyError
from pipeline.training.networks.backbones import build_parts, timm_backbone

timm = pytest.importorskip("timm")


@pytest.mark.parametrize(
    ("name", "width"),
    [("test_resnet", 96), ("test_efficientnet.r160_in1k", 256), ("mobilenetv3_small_050", 1024), ("test_convnext", 64)],
)
def test_it_is_timms_pooled_feature(name: str, width: int) -> None:
    torch.manual_seed(0)
    backbone, classifier, dropout = build_parts(f"timm/{name}", 3)
    torch.manual_seed(0)
    theirs = timm.create_model(name, pretrained=False, num_classes=0).eval()
    pictures = torch.randn(2, 3, 48, 64)
    with torch.inference_mode():
        features = backbone.eval()(pictures)
        assert torch.equal(features, theirs(pictures))
    assert features.shape == (2, width)
    assert (backbone.width, classifier.in_features, classifier.out_features, dropout) == (width, width, 3, None)


def test_another_size_than_the_only_one_is_an_error() -> None:
    backbone = build_parts("timm/test_vit", 3).backbone.eval()
    with pytest.raises(InputError, match=r"timm/test_vit: takes pictures of 160 × 160 px only, got 48 × 64"):
        backbone(torch.zeros(1, 3, 48, 64))
    with torch.inference_mode():
        assert backbone(torch.zeros(1, 3, 160, 160)).shape == (1, 64)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("test_resnett", r"timm has no 'test_resnett'; did you mean 'timm/test_resnet'"),
        ("qqqqqqqq", r"timm has no 'qqqqqqqq'; see timm\.list_models"),
        (
            "test_resnet.r161_in1k",
            r"not with this tag: 'test_resnet\.r161_in1k'; did you mean 'test_resnet\.r160_in1k'",
        ),
    ],
)
def test_an_unknown_name_is_a_one_line_error(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        build_parts(f"timm/{name}", 3)
    assert "\n" not in str(caught.value)


def test_without_timm_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm_backbone, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"needs timm.*pip install '\.\[timm\]'"):
        build_parts("timm/test_resnet", 3)
