"""Changing the timetable of a class with people in it: nobody is put into two classes at one time unseen."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core import outbox
from academy.core.access import Actor
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.enrollment import queries, services
from academy.enrollment.services import LearnersClash, WhyIsMissing
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.timetable import queries as timetable
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.services import SessionPlan
from academy.timetable.services.sessions import AlreadyCancelled, CancelReasonIsMissing, SessionsAreFixed
from tests.conftest import NOW
from tests.enrollment.factories import make_learners, put_in
from tests.statements import counted
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_program, make_site, make_world

PROGRAM_NUMBERS = count(600)  # nobody takes two runs of one program

BEGIN = at(FIRST_DAY, 8, 30)


def plan(world: World, begin: datetime = BEGIN, *, room_id: int | None = None, staff: tuple[int, ...] = ()) -> SessionPlan:
    return SessionPlan("议事规则", begin, begin + timedelta(minutes=100), 90, None, room_id or world.hall.id, staff)


def move(world: World, found: TrainingClass, wanted: SessionPlan, seq: int | None = None, **given: object) -> ClassSession:
    with transaction():
        return services.move_session(
            code=found.code,
            seq=seq,
            plan=wanted,
            actor=world.manager,
            now=NOW,
            **given,  # type: ignore[arg-type]
        )


def two_classes(world: World) -> tuple[TrainingClass, TrainingClass, list[Learner]]:
    """Mornings and afternoons of one day; of three learners of the first, two are also in the second."""
    first, second = make_class(world, now=NOW), make_class(world, now=NOW, program_id=make_program(world).id)
    move(world, first, plan(world, staff=(world.instructors[0].id,)))
    move(world, second, plan(world, at(FIRST_DAY, 14), room_id=world.room.id))
    learners = make_learners(NOW, 3)
    for learner in learners:
        put_in(first, learner, actor=world.manager, now=NOW)
    for learner in learners[:2]:
        put_in(second, learner, actor=world.manager, now=NOW)
    return first, second, learners


def letters(session: Session) -> Counter[str]:
    outbox.drain(now=NOW)
    return Counter(session.scalars(select(Message.reason).where(Message.reason.contains("session"))))


def test_a_time_at_which_learners_sit_elsewhere_is_refused_and_changes_nothing(session: Session) -> None:
    world = make_world()
    first, second, learners = two_classes(world)
    with pytest.raises(LearnersClash, match="2 位") as refused:
        move(world, first, plan(world, at(FIRST_DAY, 15)), seq=1)
    assert {id_: clash.class_code for id_, clash in refused.value.clashes.items()} == {
        learner.id: second.code for learner in learners[:2]
    }
    assert timetable.get_session(first.code, 1).starts_at == BEGIN
    session.refresh(first)
    assert first.timetable_version == 1


def test_it_may_be_accepted_with_a_reason_that_is_recorded(session: Session) -> None:
    world = make_world()
    first, _, learners = two_classes(world)
    afternoon = plan(world, at(FIRST_DAY, 15))
    with pytest.raises(WhyIsMissing):
        move(world, first, afternoon, seq=1, accepts_clashes=True, reason=" ")
    move(world, first, afternoon, seq=1, accepts_clashes=True, reason="场馆只有下午开放")
    row = session.scalars(select(AuditRow).where(AuditRow.action == "enrollment.clashes_accepted")).one()
    assert row.reason == "场馆只有下午开放"
    assert learners[0].code in str(row.after)
    assert learners[0].name_zh not in str(row.after)
    move(world, first, SessionPlan("改了名", afternoon.starts_at, afternoon.ends_at, 90, None, world.hall.id), seq=1)


def test_the_way_to_another_site_counts_for_learners(session: Session) -> None:
    world = make_world()
    first, _, _ = two_classes(world)  # the second class begins at 14:00
    far = make_site(lat=37.75)  # 55 minutes away
    with pytest.raises(LearnersClash):
        move(world, first, plan(world, at(FIRST_DAY, 11, 30), room_id=far.id), seq=1)  # until 13:10
    move(world, first, plan(world, at(FIRST_DAY, 11, 20), room_id=far.id), seq=1)


def test_the_preview_says_whom_it_affects_in_a_constant_number_of_statements(session: Session) -> None:
    world = make_world()
    first, _, learners = two_classes(world)
    counts = []
    for more in (0, 20):
        for learner in make_learners(NOW, more):
            put_in(first, learner, actor=world.manager, now=NOW)
            other = make_class(world, now=NOW, program_id=make_program(world, f"XA-{next(PROGRAM_NUMBERS)}").id)
            put_in(other, learner, actor=world.manager, now=NOW)
        session.expire_all()
        with counted() as asked:
            effect = queries.effect_of_plan(first, timetable.get_session(first.code, 1), plan(world, at(FIRST_DAY, 15)).wanted)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert (effect.admitted, set(effect.clashes)) == (20, {one.id for one in learners[:2]})
    assert effect.letters == 21
    assert effect.obstacles == []


def test_those_in_the_class_and_the_instructor_are_written_to_once(session: Session) -> None:
    world = make_world()
    first, _, _ = two_classes(world)
    before = letters(session)
    move(world, first, plan(world, at(FIRST_DAY, 10), staff=(world.instructors[0].id,)), seq=1)
    after = letters(session)
    assert (after - before)["enrollment.session_moved"] == 3
    assert (after - before)["timetable.session_moved"] == 1
    outbox.drain(now=NOW)
    assert letters(session) == after


def test_a_change_of_instructor_alone_does_not_write_to_learners(session: Session) -> None:
    world = make_world()
    first, _, _ = two_classes(world)
    before = letters(session)
    move(world, first, plan(world, staff=(world.instructors[1].id,)), seq=1)
    assert letters(session) - before == {"timetable.session_relieved": 1, "timetable.session_assigned": 1}


def test_a_cancelled_session_stays_with_its_reason_frees_what_it_had_and_no_longer_counts(session: Session) -> None:
    world = make_world()
    first, _, _ = two_classes(world)
    before = letters(session)
    with transaction():
        services.cancel_session(code=first.code, seq=1, reason="停电", actor=world.manager, now=NOW)
    kept = timetable.get_session(first.code, 1)
    assert (kept.is_cancelled, kept.cancelled_reason) == (True, "停电")
    assert timetable.minutes_of_classes([first.id]) == {}
    other = make_class(world, now=NOW, program_id=make_program(world, f"XA-{next(PROGRAM_NUMBERS)}").id)
    move(world, other, plan(world, staff=(world.instructors[0].id,)))
    assert (letters(session) - before)["enrollment.session_cancelled"] == 3
    assert (letters(session) - before)["timetable.session_cancelled"] == 1
    for refusal, reason in ((AlreadyCancelled, "再点一次"), (CancelReasonIsMissing, " ")):
        with pytest.raises(refusal), transaction():
            services.cancel_session(code=first.code, seq=1, reason=reason, actor=world.manager, now=NOW)
    with pytest.raises(SessionsAreFixed):
        move(world, first, plan(world, at(FIRST_DAY, 16)), seq=1)


def test_only_staff_move_and_cancel(session: Session) -> None:
    world = make_world()
    first, _, _ = two_classes(world)
    learner = Actor(1, "学员")
    with pytest.raises(Forbidden), transaction():
        services.move_session(code=first.code, seq=1, plan=plan(world), actor=learner, now=NOW)
    with pytest.raises(Forbidden), transaction():
        services.cancel_session(code=first.code, seq=1, reason="不想上", actor=learner, now=NOW)
    assert db.session.get_one(TrainingClass, first.id).timetable_version == 1
