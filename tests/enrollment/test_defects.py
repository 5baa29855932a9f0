"""The defects of the best known systems, each by its name: here they do not happen."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.core.outbox import drain
from academy.enrollment import jobs, services
from academy.enrollment.models import Enrollment, Offer
from academy.enrollment.rules import Source
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.timetable.models import TrainingClass
from academy.timetable.rules import AdmissionMode
from tests.conftest import LiveApp
from tests.enrollment.factories import counters, make_account, make_learners, own, put_in, states
from tests.enrollment.test_rush import rush
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_world


def filled(now: datetime, *, seats: int = 1, people: int = 4, **given: Any) -> tuple[World, TrainingClass, list[Learner]]:
    world = make_world()
    found, learners = make_class(world, now=now, seats=seats, **given), make_learners(now, people)
    for learner in learners:
        put_in(found, learner, actor=world.manager, now=now)
    return world, found, learners


def leave(found: TrainingClass, learner: Learner, world: World, now: datetime) -> None:
    with transaction():
        services.withdraw(code=own(found, learner).code, actor=world.manager, now=now, reason="调离岗位")


def raise_seats(found: TrainingClass, seats: int, world: World, now: datetime) -> None:
    with transaction():
        services.change_seats(class_id=found.id, seats=seats, actor=world.manager, now=now)


@pytest.mark.parallel
def test_capacity_by_count_then_insert(live_app: LiveApp, now: datetime) -> None:
    """Everybody looks at the last seat at the same time; one person gets it."""
    found = make_class(make_world(), now=now, seats=1)
    class_id = found.id
    outcomes = rush(live_app, class_id, [{"do": "enroll", "learner_id": one.id} for one in make_learners(now, 40)], now)
    assert [number for _, number, *_ in outcomes].count(None) == 1
    assert db.session.get_one(TrainingClass, class_id, populate_existing=True).admitted_count == 1


@pytest.mark.parametrize("source", [Source.STAFF, Source.IMPORT, Source.NOMINATION])
def test_staff_path_bypasses_the_limit(session: Session, now: datetime, source: Source) -> None:
    world, found, _ = filled(now, seats=1, people=1)
    late = make_learners(now, 1)[0]
    with transaction():
        done = services.enroll(class_id=found.id, learner_id=late.id, actor=world.manager, now=now, source=source)
    assert (done.state, done.number) == ("waitlisted", 1)
    assert counters(found) == (1, 0, 0, 1)


@pytest.mark.parametrize("moment", ["the deadline", "the start"])
def test_promotion_after_the_deadline_or_the_start(session: Session, now: datetime, moment: str) -> None:
    """Neither a freed seat, nor an added one, nor an offer that runs out makes a promotion too late."""
    world, found, learners = filled(now, people=4)
    leave(found, learners[0], world, now)
    assert states(found)[learners[1].id] == ("offered", 1)
    make_session(found, at(FIRST_DAY, 8, 30))
    late = found.enroll_closes_at if moment == "the deadline" else at(FIRST_DAY, 12)
    jobs.expire_offers(now=late)
    raise_seats(found, 3, world, late)
    with transaction():
        services.run_line(found.id, late)
    assert counters(found)[:2] == (0, 0)
    assert session.scalar(select(func.count()).select_from(Offer)) == 1


def test_the_person_who_declined_is_offered_again(session: Session, now: datetime) -> None:
    world, found, learners = filled(now, people=3)
    leave(found, learners[0], world, now)
    declined = session.scalars(select(Offer)).one()
    with transaction():
        services.decline_offer(code=declined.code, now=now)
    raise_seats(found, 5, world, now)
    asked = session.scalars(select(Enrollment.learner_id).join(Offer, Offer.enrollment_id == Enrollment.id)).all()
    assert sorted(asked) == [learners[1].id, learners[2].id]


def test_raising_the_capacity_bypasses_approval(session: Session, now: datetime) -> None:
    """An application under review stays one, however many seats there are."""
    world = make_world()
    found = make_class(world, now=now, seats=1, admission=AdmissionMode.ACADEMY)
    _, actor, learner = make_account(now)
    with transaction():
        services.apply(class_code=found.code, actor=actor, now=now)
    raise_seats(found, 10, world, now)
    drain(now=now)
    assert states(found)[learner.id] == ("applied", None)
    assert counters(found) == (0, 0, 0, 0)


@pytest.mark.parallel
def test_two_people_join_a_list_in_the_same_second(live_app: LiveApp, now: datetime) -> None:
    """The clock stands still, and the numbers are still one line without a gap or a double."""
    found = make_class(make_world(), now=now, seats=1)
    outcomes = rush(live_app, found.id, [{"do": "enroll", "learner_id": one.id} for one in make_learners(now, 31)], now)
    assert sorted(n for _, n, *_ in outcomes if isinstance(n, int)) == list(range(1, 31))


def test_promoted_people_not_told(session: Session, now: datetime) -> None:
    world, found, learners = filled(now)
    leave(found, learners[0], world, now)
    drain(now=now)
    drain(now=now)
    told = select(Message.channel).where(Message.name == learners[1].name_zh, Message.reason == "enrollment.offered")
    channels = list(session.scalars(told))
    assert len(set(channels)) == len(channels) > 0
