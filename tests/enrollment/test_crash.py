"""A worker that is killed in the middle of asking people loses and doubles nothing."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from academy.core.db import db, transaction
from academy.core.outbox import drain
from academy.enrollment import jobs, services
from academy.enrollment.models import Enrollment, Offer
from academy.enrollment.rules import EnrollmentState, OfferState
from academy.notifications.models import Message
from academy.timetable.models import TrainingClass
from tests.conftest import LiveApp
from tests.enrollment.factories import make_learners, put_in
from tests.processes import run_each
from tests.timetable.factories import make_class, make_world

SEATS = 12
# The process dies without a word after so many writes of the work: between two statements, or just before the commit.
WORKER = """
import json, os, signal, sys
from datetime import datetime
from sqlalchemy import event
from academy.app import create_app
from academy.core.db import db
from academy.enrollment import jobs

given = json.loads(sys.argv[1])
app = create_app()
with app.app_context():
    left = given["writes"]

    def count(_connection, _cursor, statement, *_):
        global left
        if statement.lstrip().startswith(("UPDATE", "INSERT")):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "before_cursor_execute", count)
    jobs.expire_offers(now=datetime.fromisoformat(given["now"]))
"""


@pytest.mark.parallel
@pytest.mark.parametrize("writes", [0, 3, 9, 20, 45, 70])
def test_a_worker_killed_while_the_line_runs_loses_and_doubles_nothing(live_app: LiveApp, now: datetime, writes: int) -> None:
    world = make_world()
    found = make_class(world, now=now, seats=SEATS)
    class_id = found.id
    for learner in make_learners(now, 3 * SEATS):
        put_in(found, learner, actor=world.manager, now=now)
    for row in db.session.scalars(select(Enrollment).where(Enrollment.state == EnrollmentState.ADMITTED)).all():
        with transaction():
            services.withdraw(code=row.code, actor=world.manager, now=now, reason="调离")
    later = now + timedelta(hours=25)  # nobody has answered: twelve seats go to the next twelve
    assert run_each(live_app, WORKER, [{"now": later.isoformat(), "writes": writes}]) == [-9]
    for _ in range(2):
        jobs.expire_offers(now=later)
    drain(now=later, limit=1000)
    states = Counter(db.session.scalars(select(Enrollment.state).where(Enrollment.class_id == class_id)))
    assert states == {EnrollmentState.REMOVED: SEATS, EnrollmentState.LAPSED: SEATS, EnrollmentState.OFFERED: SEATS}
    counted = db.session.get_one(TrainingClass, class_id, populate_existing=True)
    assert (counted.admitted_count, counted.held_count, counted.waiting_count) == (0, SEATS, 0)
    assert Counter(db.session.scalars(select(Offer.state))) == {OfferState.EXPIRED: SEATS, OfferState.OPEN: SEATS}
    letters = Counter(db.session.scalars(select(Message.name).where(Message.reason == "enrollment.offered")))
    assert len(letters) == 2 * SEATS
    assert set(letters.values()) == {1}
