import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.artifacts.model import FileRef, load_artifact
from data_tools.errors import CheckFailedError, InputError
from export.runtime.bundle import find_variant, open_bundle, read_file, select_variants, unlisted_files, verify_files
from export.runtime.manifest import BundleManifest
from export.runtime.seal import SEAL_NAME, seal
from tests.export.runtime.tiny_bundle import flip_byte

FILES = ("golden_inputs.npy", "MODEL_CARD.md", "fp32.onnx", "int8.onnx", "golden_fp32.npy", "golden_int8.npy")
ROOT = Path(__file__).parents[3]


def edit(path: Path, change: Callable[[dict], None]) -> None:
    """Change a manifest's values; no seal is left that would notice."""
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    (path.parent / SEAL_NAME).unlink(missing_ok=True)


def test_folder_and_manifest_open_the_same_bundle(manifest_path: Path):
    assert open_bundle(manifest_path) == open_bundle(manifest_path.parent)
    assert open_bundle(manifest_path).manifest == load_artifact(BundleManifest, manifest_path)


def test_every_listed_file_verifies(manifest_path: Path):
    bundle = open_bundle(manifest_path)
    verify_files(bundle)
    assert {ref.path for ref in bundle.manifest.payload()} == set(FILES)
    for ref in bundle.manifest.payload():
        assert read_file(bundle, ref) == bundle.file(ref).read_bytes()


def refs_of(value: object) -> list[FileRef]:
    if isinstance(value, FileRef):
        return [value]
    if isinstance(value, BaseModel):
        return [ref for name in type(value).model_fields for ref in refs_of(getattr(value, name))]
    if isinstance(value, dict):
        return refs_of(tuple(value.values()))
    return [ref for item in value for ref in refs_of(item)] if isinstance(value, tuple) else []


def test_payload_is_every_file_that_the_manifest_names(manifest_path: Path):
    """What is not in the payload is neither bounded nor hashed."""
    manifest = open_bundle(manifest_path).manifest
    key = lambda ref: ref.path  # noqa: E731
    assert sorted(manifest.payload(), key=key) == sorted(refs_of(manifest), key=key)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("position", [0, -1])
def test_one_flipped_bit_is_found_and_named(manifest_path: Path, name: str, position: int):
    flip_byte(manifest_path.parent / name, position)
    bundle = open_bundle(manifest_path)
    with pytest.raises(CheckFailedError, match=f"/{name}: changed"):
        verify_files(bundle)
    (ref,) = [ref for ref in bundle.manifest.payload() if ref.path == name]
    with pytest.raises(CheckFailedError, match=f"/{name}: changed"):
        read_file(bundle, ref)


@pytest.mark.parametrize("name", FILES)
def test_missing_file_is_named(manifest_path: Path, name: str):
    (manifest_path.parent / name).unlink()
    with pytest.raises(CheckFailedError, match=f"{name}: missing"):
        verify_files(open_bundle(manifest_path))


@pytest.mark.parametrize("name", FILES)
def test_size_is_compared_before_a_byte_is_read(manifest_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    bundle = open_bundle(manifest_path)
    os.truncate(manifest_path.parent / name, 1 << 40)  # a sparse file: reading it would take minutes
    with pytest.raises(CheckFailedError, match=rf"/{name}: changed .expected|expected \d+ bytes, found 1099511627776"):
        verify_files(bundle)


def plant_link(path: Path) -> None:
    path.rename(path.parent.parent / path.name)
    path.symlink_to(path.parent.parent / path.name)


def plant_inner_link(path: Path) -> None:
    path.rename(path.with_name("copy"))
    path.symlink_to("copy")


def plant_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def plant_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("plant", [plant_link, plant_inner_link, plant_folder, plant_pipe])
@pytest.mark.parametrize("name", ["fp32.onnx", "golden_inputs.npy"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(manifest_path: Path, plant: Callable, name: str):
    plant(manifest_path.parent / name)
    with pytest.raises(CheckFailedError, match=f"/{name}: expected a plain file"):
        verify_files(open_bundle(manifest_path))


@pytest.mark.parametrize("plant", [plant_link, plant_folder, plant_pipe])
def test_a_manifest_that_is_no_plain_file_is_refused(manifest_path: Path, plant: Callable):
    plant(manifest_path)
    with pytest.raises(CheckFailedError, match=r"/manifest\.json: expected a plain file"):
        open_bundle(manifest_path.parent)


def test_a_linked_folder_inside_the_bundle_is_refused(manifest_path: Path):
    folder = manifest_path.parent
    (folder.parent / "elsewhere").mkdir()
    (folder / "fp32.onnx").rename(folder.parent / "elsewhere" / "fp32.onnx")
    (folder / "sub").symlink_to(folder.parent / "elsewhere")
    edit(manifest_path, lambda values: values["variants"][0]["file"].update(path="sub/fp32.onnx"))
    with pytest.raises(CheckFailedError, match="expected a folder at 'sub', found a symbolic link"):
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


def test_extra_files_and_links_are_listed_and_the_bundles_own_are_not(manifest_path: Path):
    folder = manifest_path.parent
    seal(folder)
    (folder / "manifest.json.sig").write_text("{}")
    assert unlisted_files(open_bundle_unsealed(folder)) == ()
    (folder / "sub" / "below").mkdir(parents=True)
    (folder / "sub" / "below" / "notes.txt").write_text("x")
    (folder / ".hidden").write_text("x")
    (folder / "link").symlink_to("/etc")
    (folder / "a\x1b[31m").write_text("x")
    os.mkfifo(folder / "pipe")
    assert unlisted_files(open_bundle_unsealed(folder)) == (
        ".hidden",
        "a\\x1b[31m",
        "link",
        "pipe",
        "sub/below/notes.txt",
    )
    assert len(unlisted_files(open_bundle_unsealed(folder), most=2)) == 2


def open_bundle_unsealed(folder: Path):
    (folder / SEAL_NAME).unlink(missing_ok=True)
    return open_bundle(folder)


def test_parents_are_never_opened(manifest_path: Path):
    """Record every path that a process opens while it verifies a bundle whose parents point at things that exist."""
    folder = manifest_path.parent
    os.mkfifo(folder.parent / "pipe")
    (folder.parent / "secret.json").write_text("{}")
    parents = [
        {"role": "split", "path": "../pipe", "sha256": "0" * 64},
        {"role": "onnx", "path": "../secret.json", "sha256": sha256_bytes(b"{}")},
        {"role": "other", "path": "/etc/hostname", "sha256": "0" * 64},
    ]
    edit(manifest_path, lambda values: values.update(parents=parents))
    seal(folder)
    code = (
        "import sys\nfrom pathlib import Path\nfrom export.runtime.session import Classifier\n"
        "from export.runtime.verify import verify_bundle\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, values: opened.append(str(values[0])) if event == 'open' else None)\n"
        "verify_bundle(Path(sys.argv[1]))\nClassifier.open(Path(sys.argv[1]))\nprint('\\n'.join(opened))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    opened = {Path(line).name for line in done.stdout.splitlines()}
    assert {"manifest.json", SEAL_NAME, *FILES} <= opened
    assert not opened & {"pipe", "secret.json", "hostname"}
