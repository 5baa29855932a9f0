"""Many people at the same instant, from several processes with real commits."""

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select

from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.enrollment.models import Enrollment, Offer
from academy.enrollment.rules import LIVE, EnrollmentState, OfferState
from academy.enrollment.services import QuotaPlan, add_quota
from academy.timetable.models import TrainingClass
from tests.accounts.factories import make_organization
from tests.conftest import LiveApp
from tests.enrollment.factories import make_account, make_coordinator, make_learners
from tests.processes import begin_together
from tests.timetable.factories import make_class, make_world

PROCESSES = 2
WORKER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.enrollment import services
from academy.enrollment.services import apply, enroll, enroll_many, withdraw

app = create_app()
given = json.loads(sys.argv[1])
now = datetime.fromisoformat(given["now"])
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))

def one(task):
    with app.app_context():
        try:
            with transaction():
                if task["do"] == "withdraw":
                    withdraw(code=task["code"], actor=staff, now=now, reason="测试")
                elif task["do"] in {"accept_offer", "decline_offer"}:
                    return [getattr(services, task["do"])(code=task["offer"], now=now).state, None, True]
                elif task["do"] == "nominate":
                    grants = frozenset({Grant(Role.ORGANIZATION_COORDINATOR, task["unit_id"])})
                    who = {"learner_id": task["learner_id"], "actor": Actor(task["user_id"], "联络员", grants)}
                    return list(services.nominate(class_id=given["class_id"], now=now, **who))
                elif task["do"] == "enroll_many":
                    enroll_many(class_id=given["class_id"], learner_ids=task["learner_ids"], actor=staff, now=now)
                    return ["many", None, True]
                elif task["do"] == "self":
                    actor = Actor(task["user_id"], "学员")
                    return list(apply(class_code=task["class_code"], actor=actor, now=now))
                else:
                    return list(enroll(class_id=given["class_id"], learner_id=task["learner_id"], actor=staff, now=now))
        except DomainError as error:
            return [error.code, None, False]

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(one, given["tasks"]))))
"""


def rush(live_app: LiveApp, class_id: int, tasks: list[dict[str, object]], now: datetime) -> list[list[object]]:
    """Hand the tasks out to processes that begin together; what each task gave."""
    shared = {"now": now.isoformat(), "class_id": class_id}
    given = [{**shared, "tasks": tasks[number::PROCESSES]} for number in range(PROCESSES)]
    return [task for outcome in begin_together(live_app, WORKER, given) for task in outcome]


@pytest.mark.serialized
@pytest.mark.parallel
def test_two_hundred_at_once_for_twenty_seats_give_twenty_and_an_unbroken_line(live_app: LiveApp, now: datetime) -> None:
    found = make_class(make_world(), now=now, seats=20)
    class_id = found.id
    tasks: list[dict[str, object]] = [{"do": "enroll", "learner_id": one.id} for one in make_learners(now, 200)]
    outcomes = rush(live_app, class_id, tasks, now)
    numbers = [number for _, number, *_ in outcomes]
    assert numbers.count(None) == 20
    assert sorted(n for n in numbers if isinstance(n, int)) == list(range(1, 181))
    rows = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id)))
    assert Counter(row.state for row in rows) == {EnrollmentState.ADMITTED: 20, EnrollmentState.WAITLISTED: 180}
    counted = db.session.get_one(TrainingClass, class_id)
    assert (counted.admitted_count, counted.waiting_count, counted.waitlist_seq) == (20, 180, 180)
    written = set(db.session.scalars(select(AuditRow.subject).where(AuditRow.action.startswith("enrollment."))))
    assert written == {f"enrollment:{row.code}" for row in rows}


@pytest.mark.parallel
def test_a_person_who_presses_many_times_is_enrolled_once(live_app: LiveApp, now: datetime) -> None:
    found = make_class(make_world(), now=now, seats=20)
    class_id, code = found.id, found.code
    people = [make_account(now) for _ in range(10)]
    tasks: list[dict[str, object]] = []
    for user, _, learner in people:
        tasks += [{"do": "self", "user_id": user.id, "class_code": code}] * 6
        tasks += [{"do": "enroll", "learner_id": learner.id}] * 2  # the staff's door at the same time
    outcomes = rush(live_app, class_id, tasks, now)
    assert Counter(is_new for _, _, is_new, *_ in outcomes) == {True: 10, False: 70}
    rows = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id)))
    assert Counter(row.learner_id for row in rows if row.state in LIVE) == {learner.id: 1 for _, _, learner in people}
    assert db.session.get_one(TrainingClass, class_id).admitted_count == 10


@pytest.mark.parallel
def test_lists_and_single_people_at_once_never_wait_in_a_ring(live_app: LiveApp, now: datetime) -> None:
    """Staff enroll lists, in any order, of people who press themselves: a deadlock would end one of them with an error."""
    found = make_class(make_world(), now=now, seats=30)
    class_id, code = found.id, found.code
    people = [make_account(now) for _ in range(40)]
    ids = [learner.id for *_, learner in people]
    tasks: list[dict[str, object]] = []
    for place, (user, *_) in enumerate(people):
        tasks.append({"do": "self", "user_id": user.id, "class_code": code})
        if place % 5 == 0:
            tasks.append({"do": "enroll_many", "learner_ids": ids[place:][::-1] + ids[:place]})
    rush(live_app, class_id, tasks, now)
    rows = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id)))
    assert Counter(row.learner_id for row in rows) == dict.fromkeys(ids, 1)
    assert sorted(row.waitlist_no for row in rows if row.waitlist_no is not None) == list(range(1, 11))


@pytest.mark.serialized
@pytest.mark.parallel
def test_leaving_and_joining_at_once_never_oversells_nor_skips_the_line(live_app: LiveApp, now: datetime) -> None:
    found = make_class(make_world(), now=now, seats=10)
    class_id = found.id
    learners = make_learners(now, 60)
    rush(live_app, class_id, [{"do": "enroll", "learner_id": one.id} for one in learners[:30]], now)
    live = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id).order_by(Enrollment.id)))
    leaving: list[dict[str, object]] = [{"do": "withdraw", "code": row.code} for row in live[::2]]
    joining: list[dict[str, object]] = [{"do": "enroll", "learner_id": one.id} for one in learners[30:]]
    mixed = [task for pair in zip(leaving, joining, strict=False) for task in pair] + joining[len(leaving) :]
    rush(live_app, class_id, mixed, now)
    rows = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id)))
    counts = Counter(row.state for row in rows)
    assert counts[EnrollmentState.ADMITTED] + counts[EnrollmentState.OFFERED] == 10
    assert counts[EnrollmentState.REMOVED] == 15
    promoted = [row.waitlist_no for row in rows if row.state is EnrollmentState.OFFERED and row.waitlist_no]
    waiting = [row.waitlist_no for row in rows if row.state is EnrollmentState.WAITLISTED and row.waitlist_no]
    assert max(promoted, default=0) < min(waiting)
    counted = db.session.get_one(TrainingClass, class_id)
    assert (counted.admitted_count + counted.held_count, counted.waiting_count) == (10, len(waiting))
    assert len(promoted) == counted.held_count


@pytest.mark.parallel
def test_an_offer_used_twice_at_once_seats_one_person_once(live_app: LiveApp, now: datetime) -> None:
    found = make_class(make_world(), now=now, seats=4)
    class_id = found.id
    rush(live_app, class_id, [{"do": "enroll", "learner_id": one.id} for one in make_learners(now, 12)], now)
    seated = [row.code for row in db.session.scalars(select(Enrollment).where(Enrollment.state == EnrollmentState.ADMITTED))]
    rush(live_app, class_id, [{"do": "withdraw", "code": code} for code in seated], now)
    codes = list(db.session.scalars(select(Offer.code).order_by(Offer.id)))
    assert len(codes) == 4
    tasks: list[dict[str, object]] = [{"do": "accept_offer", "offer": code} for code in codes for _ in range(6)]
    tasks += [{"do": "decline_offer", "offer": code} for code in codes[:2] for _ in range(6)]
    outcomes = rush(live_app, class_id, tasks, now)
    assert {state for state, *_ in outcomes} <= {"admitted", "lapsed", "offer_is_over"}
    rows = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id)))
    offers = Counter(db.session.scalars(select(Offer.state)))
    counted = db.session.get_one(TrainingClass, class_id)
    states = Counter(row.state for row in rows)
    assert states[EnrollmentState.ADMITTED] == offers[OfferState.ACCEPTED] == counted.admitted_count
    assert states[EnrollmentState.OFFERED] == offers[OfferState.OPEN] == counted.held_count == offers[OfferState.DECLINED]
    assert counted.admitted_count + counted.held_count == 4


@pytest.mark.parallel
def test_a_unit_never_names_more_people_than_it_was_given_places(live_app: LiveApp, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    user, _ = make_coordinator(unit)
    found = make_class(world, now=now, seats=12)
    class_id, unit_id, user_id = found.id, unit.id, user.id
    with transaction():
        plan = QuotaPlan(5, organization_code=unit.code, is_named=True)
        add_quota(class_id=class_id, plan=plan, actor=world.manager, now=now)
    members = [one.id for one in make_learners(now, 20, organization_id=unit_id)]
    others = [one.id for one in make_learners(now, 20)]
    tasks: list[dict[str, object]] = [
        {"do": "nominate", "learner_id": one, "unit_id": unit_id, "user_id": user_id} for one in members
    ]
    tasks += [{"do": "enroll", "learner_id": one} for one in others]
    rush(live_app, class_id, [task for pair in zip(tasks[:20], tasks[20:], strict=True) for task in pair], now)
    rows = list(db.session.scalars(select(Enrollment).where(Enrollment.class_id == class_id)))
    admitted = [row for row in rows if row.state is EnrollmentState.ADMITTED]
    counted = db.session.get_one(TrainingClass, class_id)
    assert (len(admitted), counted.admitted_count, counted.reserved_count) == (12, 12, 0)
    assert sum(row.quota_id is not None for row in admitted) == 5
    numbers = sorted(row.waitlist_no for row in rows if row.waitlist_no)
    assert numbers == list(range(1, 29))
