"""Who may sit, and why not."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from academy.attendance.models import AttendanceMark
from academy.core.access import Actor, Grant, Role
from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState
from academy.exams import queries, services
from academy.exams.rules.delivery import AdmissionFacts, explain_admission, may_enter
from academy.exams.rules.kinds import AttemptState, SittingState
from tests.accounts.factories import actor_of, make_user
from tests.exams.factories import NOW, World, make_sitting, make_world

FINE = AdmissionFacts(
    class_title="初级考前培训",
    class_link="/classes/x",
    is_enrolled=True,
    attendance=Decimal(80),
    least_attendance=80,
    opens_at=NOW - timedelta(minutes=1),
    closes_at=NOW + timedelta(hours=2),
    minutes=120,
    sitting_state=SittingState.PLANNED,
    attempt_state=None,
)


def unmet(**change: object) -> list[tuple[str, str]]:
    return [(check.code, check.state) for check in explain_admission(replace(FINE, **change), now=NOW).unmet]  # type: ignore[arg-type]


def test_when_everything_holds_she_may_enter() -> None:
    assert may_enter(explain_admission(FINE, now=NOW))


def test_each_check_refuses_alone_and_says_what_would_satisfy_it() -> None:
    assert unmet(is_enrolled=False) == [("enrolled", "no")]
    assert unmet(attendance=Decimal("79.99")) == [("attendance", "no")]
    assert unmet(attendance=None) == [("attendance", "no")]
    assert unmet(opens_at=NOW + timedelta(minutes=1)) == [("window", "wait")]
    assert unmet(closes_at=NOW) == [("window", "no")]
    assert unmet(sitting_state=SittingState.CANCELLED) == [("window", "no")]
    assert unmet(sitting_state=SittingState.CLOSED) == [("window", "no")]
    assert unmet(attempt_state=AttemptState.SUBMITTED) == [("attempt", "no")]
    assert unmet(attempt_state=AttemptState.IN_PROGRESS) == []
    for change in ({"is_enrolled": False}, {"attendance": Decimal(1)}, {"closes_at": NOW}):
        verdict = explain_admission(replace(FINE, **change), now=NOW)
        assert verdict.unmet[0].fix is not None
        assert not may_enter(verdict)


def test_what_is_not_yet_does_not_let_in_either() -> None:
    verdict = explain_admission(replace(FINE, opens_at=NOW + timedelta(days=1)), now=NOW)
    assert verdict.allowed
    assert not may_enter(verdict)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=2)


def test_absence_keeps_her_out(world: World, now: datetime) -> None:
    db.session.execute(update(AttendanceMark).where(AttendanceMark.learner_id == world.learners[0].id).values(minutes=100))
    sitting = make_sitting(world)
    with pytest.raises(services.SittingIsNotOpen, match=r"出勤：55\.6%，不到 80%"):
        services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    services.start_attempt(sitting_id=sitting.id, actor=world.actor(1), now=now)


def test_who_has_left_the_class_may_not_sit(world: World, now: datetime) -> None:
    sitting = make_sitting(world)
    db.session.execute(
        update(Enrollment)
        .where(Enrollment.learner_id == world.learners[0].id)
        .values(state=EnrollmentState.WITHDRAWN, ended_at=now)
    )
    with pytest.raises(services.SittingIsNotOpen, match="不在这个班里"):
        services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)


def test_an_account_without_a_learner_may_not_sit(world: World, now: datetime) -> None:
    sitting = make_sitting(world)
    for actor in (actor_of(make_user(Role.LEARNER)), Actor(None, "", frozenset({Grant(Role.LEARNER)}))):
        with pytest.raises(services.LearnerIsUnknown):
            services.start_attempt(sitting_id=sitting.id, actor=actor, now=now)


def test_a_sitting_with_attempts_is_not_cancelled(world: World, now: datetime) -> None:
    sitting = make_sitting(world)
    services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)
    manager = actor_of(make_user(Role.CLASS_MANAGER))
    with pytest.raises(Exception, match="已有 1 人进入"):
        services.cancel_sitting(sitting_id=sitting.id, actor=manager, now=now)


def test_a_window_shorter_than_the_exam_is_refused(world: World) -> None:
    with pytest.raises(Exception, match="只有 130 分钟，不够答 131 分钟"):
        make_sitting(world, minutes=131)
    assert queries.sittings() == []
