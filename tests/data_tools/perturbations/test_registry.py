"""Every registered perturbation keeps the promises of the registry."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_tools import perturbations
from data_tools.artifacts.hashing import sha256_bytes
from data_tools.errors import InputError
from data_tools.perturbations import registry
from data_tools.perturbations.registry import get, names, perturb, register
from tests.data_tools.pictures import gradient

ROOT = Path(__file__).parents[3]
SEVERITIES = {"gaussian_noise": (5, 40), "occlusion": (1, 20)}


def test_the_walk_below_knows_every_entry():
    assert names() == tuple(sorted(SEVERITIES))
    assert perturbations.names is names


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(("height", "width"), [(48, 64), (33, 97), (256, 320)])
def test_shape_and_dtype_stay_and_the_input_is_not_touched(name: str, height: int, width: int):
    picture = gradient(height, width)
    for severity in SEVERITIES[name]:
        disturbed = perturb(picture, "a.jpg", name, severity, 0)
        assert disturbed.shape == picture.shape
        assert disturbed.dtype == np.uint8
        assert not np.array_equal(disturbed, picture)
        assert not np.shares_memory(disturbed, picture)
    assert np.array_equal(picture, gradient(height, width))


@pytest.mark.parametrize("name", names())
def test_severity_zero_is_identity(name: str):
    for severity in (0, 0.0):
        assert np.array_equal(perturb(gradient(), "a.jpg", name, severity, 3), gradient())


@pytest.mark.parametrize("name", names())
def test_more_severity_changes_more(name: str):
    low, high = SEVERITIES[name]
    changed = [
        np.abs(perturb(gradient(), "a.jpg", name, severity, 0).astype(int) - gradient()).mean()
        for severity in (low, high)
    ]
    assert changed[0] < changed[1]


@pytest.mark.parametrize("name", names())
def test_draws_depend_on_picture_severity_and_run(name: str):
    low, high = SEVERITIES[name]
    keys = [("a.jpg", low, 0), ("b.jpg", low, 0), ("a.jpg", high, 0), ("a.jpg", low, 1)]
    results = [perturb(gradient(), image_id, name, severity, run).tobytes() for image_id, severity, run in keys]
    assert len(set(results)) == len(keys)
    assert perturb(gradient(), "a.jpg", name, low, 0).tobytes() == results[0], "order and repetition must not matter"


def test_severity_as_integer_or_float_draws_the_same():
    for name in names():
        assert np.array_equal(perturb(gradient(), "a", name, 5, 0), perturb(gradient(), "a", name, 5.0, 0))


def test_other_processes_see_the_same_pixels():
    code = (
        "import json; from data_tools.artifacts.hashing import sha256_bytes as h;"
        "from data_tools.perturbations import names, perturb; from tests.data_tools.pictures import gradient;"
        "print(json.dumps({n: h(perturb(gradient(), 'wet/ü.jpg', n, 7, 2).tobytes()) for n in names()}))"
    )
    here = {name: sha256_bytes(perturb(gradient(), "wet/ü.jpg", name, 7, 2).tobytes()) for name in names()}
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert json.loads(done.stdout) == here


def test_unknown_name_lists_the_closest_first():
    expected = (
        r"unknown perturbation 'gausian_noise'; did you mean 'gaussian_noise'\? \(known: gaussian_noise, occlusion\)"
    )
    for call in (get, lambda name: perturb(gradient(), "a", name, 0, 0)):
        with pytest.raises(InputError, match=expected):
            call("gausian_noise")


def test_severity_zero_never_reaches_the_perturbation(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(registry._REGISTRY, "negative", lambda picture, severity, generator: 255 - picture)
    assert np.array_equal(perturb(gradient(), "a", "negative", 0, 0), gradient())
    assert np.array_equal(perturb(gradient(), "a", "negative", 1, 0), 255 - gradient())


def test_names_are_taken_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    with pytest.raises(ValueError, match="'occlusion' is registered already"):
        register("occlusion")(get("gaussian_noise"))
    register("fog")(get("occlusion"))
    assert names() == ("fog", "gaussian_noise", "occlusion")
    assert get("fog") is get("occlusion")
