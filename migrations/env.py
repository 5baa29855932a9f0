"""Runs migrations with the application's metadata. A lock that cannot be had soon is given up, not queued for."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Enum
from sqlalchemy.types import TypeDecorator

from academy.core.db import Base, db

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"


def include_object(_object: Any, name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:  # noqa: FBT001 - Alembic calls it
    """Indexes that an exclusion constraint makes are the constraint's own."""
    return not (kind == "index" and reflected and name is not None and name.startswith("ex_"))


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration names plain column types: the application's own may change after it was written."""
    if kind != "type":
        return False
    if isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run() -> None:
    """Migrate the configured database in one transaction."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            render_item=render_item,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
