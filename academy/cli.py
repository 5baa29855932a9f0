"""The `academy` command: Flask's command line with the operator's commands of every domain."""

import sys
from pathlib import Path

import click
from flask.cli import FlaskGroup
from flask_migrate.cli import db as db_group  # type: ignore[import-not-found]  # its stubs leave this module out
from pydantic import ValidationError

from academy import launcher, sample
from academy.app import create_app
from academy.config import settings
from academy.core.audit import check_chain, extend_chain
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.migrating import migrate

group = FlaskGroup(
    name="academy",
    create_app=lambda: create_app(),
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    help="Run and operate an academy.",
)
group.add_command(db_group)


@group.command("start", with_appcontext=False)
def start() -> None:
    """Migrate, load the sample data, start web server, worker and beat; Ctrl-C stops them all."""
    sys.exit(launcher.run())


@group.command("prepare")
def prepare() -> None:
    """Bring the database to the newest version and load the sample data where it is missing."""
    migrate()
    made = sample.load_all(now=now())
    if made:
        click.echo(f"sample data loaded, {len(made)} demo users made")


@group.group("audit")
def audit() -> None:
    """The audit trail."""


@audit.command("check")
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


@group.command("walkthrough", with_appcontext=False)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="where the files go")
def walk_through(out: Path) -> None:
    """Do the academy's main job from class to verified certificate, and check that it adds up."""
    from academy.walkthrough import run  # its imports are heavy and no other command needs them

    sys.exit(run(out))


def main() -> None:
    """Entry point of the console command."""
    try:
        settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else ""
        click.echo(f"academy: {name}: {first['msg']}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"academy: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    group.main(prog_name="academy")


if __name__ == "__main__":
    main()
