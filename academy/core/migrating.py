"""Bringing the database to the newest version."""

import logging
from pathlib import Path

from flask_migrate import upgrade

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate() -> None:
    """Run the migrations that are missing, without Alembic's progress lines."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    upgrade(directory=str(MIGRATIONS))
