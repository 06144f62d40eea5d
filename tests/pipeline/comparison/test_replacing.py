import shutil
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError, InputError
from pipeline.comparison import replacing
from pipeline.comparison.stage import run
from tests.pipeline.comparison.tiny_comparison import Recorder, tiny_comparison


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished comparison."""
    return Path(shutil.copytree(finished, tmp_path / "out"))


def content(out: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def attempt(split_path: Path, out: Path, train: dict[str, object], **options: bool) -> None:
    """Run a comparison that must change nothing, and raise what it raises."""
    before, ready = content(out), []
    comparison = tiny_comparison(split_path, out, train)
    try:
        run(comparison, Recorder().progress, ready=lambda: ready.append(True), **options)
    finally:
        assert content(out) == before
        assert not ready


def test_finished_networks_are_not_replaced_unasked(out: Path, split_path: Path) -> None:
    changed = r"normal, seed 0 / robust, seed 0 / normal, seed 1 / robust, seed 1 \(changed: train\.epochs\)"
    with pytest.raises(InputError, match=rf"^4 finished networks would be trained anew: {changed}; .*--overwrite$"):
        attempt(split_path, out, {"epochs": 3})
    with pytest.raises(InputError, match=r"\(changed: train.momentum, Roadgrip's own code\)"):
        run(tiny_comparison(split_path, out, {"momentum": 0.5}, code="2"), Recorder().progress)
    (out / "robust" / "seed_1" / "training.json").write_text('{"fingerprint": "1"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"^1 finished .*: robust, seed 1 \(the settings, the data, .* changed\)"):
        attempt(split_path, out, {})


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        ({"weights": "scrach"}, r"^normal: train\.weights: no such file 'scrach', .*did you mean 'scratch'"),
        ({"accelerator": "gpu"}, r"^normal: train\.accelerator: expected a CUDA GPU"),
        (
            {"weights": "half.safetensors"},
            r"^normal: half\.safetensors: expected a \.safetensors file or a torch state dict",
        ),
        ({"batch_norm": "frozen"}, r"^normal: .*frozen"),
    ],
)
def test_what_cannot_start_replaces_nothing(
    out: Path,
    split_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train: dict[str, object],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    (tmp_path / "half.safetensors").write_bytes(b"half")
    with pytest.raises(InputError, match=expected):
        attempt(split_path, out, train, overwrite=True)


def test_half_trained_and_damaged_networks_go_without_asking(
    out: Path, split_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = tiny_comparison(split_path, out, {"epochs": 3})
    for seed in (0, 1):
        for network in comparison.networks(seed):
            (network.folder / "model.safetensors").write_bytes(b"half")
    (out / "robust" / "seed_1" / "checkpoint.json").unlink()
    monkeypatch.setattr(replacing, "prepare", lambda *_: pytest.fail("nothing finished is replaced"))

    def stop() -> None:
        raise CheckFailedError("ready")

    with pytest.raises(CheckFailedError, match=r"^ready$"):
        run(comparison, Recorder().progress, ready=stop)


def test_many_networks_are_counted() -> None:
    found = replacing.by_reason({f"n{index}": "old" for index in range(7)} | {"m": "new"})
    assert found == "n0 / n1 / n2 / n3 and 3 more (old); m (new)"
