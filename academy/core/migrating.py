"""Bringing the database to the newest version."""

import logging
import warnings
from pathlib import Path

from flask_migrate import upgrade

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate() -> None:
    """Run the migrations that are missing, without Alembic's progress lines.

    SQLite rebuilds tables and looks at their neighbors, whose indexes of expressions it cannot read back and leaves alone.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Skipped unsupported reflection of expression-based index")
        upgrade(directory=str(MIGRATIONS))
