from pathlib import Path

import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.errors import CheckFailedError, InputError
from export.runtime.bundle import find_variant, open_bundle, select_variants, verify_files
from export.runtime.manifest import BundleManifest
from tests.export.runtime.tiny_bundle import flip_byte, write_bundle

FILES = ("golden_inputs.npy", "fp32.onnx", "int8.onnx", "golden_fp32.npy", "golden_int8.npy")


def test_folder_and_manifest_open_the_same_bundle(manifest_path: Path):
    assert open_bundle(manifest_path) == open_bundle(manifest_path.parent)
    assert open_bundle(manifest_path).manifest == load_artifact(BundleManifest, manifest_path)


def test_every_listed_file_verifies(manifest_path: Path):
    bundle = open_bundle(manifest_path)
    verify_files(bundle)
    assert {ref.path for ref in bundle.manifest.payload()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("position", [0, -1])
def test_one_flipped_bit_is_found_and_named(manifest_path: Path, name: str, position: int):
    flip_byte(manifest_path.parent / name, position)
    with pytest.raises(CheckFailedError, match=name):
        verify_files(open_bundle(manifest_path))


@pytest.mark.parametrize("name", FILES)
def test_missing_file_is_named(manifest_path: Path, name: str):
    (manifest_path.parent / name).unlink()
    with pytest.raises(CheckFailedError, match=f"{name}: missing"):
        verify_files(open_bundle(manifest_path))


def test_missing_bundle_says_what_was_expected(tmp_path: Path):
    with pytest.raises(InputError, match=r"nowhere: expected a bundle's folder or its manifest\.json"):
        open_bundle(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"expected a bundle, but this folder holds no manifest\.json"):
        open_bundle(tmp_path)


def test_another_file_of_the_bundle_is_no_bundle(manifest_path: Path):
    with pytest.raises(InputError, match="got another file"):
        open_bundle(manifest_path.parent / "fp32.onnx")


def test_unknown_variant_lists_the_closest_first(manifest_path: Path):
    with pytest.raises(InputError, match=r"no variant 'int9'; did you mean 'int8'\? \(known: int8, fp32\)"):
        find_variant(open_bundle(manifest_path), "int9")


def test_select_keeps_the_given_order_and_none_means_all(manifest_path: Path):
    bundle = open_bundle(manifest_path)
    assert [item.name for item in select_variants(bundle, ("int8", "fp32"))] == ["int8", "fp32"]
    assert select_variants(bundle, ()) == bundle.manifest.variants


def test_two_variants_of_one_name_are_refused(tmp_path: Path):
    path = write_bundle(tmp_path, edit=lambda values: values["variants"][1].update(name="fp32"))
    with pytest.raises(InputError, match="variants: expected distinct names, got fp32, fp32"):
        open_bundle(path)


@pytest.mark.parametrize("outside", ["../secret.npy", "/etc/passwd", "a/../../b"])
def test_files_outside_the_folder_are_refused(tmp_path: Path, outside: str):
    path = write_bundle(tmp_path, edit=lambda values: values["golden_inputs"].update(path=outside))
    with pytest.raises(InputError, match="expected files inside the bundle's folder"):
        open_bundle(path)
