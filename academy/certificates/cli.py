"""The operator's door of certificates."""

import sys
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask.cli import AppGroup

from academy.certificates import queries, services
from academy.core.access import SYSTEM
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import render

group = AppGroup("certificates", help="The certificate register and its keys.")


@group.command("audit")
@click.option("--no-files", is_flag=True, help="Do not hash the stored files.")
def audit(*, no_files: bool) -> None:
    """Recompute every hash, signature, check digit, chain and serial; exit 1 and name the rows that are wrong."""
    report = queries.audit_register(with_files=not no_files)
    for fault in report.faults:
        click.echo(f"{fault.subject}\t{render(fault.problem)}", err=True)
    for gap in report.explained_gaps:
        click.echo(f"{gap}\tfree or being issued")
    click.echo(f"checked {report.checked} certificates, {len(report.faults)} faults")
    sys.exit(1 if report.faults else 0)


@group.command("import-pfx")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase", envvar="PFX_PASSPHRASE", prompt=True, hide_input=True, help="Or PFX_PASSPHRASE.")
def import_pfx(file: Path, passphrase: str) -> None:
    """Sign with the key of a PFX file from now on; the former key stays for checking."""
    try:
        with transaction():
            key = services.import_key(pfx=file.read_bytes(), passphrase=passphrase, actor=SYSTEM, now=now())
    except DomainError as error:
        raise click.ClickException(render(error.text)) from error
    click.echo(f"signing with {key.fingerprint} until {key.not_after:%Y-%m-%d}")


@group.command("root")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of the screen.")
def root(out: Path | None) -> None:
    """Print the root certificate as PEM, making the keys if there are none."""
    with transaction():
        services.ensure_keys(now=now())
    der = queries.find_root_certificate()
    if der is None:
        raise click.ClickException("no root certificate is in use")
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    if out is None:
        click.echo(pem.decode())
    else:
        out.write_bytes(pem)
