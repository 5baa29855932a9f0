"""The `academy` command. `start` only supervises, so nothing here imports the application: it loads with its commands."""

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup
from pydantic import ValidationError

from academy import launcher
from academy.config import settings


def _create_app() -> Flask:
    from academy.app import create_app  # two seconds that `academy start` need not spend
    from academy.operating import COMMANDS

    app = create_app()
    for command in COMMANDS:
        app.cli.add_command(command)
    return app


group = FlaskGroup(
    name="academy",
    create_app=_create_app,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    help="Run and operate an academy.",
)


@group.command("start", with_appcontext=False)
def start() -> None:
    """Migrate, load the sample data, start web server, worker and beat; Ctrl-C stops them all."""
    sys.exit(launcher.run())


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
