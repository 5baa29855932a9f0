"""A worker that dies in the middle of a roster: what it did stays, what it had begun is done again, nobody twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from academy.accounts import sample as accounts_sample
from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.outbox import LEASE, drain
from academy.core.runs import JobRun, RunState
from academy.people import services
from academy.people.models import Learner, RosterImport, RosterLine, RosterState
from tests.conftest import LiveApp

ROOT = Path(__file__).parents[2]
STAFF = Actor(user_id=None, name="孔延玲", grants=frozenset({Grant(Role.CLASS_MANAGER)}))
ROWS = 2_000
WORKER = """
import sys
from datetime import datetime
from academy.app import create_app
from academy.core.outbox import drain
app = create_app()
with app.app_context():
    print("ready", flush=True)
    drain(now=datetime.fromisoformat(sys.argv[1]))
    print("done", flush=True)
"""


def roster() -> bytes:
    from bench.rosters import _roster

    return _roster(ROWS)


def kill_while(live_app: LiveApp, now: datetime, is_time: str) -> None:
    """Start a worker, and kill it once some of its work is committed."""
    command = [sys.executable, "-c", WORKER, now.isoformat()]
    worker = subprocess.Popen(command, cwd=ROOT, env=live_app.environment, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    for _ in range(6_000):
        found = db.session.scalars(select(RosterImport).execution_options(populate_existing=True)).one()
        db.session.rollback()
        if getattr(found, is_time) >= 500 or worker.poll() is not None:
            break
        time.sleep(0.005)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL, "it ended before it could be killed"


@pytest.mark.parallel
def test_a_killed_worker_loses_and_doubles_nothing(live_app: LiveApp, now: datetime) -> None:
    with transaction():
        accounts_sample.load(now=now)
    with transaction():
        code = services.upload_roster(name="大.xlsx", content=roster(), actor=STAFF, now=now).code
    kill_while(live_app, now, "read_count")
    read = db.session.scalars(select(RosterImport)).one()
    assert read.state is RosterState.READING
    assert 0 < read.read_count < ROWS
    drain(now=now)
    assert db.session.scalars(select(RosterImport)).one().state is RosterState.READING  # its lease has not ended
    later = now + LEASE
    drain(now=later)
    db.session.expire_all()
    read = db.session.scalars(select(RosterImport)).one()
    assert (read.state, read.row_count, read.read_count, read.good_count) == (RosterState.PREVIEWED, ROWS, ROWS, ROWS)
    assert db.session.scalar(select(func.count(func.distinct(RosterLine.number)))) == ROWS
    with transaction():
        services.import_roster(code=code, actor=STAFF, now=later)
    kill_while(live_app, later, "created_count")
    assert 0 < (db.session.scalar(select(func.count(Learner.id))) or 0) < ROWS
    db.session.rollback()
    drain(now=later + LEASE)
    db.session.expire_all()
    done = db.session.scalars(select(RosterImport)).one()
    assert (done.state, done.created_count, done.updated_count, done.unchanged_count) == (RosterState.IMPORTED, ROWS, 0, 0)
    assert db.session.scalar(select(func.count(Learner.id))) == ROWS
    written = select(func.count(AuditRow.id)).where(AuditRow.action == "people.learner_imported")
    assert db.session.scalar(written) == ROWS
    runs = db.session.scalars(select(JobRun)).all()
    assert {(run.state, run.done, run.total) for run in runs} == {(RunState.DONE, ROWS, ROWS)}
