"""Two who assign at the same time: one of them wins a need, and neither waits for ever for the other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.sites import queries as sites
from academy.timetable import queries, services
from academy.timetable.models import Booking, NeedCandidate
from academy.timetable.rules import CandidateState, ClassState, NeedState, ResourceKind
from academy.timetable.services.booking import SessionPlan
from academy.timetable.services.needs import Ask
from tests.conftest import LiveApp
from tests.processes import begin_together
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_world

NEEDS = 8
WORKER = """
import json, sys
from datetime import datetime
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.timetable.services import assign

app = create_app()
given = json.loads(sys.argv[1])
now = datetime.fromisoformat(given["now"])
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))
print("ready", flush=True)
sys.stdin.readline()
outcomes = []
with app.app_context():
    for code in given["needs"]:
        try:
            with transaction():
                assign(code=code, instructor_code=given["instructor"], actor=staff, now=now)
            outcomes.append("assigned")
        except DomainError as error:
            outcomes.append(error.code)
print(json.dumps(outcomes))
"""


@pytest.mark.parallel
def test_two_who_assign_at_once_give_exactly_one(live_app: LiveApp, now: datetime) -> None:
    world = make_world()
    for one in world.instructors:
        one.max_hours_per_week = 40
    found = make_class(world, now=now, state=ClassState.APPROVED)
    codes = []
    for n in range(NEEDS):
        begin = at(date(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day + n // 4), 8 + n % 4)
        with transaction():
            plan = SessionPlan("争一位", begin, begin.replace(minute=45), 45, None, world.hall.id, ())
            session = services.save_session(code=found.code, seq=None, plan=plan, actor=world.manager, now=now)
            ask = Ask((session.id,), "SG-03", at(date(2026, 12, 1), 18))
            need = services.open_need(class_code=found.code, wanted=ask, actor=world.manager, now=now)
            codes.append(need.code)
    shared = {"needs": codes, "now": now.isoformat()}
    each = [{**shared, "instructor": instructor} for instructor in ("F-001", "F-002", "F-001", "F-002")]
    outcomes = begin_together(live_app, WORKER, each)
    for told in zip(*outcomes, strict=True):
        assert sorted(told) == ["assigned", "need_is_closed", "need_is_closed", "need_is_closed"]
    for code in codes:
        need = queries.get_need(code)
        assert need.state is NeedState.ASSIGNED
        assert queries.session_instructors(need.session_ids) == {need.session_ids[0]: [need.assigned_id]}
        booked = select(Booking.resource_id).where(
            Booking.session_id == need.session_ids[0], Booking.resource_kind == ResourceKind.INSTRUCTOR
        )
        assert list(db.session.scalars(booked)) == [need.assigned_id]
        chosen = select(NeedCandidate.instructor_id).where(
            NeedCandidate.need_id == need.id, NeedCandidate.state == CandidateState.ASSIGNED
        )
        assert list(db.session.scalars(chosen)) == [need.assigned_id]
    written = list(db.session.scalars(select(AuditRow.subject).where(AuditRow.action == "timetable.need_assigned")))
    assert sorted(written) == sorted(f"need:{code}" for code in codes)


def make_need(world: World, now: datetime, *, hour: int, kept: int) -> str:
    """A need for two sessions of a class of its own, in the hall; in the second somebody teaches already. Gives its code."""
    found = make_class(world, now=now, state=ClassState.APPROVED)
    ids = []
    with transaction():
        for n, staff in enumerate([(), (kept,)]):
            begin = at(FIRST_DAY, hour + n)
            plan = SessionPlan("谁先谁后", begin, begin + timedelta(minutes=45), 45, None, world.hall.id, staff)
            ids.append(services.save_session(code=found.code, seq=None, plan=plan, actor=world.manager, now=now).id)
        ask = Ask(tuple(ids), "SG-03", at(date(2026, 12, 1), 18))
        return services.open_need(class_code=found.code, wanted=ask, actor=world.manager, now=now).code


def wait_for_blocked(count: int) -> None:
    """Until so many transactions wait for a lock."""
    blocked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    deadline = time.monotonic() + 20
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(blocked) != count:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parallel
def test_two_needs_that_want_each_others_instructors_are_both_assigned(live_app: LiveApp, now: datetime) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("writers take turns")
    world = make_world()
    first, second = world.instructors
    wanted = {
        make_need(world, now, hour=8, kept=second.id): first.code,
        make_need(world, now, hour=10, kept=first.id): second.code,
    }
    db.session.commit()

    def assign(code: str, instructor_code: str) -> NeedState:
        with live_app.app.app_context(), transaction():
            return services.assign(code=code, instructor_code=instructor_code, actor=world.manager, now=now).state

    with ThreadPoolExecutor(2) as pool:
        sites.lock_rooms([world.hall.id])  # so that each has taken what it takes before the room
        outcomes = [pool.submit(assign, code, instructor_code) for code, instructor_code in wanted.items()]
        try:
            wait_for_blocked(2)
        finally:
            db.session.rollback()
        assert [one.result(timeout=60) for one in outcomes] == [NeedState.ASSIGNED] * 2
