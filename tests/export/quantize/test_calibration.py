import numpy as np
import onnx
import pytest

from data_tools.split.artifact import Sample
from export.config import QuantizeConfig
from export.quantize import calibration
from export.quantize.calibration import activation_ranges
from tests.export.trained_like import SPEC

Samples = tuple[Sample, ...]
MINMAX = QuantizeConfig(calibration="minmax")


def test_minmax_equals_naive_ranges_of_every_activation(
    float_model: onnx.ModelProto, calibration_samples: Samples, true_ranges: dict[str, tuple[float, float]]
):
    found = activation_ranges(float_model, calibration_samples, SPEC, MINMAX)
    assert set(found) == set(true_ranges)
    for name, wanted in true_ranges.items():
        assert found[name] == pytest.approx(wanted, rel=1e-4, abs=1e-4), name


@pytest.mark.parametrize("pictures", [1, 5, 100])
def test_the_chunk_size_does_not_matter(
    float_model: onnx.ModelProto, calibration_samples: Samples, pictures: int, monkeypatch: pytest.MonkeyPatch
):
    expected = activation_ranges(float_model, calibration_samples, SPEC, MINMAX)
    monkeypatch.setattr(calibration, "_CHUNK_PICTURES", pictures)
    assert activation_ranges(float_model, calibration_samples, SPEC, MINMAX) == expected


@pytest.mark.parametrize("percentile", [94.97, 99.97])
@pytest.mark.parametrize("pictures", [5, 100])
def test_percentile_keeps_that_share_of_magnitudes(
    float_model: onnx.ModelProto,
    calibration_samples: Samples,
    activations: dict[str, np.ndarray],
    percentile: float,
    pictures: int,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(calibration, "_CHUNK_PICTURES", pictures)
    found = activation_ranges(float_model, calibration_samples, SPEC, QuantizeConfig(percentile=percentile))
    narrower = 0
    for name, (low, high) in found.items():
        values = activations[name]
        magnitudes = np.abs(values)
        limit = float(np.percentile(magnitudes, percentile, method="inverted_cdf"))
        slack = 1.1 * float(magnitudes.max()) / 2048 + 1e-4  # the histogram's bin
        assert low == pytest.approx(max(-limit, float(values.min())), abs=slack), name
        assert high == pytest.approx(min(limit, float(values.max())), abs=slack), name
        assert values.min() - 1e-4 <= low <= high <= values.max() + 1e-4
        narrower += low > values.min() + slack or high < values.max() - slack
    assert narrower > len(found) / 3


def test_entropy_stays_within_the_true_ranges(
    float_model: onnx.ModelProto, calibration_samples: Samples, true_ranges: dict[str, tuple[float, float]]
):
    found = activation_ranges(float_model, calibration_samples, SPEC, QuantizeConfig(calibration="entropy"))
    assert set(found) == set(true_ranges)
    for name, (low, high) in found.items():
        assert true_ranges[name][0] - 1e-3 <= low < high <= true_ranges[name][1] + 1e-3, name


def test_says_nothing_and_reports_progress(
    float_model: onnx.ModelProto, calibration_samples: Samples, capfd: pytest.CaptureFixture[str]
):
    before = float_model.SerializeToString(deterministic=True)
    seen: list[tuple[int, int, str]] = []
    activation_ranges(float_model, calibration_samples, SPEC, QuantizeConfig(), lambda *item: seen.append(item))
    assert seen == [(8, 12, "calibrating"), (12, 12, "calibrating")]
    assert capfd.readouterr() == ("", "")
    assert float_model.SerializeToString(deterministic=True) == before
