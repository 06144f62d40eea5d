"""Offer `roadgrip bundle keygen|sign|verify|schema`; all run on a device without torch."""

import os
from pathlib import Path
from typing import Annotated

import typer

from data_tools.errors import InputError
from pipeline.cli import device
from pipeline.cli.console import ERR, OUT
from pipeline.cli.device import BundleArgument

PASSPHRASE_VARIABLE = "ROADGRIP_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable, no secret

app = typer.Typer(help="Sign bundles, check them, and describe their manifest.", no_args_is_help=True)
app.command()(device.verify)


@app.command()
def keygen(
    out: Annotated[Path, typer.Argument(help="Folder for private.pem and public.pem; keys are never replaced.")],
    encrypt: Annotated[
        bool,
        typer.Option(
            "--encrypt", help=f"Encrypt private.pem; the passphrase comes from {PASSPHRASE_VARIABLE} or a prompt."
        ),
    ] = False,
) -> None:
    """Make a pair of Ed25519 keys: private.pem (mode 0600) signs bundles, public.pem goes to the devices.

    Example: roadgrip bundle keygen keys --encrypt
    """
    from export.runtime.keys import write_key_pair

    pair = write_key_pair(out, _passphrase(confirm=True) if encrypt else None)
    OUT.print(f"{pair.private} (keep it secret{'' if encrypt else '; it is not encrypted'})", markup=False)
    OUT.print(f"{pair.public}", markup=False)
    OUT.print(f"key {pair.key_id}", markup=False, highlight=False)


@app.command()
def sign(
    bundle: BundleArgument,
    key: Annotated[Path, typer.Option(help="private.pem of `roadgrip bundle keygen`.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace another signature.")] = False,
) -> None:
    """Sign a bundle: writes manifest.json.sig beside the manifest, after comparing every file with it.

    An encrypted key's passphrase comes from the environment variable ROADGRIP_KEY_PASSPHRASE or a prompt.

    Example: roadgrip bundle sign runs/demo/bundle --key keys/private.pem
    """
    from export.bundle.sign import sign_bundle
    from export.runtime.keys import is_encrypted, require_cryptography
    from export.runtime.seal import SIGNATURE_NAME

    require_cryptography()
    passphrase = _passphrase(confirm=False) if is_encrypted(key) else None
    key_id = sign_bundle(bundle, key, passphrase, overwrite=overwrite)
    folder = bundle if bundle.is_dir() else bundle.parent
    OUT.print(f"{folder / SIGNATURE_NAME}: signed, key {key_id}", markup=False, highlight=False)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="Write the schema to this file instead of printing it.")] = None,
    document: Annotated[Path | None, typer.Option(help="Rewrite the table of fields in this Markdown file.")] = None,
) -> None:
    """Print the JSON schema of a bundle's manifest.json, made from the models that read it.

    In the checkout, after a change of the manifest, rewrite what the documentation says:

        roadgrip bundle schema --out docs/bundle.schema.json --document docs/bundle.md
    """
    from data_tools.artifacts.atomic import write_text
    from export.bundle.schema import schema_text, with_table

    if document is not None:
        try:
            text = document.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{document}: expected Markdown in UTF-8") from error
        write_text(document, with_table(text, str(document)))
        ERR.print(str(document), markup=False)
    if out is not None:
        write_text(out, schema_text())
        ERR.print(str(out), markup=False)
    elif document is None:
        typer.echo(schema_text(), nl=False)


def _passphrase(confirm: bool) -> bytes:
    """Return the passphrase from the environment, or ask for it."""
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is None:
        given = str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
    try:
        return os.fsencode(given)  # an environment variable may hold any bytes
    except UnicodeEncodeError as error:
        raise InputError("passphrase: expected text that can be written as bytes, it holds half a character") from error
