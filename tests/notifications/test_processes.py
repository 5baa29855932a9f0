"""Real processes: planned once, sent once, never doubled by a death."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from academy.config import settings
from academy.core.db import db
from academy.core.outbox import drain
from academy.notifications.models import Message
from academy.notifications.rules import MessageState
from tests.conftest import LiveApp
from tests.notifications.factories import plan, stranger
from tests.notifications.smtp_server import smtp_server
from tests.processes import run_each

pytestmark = pytest.mark.parallel

PLAN_ALL = """
from datetime import datetime, timezone
from academy.app import create_app
from tests.notifications.factories import plan, stranger
with create_app().app_context():
    for number in range(20):
        plan(stranger(), datetime(2026, 11, 23, 2, 42, tzinfo=timezone.utc), key=f"E26-{number}")
"""
DRAIN = """
from datetime import datetime, timezone
from academy.app import create_app
from academy.core.outbox import drain
with create_app().app_context():
    drain(now=datetime(2026, 11, 23, 2, 42, tzinfo=timezone.utc))
"""


def _messages() -> list[Message]:
    db.session.expire_all()
    found = list(db.session.scalars(select(Message).order_by(Message.id)))
    db.session.commit()
    return found


def test_four_processes_plan_the_same_messages_once(live_app: LiveApp) -> None:
    assert run_each(live_app, PLAN_ALL, range(4)) == [0, 0, 0, 0]
    assert sorted(m.key for m in _messages()) == sorted(f"E26-{number}" for number in range(20))


def test_two_workers_send_each_letter_once(live_app: LiveApp, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        plan(stranger(), now, key=f"E26-{number}")
    with smtp_server() as server:
        monkeypatch.setenv("MAIL_URL", server.url)
        assert run_each(live_app, DRAIN, range(2)) == [0, 0]
    assert len(server.mails) == 12
    assert {m.state for m in _messages()} == {MessageState.SENT}


def test_a_worker_killed_between_sending_and_recording_sends_no_second_copy(
    live_app: LiveApp, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(stranger(), now)
    with smtp_server(silent_after="DONE", silent_for=60.0) as server:
        environment = {**live_app.environment, "MAIL_URL": server.url}
        worker = subprocess.Popen([sys.executable, "-c", DRAIN], env=environment, cwd=Path.cwd())
        assert server.received.wait(timeout=60)
        os.kill(worker.pid, 9)
        assert worker.wait(timeout=20) == -9
        assert [m.state for m in _messages()] == [MessageState.SENDING]
    with smtp_server() as healthy:
        monkeypatch.setenv("MAIL_URL", healthy.url)
        settings.cache_clear()
        drain(now=now + timedelta(hours=1))
        drain(now=now + timedelta(hours=2))
    assert (len(server.mails), len(healthy.mails)) == (1, 0)
    assert [m.state for m in _messages()] == [MessageState.UNKNOWN]
