"""Teaching needs: asked, answered, assigned once, lapsed; absences that name the sessions in their way."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.notifications.models import Message
from academy.people.queries import Instructor, absences_between
from academy.people.services.pool import AbsenceIsUnusable
from academy.timetable import jobs, queries, services
from academy.timetable.models import Booking, NeedCandidate, TeachingNeed, TrainingClass
from academy.timetable.rules import Answer, CandidateState, ClassState, NeedState, ResourceKind, TeachingRole
from academy.timetable.services.absences import TeachesThen
from academy.timetable.services.assigning import SaidNo
from academy.timetable.services.booking import IsTaken, SessionPlan
from academy.timetable.services.candidates import AlreadyAsked, AnsweredAlready, FieldIsNotHers, ReasonIsNeeded
from academy.timetable.services.needs import Ask, NeedIsClosed, NeedIsUnusable, SessionIsWanted
from tests.accounts.factories import actor_of, make_user
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_world

BEGIN = at(FIRST_DAY, 8, 30)
DEADLINE = at(date(2026, 12, 1), 18)


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


def add_session(
    world: World, found: TrainingClass, begin: datetime = BEGIN, staff: tuple[int, ...] = (), now: Any = None
) -> int:
    plan = SessionPlan("议事规则", begin, begin + timedelta(minutes=100), 90, None, world.hall.id, staff)
    with transaction():
        return services.save_session(code=found.code, seq=None, plan=plan, actor=world.manager, now=now or found.created_at).id


def open_need(world: World, now: datetime, *, sessions: int = 1, begin: datetime = BEGIN, **given: Any) -> TeachingNeed:
    found = make_class(world, now=now, state=given.pop("state", ClassState.APPROVED))
    ids = tuple(add_session(world, found, begin + timedelta(hours=2 * n)) for n in range(sessions))
    ask = replace(Ask(ids, "SG-03", DEADLINE), **given)
    with transaction():
        return services.open_need(class_code=found.code, wanted=ask, actor=world.manager, now=now)


def account(who: Instructor) -> Actor:
    user = make_user(Role.INSTRUCTOR, name=who.name_zh)
    who.user_id = user.id
    db.session.commit()
    return actor_of(user)


def invite(world: World, need: TeachingNeed, who: Instructor, now: datetime) -> NeedCandidate:
    with transaction():
        return services.invite(code=need.code, instructor_code=who.code, actor=world.manager, now=now)


def assign(world: World, need: TeachingNeed, who: Instructor, now: datetime) -> TeachingNeed:
    with transaction():
        return services.assign(code=need.code, instructor_code=who.code, actor=world.manager, now=now)


def answer(code: str, what: Answer, actor: Actor, now: datetime, reason: str = "") -> NeedCandidate:
    with transaction():
        return services.answer_invitation(code=code, answer=what, reason=reason, actor=actor, now=now)


def told(session: Session, reason: str) -> list[str]:
    query = select(Message.name).where(Message.reason == f"timetable.{reason}").distinct().order_by(Message.name)
    return list(session.scalars(query))


def test_an_accepted_invitation_is_assigned_and_booked(world: World, now: datetime, session: Session) -> None:
    need = open_need(world, now, sessions=2)
    first, second = world.instructors
    asked = invite(world, need, first, now)
    invite(world, need, second, now)
    answer(asked.code, Answer.ACCEPT, account(first), now)
    assign(world, need, first, now)
    assert (need.state, need.assigned_id) == (NeedState.ASSIGNED, first.id)
    assert queries.session_instructors(need.session_ids) == {id_: [first.id] for id_ in need.session_ids}
    booked = select(func.count(Booking.id)).where(
        Booking.resource_kind == ResourceKind.INSTRUCTOR, Booking.resource_id == first.id
    )
    assert session.scalar(booked) == 2
    states = {one.instructor_id: one.state for one in queries.candidates_of([need.id])[need.id]}
    assert states == {first.id: CandidateState.ASSIGNED, second.id: CandidateState.NOT_CHOSEN}
    assert told(session, "need_invited") == sorted([first.name_zh, second.name_zh])
    assert told(session, "need_assigned") == [first.name_zh]
    assert told(session, "need_not_chosen") == [second.name_zh]
    assert told(session, "need_answered") == ["李明蕙"]
    actions = set(session.scalars(select(AuditRow.action).where(AuditRow.subject == f"need:{need.code}")))
    wanted = {"need_opened", "need_invited", "need_accepted", "need_assigned"}
    assert actions == {f"timetable.{one}" for one in wanted}


def test_assigning_twice_gives_one(world: World, now: datetime) -> None:
    need = open_need(world, now)
    assign(world, need, world.instructors[0], now)
    with pytest.raises(NeedIsClosed):
        assign(world, need, world.instructors[1], now)
    assert queries.session_instructors(need.session_ids)[need.session_ids[0]] == [world.instructors[0].id]


def test_a_clash_refuses_the_whole_and_the_need_stays_open(world: World, now: datetime, session: Session) -> None:
    need = open_need(world, now, sessions=2)
    who = world.instructors[0]
    other = make_class(world, now=now)
    with transaction():
        plan = SessionPlan("别处", BEGIN + timedelta(hours=3), BEGIN + timedelta(hours=4), 45, None, world.room.id, (who.id,))
        services.save_session(code=other.code, seq=None, plan=plan, actor=world.manager, now=now)
    with pytest.raises(IsTaken, match=other.code):
        assign(world, need, who, now)
    session.expire_all()
    assert need.state is NeedState.OPEN
    assert queries.session_instructors(need.session_ids) == {}
    assert told(session, "need_assigned") == []


def test_a_substitute_takes_the_place_of_who_cannot_come(world: World, now: datetime, session: Session) -> None:
    found = make_class(world, now=now)
    first, second = world.instructors
    session_id = add_session(world, found, staff=(first.id,))
    ask = Ask((session_id,), "SG-03", DEADLINE, replaces_id=first.id)
    with transaction():
        need = services.assign_at_once(
            class_code=found.code, wanted=ask, instructor_code=second.code, actor=world.manager, now=now
        )
    assert queries.session_instructors([session_id]) == {session_id: [second.id]}
    assert queries.find_candidate(need.id, second.id) is not None
    assert told(session, "session_relieved") == [first.name_zh]  # an open class: the timetable tells, once
    assert told(session, "need_replaced") == []


def test_whom_the_search_found_is_invited_in_one_step_or_nothing_is_opened(world: World, now: datetime) -> None:
    found = make_class(world, now=now, state=ClassState.APPROVED)
    session_id = add_session(world, found)
    ask: dict[str, Any] = {
        "class_code": found.code,
        "wanted": Ask((session_id,), "SG-03", DEADLINE),
        "actor": world.manager,
        "now": now,
    }
    with pytest.raises(NotFound), transaction():
        services.invite_at_once(instructor_code="F-999", **ask)
    assert queries.open_need_of_session(session_id) is None
    with transaction():
        need = services.invite_at_once(instructor_code=world.instructors[0].code, **ask)
    asked = queries.find_candidate(need.id, world.instructors[0].id)
    assert need.state is NeedState.OPEN
    assert asked is not None
    assert asked.state is CandidateState.INVITED


def test_an_assistant_comes_second(world: World, now: datetime) -> None:
    found = make_class(world, now=now, state=ClassState.APPROVED)
    first, second = world.instructors
    session_id = add_session(world, found, staff=(first.id,))
    ask = Ask((session_id,), "PD-02", DEADLINE, role=TeachingRole.ASSISTANT)
    with transaction():
        need = services.open_need(class_code=found.code, wanted=ask, actor=world.manager, now=now)
    assign(world, need, second, now)
    assert queries.session_instructors([session_id])[session_id] == [first.id, second.id]


def test_declining_needs_a_reason_and_is_final(world: World, now: datetime, session: Session) -> None:
    need, who = open_need(world, now), world.instructors[0]
    actor, asked = account(who), invite(world, need, who, now)
    with pytest.raises(ReasonIsNeeded):
        answer(asked.code, Answer.DECLINE, actor, now, " ")
    answer(asked.code, Answer.DECLINE, actor, now, "那周出差")
    with pytest.raises(AnsweredAlready):
        answer(asked.code, Answer.ACCEPT, actor, now)
    with pytest.raises(AlreadyAsked):
        invite(world, need, who, now)
    with pytest.raises(SaidNo, match="已谢绝"):
        assign(world, need, who, now)
    with pytest.raises(AlreadyAsked), transaction():
        services.apply_for(code=need.code, actor=actor, now=now)
    values = {"code": "y" * 16, "need_id": need.id, "instructor_id": world.instructors[1].id, "is_invited": True}
    with pytest.raises(IntegrityError, match="declined_with_reason"), session.begin_nested():
        session.add(NeedCandidate(**values, state=CandidateState.DECLINED, reason="", asked_at=now))


def test_an_instructor_applies_in_her_own_fields_and_may_take_it_back(world: World, now: datetime) -> None:
    need = open_need(world, now)
    mine, other = account(world.instructors[0]), account(world.instructors[1])
    assert [one.id for one in queries.needs_that_fit(world.instructors[0], now)] == [need.id]
    assert queries.needs_that_fit(world.instructors[1], now) == []
    with pytest.raises(FieldIsNotHers), transaction():
        services.apply_for(code=need.code, actor=other, now=now)
    with transaction():
        made = services.apply_for(code=need.code, actor=mine, now=now, note="讲过三轮")
    assert queries.needs_that_fit(world.instructors[0], now) == []
    with transaction():
        services.take_back(code=made.code, actor=mine, now=now)
    with pytest.raises(SaidNo):
        assign(world, need, world.instructors[0], now)
    with transaction():
        again = services.apply_for(code=need.code, actor=mine, now=now)
    assert (again.id, again.state) == (made.id, CandidateState.APPLIED)


def test_nobody_answers_for_somebody_else(world: World, now: datetime) -> None:
    need = open_need(world, now)
    asked = invite(world, need, world.instructors[0], now)
    with pytest.raises(NotFound):
        answer(asked.code, Answer.ACCEPT, account(world.instructors[1]), now)
    with pytest.raises(NotFound):
        answer(asked.code, Answer.ACCEPT, world.manager, now)
    with pytest.raises(Forbidden), transaction():
        services.assign(code=need.code, instructor_code="F-001", actor=account(world.instructors[0]), now=now)


def test_a_session_is_wanted_once(world: World, now: datetime) -> None:
    need = open_need(world, now)
    found = queries.class_by_id(need.class_id)
    with pytest.raises(SessionIsWanted, match="议事规则"), transaction():
        services.open_need(
            class_code=found.code, wanted=Ask(tuple(need.session_ids), "SG-03", DEADLINE), actor=world.manager, now=now
        )
    with transaction():
        services.withdraw_need(code=need.code, reason="不用了", actor=world.manager, now=now)
    with transaction():
        services.open_need(
            class_code=found.code, wanted=Ask(tuple(need.session_ids), "SG-03", DEADLINE), actor=world.manager, now=now
        )


@pytest.mark.parametrize(
    "given",
    [
        {"deadline_at": BEGIN + timedelta(minutes=1)},
        {"deadline_at": at(date(2026, 11, 20), 8)},
        {"session_ids": ()},
        {"field_code": "XX-99"},
    ],
)
def test_needs_that_make_no_sense_are_refused(world: World, now: datetime, given: dict[str, Any]) -> None:
    with pytest.raises(NeedIsUnusable):
        open_need(world, now, **given)


def test_another_classes_sessions_are_not_found(world: World, now: datetime) -> None:
    need = open_need(world, now)
    other = make_class(world, now=now)
    with pytest.raises(NotFound), transaction():
        wanted = Ask(tuple(need.session_ids), "SG-03", DEADLINE)
        services.open_need(class_code=other.code, wanted=wanted, actor=world.manager, now=now)


def test_a_need_lapses_at_its_deadline_and_everybody_is_told_once(world: World, now: datetime, session: Session) -> None:
    need = open_need(world, now)
    invite(world, need, world.instructors[0], now)
    jobs.lapse_due_needs(now=DEADLINE - timedelta(seconds=1))
    assert queries.get_need(need.code).state is NeedState.OPEN
    for _ in range(2):
        jobs.lapse_due_needs(now=DEADLINE)
    session.expire_all()
    assert queries.get_need(need.code).state is NeedState.LAPSED
    assert told(session, "need_called_off") == [world.instructors[0].name_zh]
    assert told(session, "need_lapsed") == ["李明蕙"]
    with pytest.raises(NeedIsClosed):
        assign(world, need, world.instructors[0], now)


def test_a_need_ends_with_its_class_or_its_sessions(world: World, now: datetime, session: Session) -> None:
    cancelled, gone = open_need(world, now), open_need(world, now, begin=at(FIRST_DAY, 14))
    queries.class_by_id(cancelled.class_id).state = ClassState.CANCELLED
    db.session.commit()
    code = queries.class_by_id(gone.class_id).code
    with transaction():
        services.cancel_session(code=code, seq=1, reason="停课", actor=world.manager, now=now)
    jobs.lapse_due_needs(now=now)
    session.expire_all()
    assert {queries.get_need(one.code).state for one in (cancelled, gone)} == {NeedState.LAPSED}


def test_the_database_keeps_one_assigned_and_closed_needs_closed(world: World, now: datetime, session: Session) -> None:
    need = open_need(world, now)
    for values in (
        {"assigned_id": world.instructors[0].id},
        {"closed_at": now},
        {"state": NeedState.ASSIGNED, "closed_at": now},
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.query(TeachingNeed).filter_by(id=need.id).update(values)  # type: ignore[arg-type]


# ---- absences ----------------------------------------------------------------------------------------------------------


def absent(who: Instructor, actor: Actor, now: datetime, begin: datetime = BEGIN, *, is_confirmed: bool = False) -> None:
    with transaction():
        services.declare_absence(
            instructor_code=who.code, starts_at=begin, ends_at=begin + timedelta(hours=8), reason="出差", actor=actor, now=now,
            is_confirmed=is_confirmed,
        )  # fmt: skip


def test_an_absence_over_a_session_is_refused_and_names_it(world: World, now: datetime) -> None:
    found, who = make_class(world, now=now), world.instructors[0]
    add_session(world, found, staff=(who.id,))
    actor = account(who)
    for confirmed in (False, True):  # only the staff confirm
        with pytest.raises(TeachesThen, match=f"{found.code} 议事规则"):
            absent(who, actor, now, is_confirmed=confirmed)
    with pytest.raises(TeachesThen):
        absent(who, world.manager, now)
    assert absences_between([who.id], BEGIN, BEGIN + timedelta(days=1)) == {}
    absent(who, world.manager, now, is_confirmed=True)
    assert len(absences_between([who.id], BEGIN, BEGIN + timedelta(days=1))[who.id]) == 1


def test_she_writes_down_her_own_absences_and_no_others(world: World, now: datetime) -> None:
    first, second = world.instructors
    actor = account(first)
    absent(first, actor, now)
    with pytest.raises(Forbidden):
        absent(second, actor, now)
    absent(second, world.manager, now)
    theirs = absences_between([second.id], BEGIN, BEGIN + timedelta(days=1))[second.id][0]
    with pytest.raises(NotFound), transaction():
        services.withdraw_absence(instructor_code=first.code, absence_id=theirs.id, actor=actor, now=now)
    mine = absences_between([first.id], BEGIN, BEGIN + timedelta(days=1))[first.id][0]
    with transaction():
        services.withdraw_absence(instructor_code=first.code, absence_id=mine.id, actor=actor, now=now)
    with pytest.raises(AbsenceIsUnusable):
        absent(first, actor, BEGIN + timedelta(days=2))
