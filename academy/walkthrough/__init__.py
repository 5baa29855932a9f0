"""`academy walkthrough`: the main job from class to verified certificate, through the services that the pages call.

It works in a database of its own (a SQLite file in the output folder, or a schema of its own when DATABASE_URL names
PostgreSQL), lets five weeks pass on the clock it hands to the services, and checks each step against a computation of
its own. Any difference is printed and makes the exit code 1.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from academy.app import create_app
from academy.config import settings
from academy.core.clock import now
from academy.core.db import db
from academy.walkthrough.steps import STEPS
from academy.walkthrough.walk import DoesNotAddUpError, Walk


def run(out: Path) -> int:
    """Walk; returns the exit code."""
    began = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    with _own_database(out):
        app = create_app(settings())
        with app.app_context():
            walk = Walk(out, now())
            try:
                for name, step in STEPS:
                    walk.tell(name, step)
            except DoesNotAddUpError as error:
                click.echo(f"DOES NOT ADD UP: {error}", err=True)
                return 1
            finally:
                db.session.remove()
                db.engine.dispose()
    click.echo(f"everything adds up; {time.perf_counter() - began:.1f} s in all; files are in {out}")
    return 0


@contextmanager
def _own_database(out: Path) -> Iterator[None]:
    """Point the settings at a database that nobody else uses; a PostgreSQL schema is dropped afterwards."""
    given, instance = os.environ.get("DATABASE_URL", ""), out / "instance"
    os.environ.update(INSTANCE_DIR=str(instance), REDIS_URL="", MAIL_URL="")
    if not given.startswith("postgresql"):
        for file in out.glob("walkthrough.sqlite3*"):
            file.unlink()
        os.environ["DATABASE_URL"] = f"sqlite:///{(out / 'walkthrough.sqlite3').resolve()}"
        settings.cache_clear()
        yield
        return
    schema = f"walkthrough_{secrets.token_hex(4)}"
    own = make_url(given).update_query_dict({"options": f"-csearch_path={schema}"})
    os.environ["DATABASE_URL"] = own.render_as_string(hide_password=False)
    settings.cache_clear()
    engine = create_engine(given, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        try:
            yield
        finally:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
            engine.dispose()
