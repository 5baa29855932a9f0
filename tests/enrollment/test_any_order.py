"""Whatever happens in whatever order: the counters are true, nobody is oversold or passed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.db import transaction
from academy.enrollment import queries, services
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState
from academy.people.models import Learner
from academy.timetable import services as timetable
from academy.timetable.models import TrainingClass
from academy.timetable.rules import Step
from academy.timetable.services.seats import SeatsBelowAdmitted
from tests.enrollment.factories import make_learners
from tests.timetable.factories import World, make_class, make_world

PEOPLE = 6
Action = tuple[str, int]
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["enroll", "enroll", "leave", "seats", "promote"]), st.integers(0, PEOPLE - 1)), max_size=25
)


def do(action: Action, world: World, found: TrainingClass, learners: list[Learner], now: datetime) -> None:
    what, number = action
    learner = learners[number]
    with transaction():
        if what == "enroll":
            services.enroll(class_id=found.id, learner_id=learner.id, actor=world.manager, now=now)
        elif what == "leave":
            own = queries.live_enrollment(found.id, learner.id)
            if own is not None:
                services.withdraw(code=own.code, actor=world.manager, now=now, reason="测试")
        elif what == "seats":
            services.change_seats(class_id=found.id, seats=number + 1, actor=world.manager, now=now)
        else:
            services.promote(class_id=found.id, now=now)


def check(session: Session, found: TrainingClass) -> None:
    counted = session.get_one(TrainingClass, found.id, populate_existing=True)
    rows = list(session.scalars(select(Enrollment).where(Enrollment.class_id == found.id)))
    admitted = [row for row in rows if row.state is EnrollmentState.ADMITTED]
    waiting = sorted(row.waitlist_no or 0 for row in rows if row.state is EnrollmentState.WAITLISTED)
    assert len(admitted) == counted.admitted_count <= counted.seats
    assert len(waiting) == counted.waiting_count
    assert not waiting or counted.admitted_count == counted.seats  # no seat stays empty while somebody waits
    numbers = [row.waitlist_no for row in rows if row.waitlist_no]
    assert sorted(numbers) == list(range(1, counted.waitlist_seq + 1))
    assert all((row.waitlist_no or 0) < waiting[0] for row in admitted) if waiting else True
    live = [row.learner_id for row in rows if row.state in {EnrollmentState.ADMITTED, EnrollmentState.WAITLISTED}]
    assert len(live) == len(set(live))


def test_the_invariants_hold_after_every_step(session: Session, now: datetime) -> None:
    world = make_world()
    learners = make_learners(now, PEOPLE)

    @settings(max_examples=20, deadline=None)
    @given(actions=ACTIONS, seats=st.integers(1, 3), is_cancelled=st.booleans())
    def hold(actions: list[Action], seats: int, is_cancelled: bool) -> None:
        found = make_class(world, now=now, seats=seats)
        for action in actions:
            try:
                do(action, world, found, learners, now)
            except SeatsBelowAdmitted:
                session.expire_all()  # refused: the counters stay true all the same
            check(session, found)
        if is_cancelled:
            with transaction():
                timetable.take_step(class_id=found.id, step=Step.CANCEL, actor=world.manager, now=now, reason="并班")
                services.end_cancelled(class_id=found.id, now=now)
            check(session, found)

    hold()


@pytest.mark.parametrize("late", [timedelta(days=9), timedelta(days=20)])
def test_after_the_deadline_no_action_admits_anybody(session: Session, now: datetime, late: timedelta) -> None:
    world = make_world()
    found = make_class(world, now=now, seats=1)
    learners = make_learners(now, PEOPLE)
    for number in range(3):
        do(("enroll", number), world, found, learners, now)
    for action in [("leave", 0), ("seats", 5), ("promote", 0), ("enroll", 5)]:
        try:
            do(action, world, found, learners, now + late)
        except services.MayNotEnroll:
            assert action[0] == "enroll"
    rows: list[Any] = list(session.scalars(select(Enrollment).where(Enrollment.class_id == found.id)))
    assert [row for row in rows if row.state is EnrollmentState.ADMITTED] == []
