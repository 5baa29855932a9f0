"""Two rosters with the same people, imported by two workers at the same instant."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from academy.accounts import sample as accounts_sample
from academy.core.access import Actor, Grant, Role
from academy.core.db import db, transaction
from academy.core.outbox import OutboxRow, OutboxState, drain
from academy.people import services
from academy.people.models import Learner, RosterImport, RosterState
from bench.rosters import _roster
from tests.conftest import LiveApp
from tests.people.test_killed import WORKER

ROOT = Path(__file__).parents[2]
STAFF = Actor(user_id=None, name="孔延玲", grants=frozenset({Grant(Role.CLASS_MANAGER)}))
ROWS = 1_500


@pytest.mark.parallel
def test_everybody_is_registered_once_and_counted_by_one_of_them(live_app: LiveApp, now: datetime) -> None:
    with transaction():
        accounts_sample.load(now=now)
    for _ in range(2):
        with transaction():
            services.upload_roster(name="同.xlsx", content=_roster(ROWS), actor=STAFF, now=now)
    drain(now=now)
    for code in db.session.scalars(select(RosterImport.code)).all():
        with transaction():
            services.import_roster(code=code, actor=STAFF, now=now)
    command = [sys.executable, "-c", WORKER, now.isoformat()]
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=live_app.environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for worker in workers:
        worker.communicate(timeout=240)
        assert worker.returncode == 0
    db.session.rollback()
    drain(now=now)
    db.session.expire_all()
    rosters = db.session.scalars(select(RosterImport)).all()
    waiting = db.session.scalars(select(OutboxRow).where(OutboxRow.state != OutboxState.DONE)).all()
    assert [row.last_error for row in waiting] == []
    assert {one.state for one in rosters} == {RosterState.IMPORTED}
    assert sum(one.created_count for one in rosters) == ROWS
    assert sum(one.unchanged_count + one.updated_count for one in rosters) == ROWS
    assert db.session.scalar(select(func.count(Learner.id))) == ROWS
