"""A session is moved while its learner enrolls elsewhere at that time: one of the two is refused, whoever comes first."""

from datetime import datetime, timedelta

import pytest

from academy.core.db import db, transaction
from academy.enrollment import queries
from academy.people.models import Learner
from academy.timetable import queries as timetable
from academy.timetable import services as timetable_services
from academy.timetable.services import SessionPlan
from tests.conftest import LiveApp
from tests.enrollment.factories import make_learners, put_in
from tests.processes import begin_together
from tests.timetable.factories import FIRST_DAY, at, make_class, make_program, make_world

PAIRS = 30
WORKER = """
import json, sys
from datetime import datetime, timedelta
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.enrollment.services import enroll, move_session
from academy.timetable.services import SessionPlan

app = create_app()
given = json.loads(sys.argv[1])
now, begin = datetime.fromisoformat(given["now"]), datetime.fromisoformat(given["begin"])
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))
print("ready", flush=True)
sys.stdin.readline()
outcomes = []
with app.app_context():
    for task in given["tasks"]:
        try:
            with transaction():
                if given["does"] == "move":
                    plan = SessionPlan("改到下午", begin, begin + timedelta(minutes=100), 90)
                    move_session(code=task["first"], seq=1, plan=plan, actor=staff, now=now)
                else:
                    enroll(class_id=task["second_id"], learner_id=task["learner_id"], actor=staff, now=now)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
print(json.dumps(outcomes))
"""


@pytest.mark.parallel
def test_a_move_and_an_enrollment_elsewhere_never_both_succeed(live_app: LiveApp, now: datetime) -> None:
    world = make_world()
    afternoon = at(FIRST_DAY, 14)
    tasks = []
    for learner in make_learners(now, PAIRS):
        first = make_class(world, now=now)
        second = make_class(world, now=now, program_id=make_program(world).id)
        for found, begin in ((first, at(FIRST_DAY, 8, 30)), (second, afternoon)):
            plan = SessionPlan("一节课", begin, begin + timedelta(minutes=100), 90)
            with transaction():
                timetable_services.save_session(code=found.code, seq=None, plan=plan, actor=world.manager, now=now)
        put_in(first, learner, actor=world.manager, now=now)
        tasks.append({"first": first.code, "second_id": second.id, "learner_id": learner.id})
    shared = {"now": now.isoformat(), "begin": afternoon.isoformat(), "tasks": tasks}
    moved, enrolled = begin_together(live_app, WORKER, [{**shared, "does": does} for does in ("move", "enroll")])
    assert set(moved) <= {"done", "learners_clash"}
    assert set(enrolled) <= {"done", "may_not_enroll"}
    assert [(a == "done") + (b == "done") for a, b in zip(moved, enrolled, strict=True)] == [1] * PAIRS
    for task in tasks:
        first = timetable.get_class(str(task["first"]))
        learner = db.session.get_one(Learner, task["learner_id"])
        own = [one.class_id for one in queries.enrollments_of_learner(learner.id) if one.class_id != first.id]
        assert timetable.find_class_clash(first.id, own) is None
