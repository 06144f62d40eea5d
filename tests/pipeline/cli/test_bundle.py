import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from export.bundle.schema import schema_text
from export.runtime.seal import SEAL_NAME, SIGNATURE_NAME, seal
from pipeline.cli.bundle import PASSPHRASE_VARIABLE
from tests.export.runtime.tiny_bundle import colour_picture, flip_byte, write_bundle
from tests.pipeline.cli.conftest import Result

pytest.importorskip("cryptography")

Cli = Callable[..., Result]
VERIFY = (("verify",), ("bundle", "verify"))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return seal(write_bundle(tmp_path / "bundle").parent).parent


@pytest.fixture
def keys(roadgrip: Cli, tmp_path: Path) -> Path:
    assert roadgrip("bundle", "keygen", tmp_path / "keys").code == 0
    return tmp_path / "keys"


@pytest.fixture(autouse=True)
def no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)


@pytest.mark.parametrize("command", ["keygen", "sign", "verify", "schema"])
def test_every_command_explains_itself(roadgrip: Cli, command: str) -> None:
    result = roadgrip("bundle", command, "--help")
    assert result.code == 0
    assert len(result.out) > 300
    assert "bundle" in roadgrip("--help").out


def test_keygen_sign_verify(roadgrip: Cli, bundle: Path, keys: Path) -> None:
    assert stat.S_IMODE((keys / "private.pem").stat().st_mode) == 0o600
    for verify in VERIFY:
        result = roadgrip(*verify, bundle)
        assert result.code == 0
        assert "not signed\nverified" in result.out
    signed = roadgrip("bundle", "sign", bundle, "--key", keys / "private.pem")
    assert signed.code == 0
    assert f"{SIGNATURE_NAME}: signed, key " in signed.out
    key_id = json.loads((bundle / SIGNATURE_NAME).read_text())["key_id"]
    for verify in VERIFY:
        result = roadgrip(*verify, bundle, "--key", keys / "public.pem")
        assert result.code == 0
        assert f"signature valid, key {key_id}\nverified" in result.out
        result = roadgrip(*verify, bundle)
        assert result.code == 0
        assert "signature not checked: give --key public.pem\nverified" in result.out


@pytest.mark.parametrize("verify", VERIFY)
def test_what_a_key_refuses_is_one_line_and_exit_code_1(
    roadgrip: Cli, bundle: Path, keys: Path, tmp_path: Path, verify: tuple[str, ...]
) -> None:
    unsigned = roadgrip(*verify, bundle, "--key", keys / "public.pem")
    assert unsigned.code == 1
    assert "the bundle is not signed" in unsigned.error
    roadgrip("bundle", "sign", bundle, "--key", keys / "private.pem")
    roadgrip("bundle", "keygen", tmp_path / "other")
    stranger = roadgrip(*verify, bundle, "--key", tmp_path / "other" / "public.pem")
    assert stranger.code == 1
    assert "signed with another key" in stranger.error
    manifest = bundle / "manifest.json"
    good = manifest.read_text()
    manifest.write_text(good.replace('"snow"', '"sn0w"'))
    assert "manifest.json: changed" in roadgrip(*verify, bundle, "--key", keys / "public.pem").error
    seal(bundle)
    assert "changed after signing" in roadgrip(*verify, bundle, "--key", keys / "public.pem").error
    manifest.write_text(good)
    seal(bundle)
    flip_byte(bundle / SIGNATURE_NAME, 190)
    result = roadgrip(*verify, bundle, "--key", keys / "public.pem")
    assert result.code == 1
    assert f"{SIGNATURE_NAME}: changed" in result.error


def test_wrong_key_files_are_wrong_input(roadgrip: Cli, bundle: Path, keys: Path) -> None:
    swapped = roadgrip("bundle", "sign", bundle, "--key", keys / "public.pem")
    assert swapped.code == 2
    assert "expected a private key" in swapped.error
    result = roadgrip("verify", bundle, "--key", keys / "private.pem")
    assert result.code == 2
    assert "expected the public key, got a private one" in result.error
    assert roadgrip("verify", bundle, "--key", keys / "none.pem").code == 2


def test_keys_are_never_replaced(roadgrip: Cli, keys: Path) -> None:
    before = (keys / "private.pem").read_bytes()
    result = roadgrip("bundle", "keygen", keys)
    assert result.code == 2
    assert "private.pem: is there already" in result.error
    assert (keys / "private.pem").read_bytes() == before


def test_passphrase_from_the_environment(
    roadgrip: Cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "gut geraten")
    made = roadgrip("bundle", "keygen", tmp_path / "keys", "--encrypt")
    assert made.code == 0
    assert "not encrypted" not in made.out
    private = tmp_path / "keys" / "private.pem"
    assert "ENCRYPTED" in private.read_text()
    assert roadgrip("bundle", "sign", bundle, "--key", private).code == 0
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "schlecht geraten")
    result = roadgrip("bundle", "sign", bundle, "--key", private)
    assert result.code == 2
    assert "the passphrase is wrong" in result.error


def test_passphrase_from_a_prompt(roadgrip: Cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []
    monkeypatch.setattr("typer.prompt", lambda text, **options: asked.append(options) or "geheim")
    assert roadgrip("bundle", "keygen", tmp_path / "keys", "--encrypt").code == 0
    assert roadgrip("bundle", "sign", bundle, "--key", tmp_path / "keys" / "private.pem").code == 0
    assert [item["confirmation_prompt"] for item in asked] == [True, False]
    assert all(item["hide_input"] for item in asked)


def test_passphrases_of_other_bytes_and_lengths(
    roadgrip: Cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, os.fsdecode(b"gut \xff"))
    assert roadgrip("bundle", "keygen", tmp_path / "keys", "--encrypt").code == 0
    assert roadgrip("bundle", "sign", bundle, "--key", tmp_path / "keys" / "private.pem").code == 0
    monkeypatch.setattr("typer.prompt", lambda text, **options: "half a pair \ud800")
    for passphrase, message in (
        ("x" * 1024, "passphrase: expected at most 1023 bytes, got 1024"),
        (None, "passphrase: expected text that can be written as bytes"),
    ):
        if passphrase is None:
            monkeypatch.delenv(PASSPHRASE_VARIABLE)
        else:
            monkeypatch.setenv(PASSPHRASE_VARIABLE, passphrase)
        for command in (
            ("bundle", "keygen", tmp_path / "new", "--encrypt"),
            ("bundle", "sign", bundle, "--key", tmp_path / "keys" / "private.pem"),
        ):
            result = roadgrip(*command)
            assert result.code == 2
            assert message in result.error
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("threads", [-1, 1025, 10**9])
@pytest.mark.parametrize("command", ["verify", "predict"])
def test_threads_are_bounded(roadgrip: Cli, bundle: Path, command: str, threads: int) -> None:
    result = roadgrip(command, bundle, *([bundle] if command == "predict" else []), "--threads", threads)
    assert result.code == 2
    assert "Invalid value for '--threads'" in result.err
    assert ("1024" in result.err) is (threads > 0)


@pytest.mark.parametrize("output_format", ["json", "table"])
def test_predict_takes_names_that_are_no_utf8(roadgrip: Cli, bundle: Path, tmp_path: Path, output_format: str) -> None:
    good, odd = tmp_path / "good.png", Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.png"))
    assert cv2.imwrite(str(good), colour_picture(2, 60, 80)[..., ::-1])
    try:
        odd.write_bytes(good.read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    gone = os.fsdecode(b"gone\xfe.png")
    result = roadgrip("predict", bundle, good, odd, gone, "--format", output_format)
    assert result.code == 1
    assert "1 of 3 pictures could not be read" in result.error
    if output_format == "json":
        items = json.loads(result.out)
        assert [item.get("label") for item in items] == ["snow", "snow", None]
        assert [item["path"].rpartition("/")[2] for item in items] == ["good.png", "odd\\udcff.png", "gone\\udcfe.png"]
    else:
        assert result.out.count("snow") == 3  # with the head


@pytest.mark.parametrize("verify", VERIFY)
def test_extra_files_are_shown_and_strict_fails(roadgrip: Cli, bundle: Path, verify: tuple[str, ...]) -> None:
    (bundle / "notes[red].txt").write_text("x")
    result = roadgrip(*verify, bundle)
    assert result.code == 0
    assert "not listed in the manifest: notes[red].txt" in result.out
    result = roadgrip(*verify, bundle, "--strict")
    assert result.code == 1
    assert "notes[red].txt: the manifest does not list it" in result.error


def test_missing_seal_and_changed_manifest_exit_with_1(roadgrip: Cli, bundle: Path) -> None:
    flip_byte(bundle / "manifest.json", 50)
    result = roadgrip("verify", bundle)
    assert result.code == 1
    assert "manifest.json: changed" in result.error
    (bundle / SEAL_NAME).unlink()
    flip_byte(bundle / "manifest.json", 50)
    result = roadgrip("verify", bundle)
    assert result.code == 1
    assert f"{SEAL_NAME}: missing" in result.error


def test_without_cryptography_the_extra_is_named(
    roadgrip: Cli, bundle: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for command in (
        ("bundle", "keygen", tmp_path / "new"),
        ("bundle", "sign", bundle, "--key", keys / "private.pem"),
        ("verify", bundle, "--key", keys / "public.pem"),
    ):
        result = roadgrip(*command)
        assert result.code == 2
        assert "pip install '.[sign]'" in result.error
    assert roadgrip("verify", bundle).code == 0


def test_schema_is_printed_or_written(roadgrip: Cli, tmp_path: Path) -> None:
    printed = roadgrip("bundle", "schema")
    assert printed.code == 0
    assert printed.out == schema_text()
    assert json.loads(printed.out)["title"] == "BundleManifest"
    assert roadgrip("bundle", "schema", "--out", tmp_path / "s.json").out == ""
    assert (tmp_path / "s.json").read_text() == printed.out


def test_schema_rewrites_a_documents_table(roadgrip: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x\n<!-- fields: begin -->\n<!-- fields: end -->\ny\n")
    result = roadgrip("bundle", "schema", "--document", tmp_path / "a.md")
    assert (result.code, result.out) == (0, "")
    assert "| `variants[].file` | file |" in (tmp_path / "a.md").read_text()
    (tmp_path / "b.md").write_text("no marks")
    assert roadgrip("bundle", "schema", "--document", tmp_path / "b.md").code == 2
    assert (tmp_path / "b.md").read_text() == "no marks"


def test_a_name_that_looks_like_markup_is_shown_as_it_is(roadgrip: Cli, tmp_path: Path) -> None:
    def rename(values: dict) -> None:
        values["name"] = "[/x] [red]b"

    folder = seal(write_bundle(tmp_path / "bundle", edit=rename).parent).parent
    result = roadgrip("verify", folder)
    assert result.code == 0
    assert "[/x] [red]b: " in result.out
