"""The operator's commands that belong to no domain: prepare, audit, walkthrough."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from academy import sample
from academy.core.audit import check_chain, extend_chain
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.migrating import migrate
from academy.core.secret_check import seal_word
from academy.walkthrough import run


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database to the newest version and load the sample data where it is missing."""
    migrate()
    with transaction():
        seal_word()
    made = sample.load_all(now=now())
    if made:
        click.echo(f"sample data loaded, {len(made)} demo users made")


@click.group("audit")
def audit() -> None:
    """The audit trail."""


@audit.command("check")
@with_appcontext
def audit_check() -> None:
    """Recompute the chain; exit 1 and name the rows when one is altered, missing or left out."""
    with transaction():
        while extend_chain(now=now()):
            pass
    report = check_chain(now=now())
    click.echo(f"checked {report.checked} rows")
    for word, ids in (("altered", report.altered), ("missing", report.missing), ("unchained", report.unchained)):
        if ids:
            click.echo(f"{word}: {', '.join(map(str, ids[:50]))}")
    sys.exit(0 if report.is_whole else 1)


@click.command("walkthrough")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="where the files go")
def walkthrough(out: Path) -> None:
    """Do the academy's main job from class to verified certificate, and check that it adds up."""
    sys.exit(run(out))


COMMANDS: tuple[click.Command, ...] = (prepare, audit, walkthrough)
