import numpy as np
import onnx
import pytest

from export.quantize import calibration
from export.quantize.calibration import ActivationStatistics
from tests.export.quantize.small_graph import pictures_of, small_graph

Ranges = dict[str, tuple[float, float]]


@pytest.fixture(scope="module")
def statistics(float_model: onnx.ModelProto, calibration_pictures: np.ndarray) -> ActivationStatistics:
    return ActivationStatistics(float_model, calibration_pictures)


def test_minmax_equals_naive_ranges_of_every_activation(statistics: ActivationStatistics, true_ranges: Ranges):
    found = statistics.ranges("minmax")
    assert set(found) == set(true_ranges)
    for name, wanted in true_ranges.items():
        assert found[name] == pytest.approx(wanted, rel=1e-4, abs=1e-4), name


@pytest.mark.parametrize("percentile", [94.97, 99.97])
def test_percentile_keeps_that_share_of_magnitudes(
    statistics: ActivationStatistics, activations: dict[str, np.ndarray], percentile: float
):
    found = statistics.ranges("percentile", percentile)
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


def test_entropy_stays_within_the_true_ranges_and_cuts_long_tails(
    statistics: ActivationStatistics, true_ranges: Ranges
):
    found = statistics.ranges("entropy")
    assert set(found) == set(true_ranges)
    narrower = 0
    for name, (low, high) in found.items():
        assert true_ranges[name][0] - 1e-3 <= low < high <= true_ranges[name][1] + 1e-3, name
        narrower += high - low < 0.95 * (true_ranges[name][1] - true_ranges[name][0])
    assert narrower > 0


def test_one_pass_serves_all_percentiles_and_a_range_is_no_loan(
    statistics: ActivationStatistics, monkeypatch: pytest.MonkeyPatch
):
    first = statistics.ranges("percentile", 99.0)
    statistics.ranges("entropy")

    def forbidden(*_: object) -> None:
        raise AssertionError("looked twice")

    monkeypatch.setattr(calibration, "create_calibrator", forbidden)
    wide = statistics.ranges("percentile", 100.0)
    assert any(wide[name][1] > first[name][1] for name in first)
    kept = dict(first)
    first.clear()
    assert statistics.ranges("percentile", 99.0) == kept
    assert statistics.ranges("entropy") != statistics.ranges("minmax")


@pytest.mark.parametrize("pictures", [1, 5, 100])
def test_the_chunk_size_does_not_matter(pictures: int, monkeypatch: pytest.MonkeyPatch):
    model, images = onnx.shape_inference.infer_shapes(small_graph()), pictures_of(11)[0]
    expected = ActivationStatistics(model, images).ranges("minmax")
    monkeypatch.setattr(calibration, "_CHUNK_PICTURES", pictures)
    assert ActivationStatistics(model, images).ranges("minmax") == expected


def test_says_nothing_and_reports_progress(capfd: pytest.CaptureFixture[str]):
    model = onnx.shape_inference.infer_shapes(small_graph())
    before = model.SerializeToString(deterministic=True)
    seen: list[tuple[int, int, str]] = []
    statistics = ActivationStatistics(model, pictures_of(12)[0], lambda *item: seen.append(item))
    assert seen == []
    statistics.ranges("percentile")
    assert seen == [(8, 12, "calibrating (percentile)"), (12, 12, "calibrating (percentile)")]
    assert capfd.readouterr() == ("", "")
    assert model.SerializeToString(deterministic=True) == before
