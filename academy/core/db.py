"""The database: base class, column types and the one place that commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, Enum, Insert, MetaData, Table, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

SQLITE_BUSY_MS = 30_000
RESTED_SECONDS = 2.0


class Base(DeclarativeBase):
    """Every table's base; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values, gives back UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def table_of(model: type[Base]) -> Table:
    """A model's table. Writing to it directly skips the identity map: rows that nobody needs as objects cost half."""
    return cast(Table, model.__table__)


def state_type(states: type[StrEnum], length: int = 20) -> Enum:
    """A column type that keeps a StrEnum by its value, as plain text on every database."""
    return Enum(states, native_enum=False, length=length, values_callable=lambda members: [m.value for m in members])


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)


class TransactionAlreadyOpen(RuntimeError):
    """A unit of work is opened once, at the door."""


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commit at the end, or nothing at all.

    The work reads fresh rows, whatever the request has looked at before. On SQLite the read that was begun ends here and
    the work begins IMMEDIATE: two readers that upgrade would deadlock. On PostgreSQL each statement sees what is
    committed, so the two round trips are saved. Callbacks of `after_commit` run once it is durable.
    """
    if _writing.get():
        raise TransactionAlreadyOpen("transaction() is already open")
    session: Session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside transaction()")
    if session.get_bind().dialect.name == "sqlite":
        session.commit()
    session.expire_all()
    callbacks: list[Callable[[], None]] = []
    writing, after = _writing.set(True), _after_commit.set(callbacks)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(writing)
        _after_commit.reset(after)
    for callback in callbacks:
        callback()


def insert_rows(statement: Insert, rows: list[dict[str, Any]]) -> None:
    """Insert rows whose ids nobody needs (`statement` is inline); one row goes out as one prepared statement."""
    if rows:
        db.session.connection().execute(statement, rows if len(rows) > 1 else rows[0])


@contextmanager
def sent_together() -> Iterator[None]:
    """Send writes that need no answer in one round trip (PostgreSQL's pipeline). A refusal is raised at the end.

    For the last writes of a hot unit of work: while a row is locked, each round trip holds up everybody who waits for it.
    """
    connection = db.session.connection()
    if connection.dialect.name != "postgresql":
        yield
        return
    with cast(Any, connection.connection.dbapi_connection).pipeline():
        yield


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` after the open unit of work has committed; never if it does not."""
    callbacks = _after_commit.get()
    if callbacks is None:
        raise RuntimeError("after_commit() needs an open transaction()")
    callbacks.append(callback)


def ping_idle_connections(engine: Engine) -> None:
    """Ask a connection that has rested whether it is still alive, so that a restarted database costs nobody a failure.

    SQLAlchemy's own pre-ping asks at every checkout: a round trip with each request.
    """

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["resting_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def wake(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("resting_since", monotonic()) < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error  # the pool replaces the connection and asks again


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if "sqlite" not in type(connection).__module__:
        return
    connection.isolation_level = None  # we write BEGIN ourselves, see below
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
