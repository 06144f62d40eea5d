import onnxruntime
import pytest

from data_tools.errors import InputError
from export.runtime import providers


def test_every_provider_is_found_or_refused_with_its_extra():
    for name in providers.names():
        if name in providers.available():
            assert providers.find_provider(name).execution_providers[-1] == "CPUExecutionProvider"
        else:
            with pytest.raises(
                InputError, match=rf"provider '{name}'.*\(available: cpu.*\); in the checkout: pip install '\.\[gpu"
            ):
                providers.find_provider(name)


def test_names_are_known_to_onnxruntime():
    known = set(onnxruntime.get_all_providers())
    for name in providers.names():
        assert set(providers._PROVIDERS[name].execution_providers) <= known


def test_cpu_is_always_there():
    assert "cpu" in providers.available()
    assert providers.find_provider("cpu").extra is None


def test_unknown_name_lists_the_closest_first():
    with pytest.raises(InputError, match=r"unknown provider 'cudaa'; did you mean 'cuda'\?"):
        providers.find_provider("cudaa")


def test_missing_tensorrt_names_both_extras(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(
        InputError, match=r"\(available: cpu\); in the checkout: pip install '\.\[gpu,tensorrt\]', then remove"
    ):
        providers.find_provider("tensorrt")
