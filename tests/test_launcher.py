"""`academy start`: what can be wrong gives one sentence; Ctrl-C leaves no child behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
START = [sys.executable, "-m", "academy.cli", "start"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A start of its own: private folder and port."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}}
    return {**kept, "INSTANCE_DIR": str(tmp_path / "instance"), "PORT": str(_free_port())}


def _refused(environment: dict[str, str]) -> str:
    done = subprocess.run(START, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_port_in_use_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        assert environment["PORT"] in _refused(environment)


def test_a_folder_that_cannot_be_made_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    sentence = _refused({**environment, "INSTANCE_DIR": str(tmp_path / "file" / "instance")})
    assert "INSTANCE_DIR" in sentence or "Not a directory" in sentence


def test_a_dead_redis_is_named_without_its_password(environment: dict[str, str]) -> None:
    sentence = _refused({**environment, "REDIS_URL": f"redis://:geheim@127.0.0.1:{_free_port()}/0"})
    assert "REDIS_URL" in sentence
    assert "geheim" not in sentence


def test_a_dead_database_is_named_without_its_password(environment: dict[str, str]) -> None:
    sentence = _refused({**environment, "DATABASE_URL": f"postgresql+psycopg://u:geheim@127.0.0.1:{_free_port()}/x"})
    assert "DATABASE_URL" in sentence
    assert "geheim" not in sentence


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("PORT", "abc"), ("SECRET_KEY", "short"), ("DATABASE_URL", "mysql://x")]
)
def test_a_wrong_setting_is_named(environment: dict[str, str], name: str, value: str) -> None:
    assert name in _refused({**environment, name: value})


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A start that is ready."""
    child = subprocess.Popen(START, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{environment['PORT']}/readyz"
    for _ in range(900):
        assert child.poll() is None, child.communicate()
        try:
            with urllib.request.urlopen(address, timeout=2):
                break
        except OSError:
            time.sleep(0.1)
    yield child
    if child.poll() is None:
        child.kill()


def _family(pid: int) -> list[int]:
    """A process's descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [member for child in children for member in (int(child), *_family(int(child)))]


def _is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_it_runs_everything_and_ctrl_c_stops_every_child(started: subprocess.Popen[str]) -> None:
    time.sleep(1)
    family = _family(started.pid)
    commands = " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in family)
    assert all(word in commands for word in ("redis-server", "granian", "worker", "beat"))
    started.send_signal(signal.SIGINT)
    output, errors = started.communicate(timeout=40)
    assert started.returncode == 0, errors
    assert "admin@demo.example" in output
    assert [pid for pid in family if _is_running(pid)] == []
