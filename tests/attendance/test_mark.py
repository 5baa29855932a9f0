"""Marking: who may, when, and what a correction leaves behind."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.attendance import queries
from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import (
    CREDIT_RULES,
    CreditRule,
    EntryKind,
    MarkState,
    compute_attended,
    compute_credit,
    compute_rate,
    credit_rule_on,
)
from academy.attendance.services import ClassIsNotTaught, NotOnTheRoster, Seen, SessionHasNotBegun
from academy.core.access import Role
from academy.core.errors import Forbidden
from academy.timetable.rules import ClassState
from tests.accounts.factories import actor_of, make_user
from tests.attendance.factories import make_room, mark
from tests.enrollment.factories import make_learner
from tests.timetable.factories import FIRST_DAY, make_world

P, LATE, EARLY, LEAVE, ABSENT = MarkState.PRESENT, MarkState.LATE, MarkState.LEFT_EARLY, MarkState.LEAVE, MarkState.ABSENT


def test_marks_become_minutes_and_minutes_become_credit(session: Session, now: datetime) -> None:
    room = make_room(now)
    done = mark(room, {0: P, 1: Seen(LATE, 130), 2: ABSENT})
    assert (done.new, done.corrected, done.unchanged) == (3, 0, 0)
    ids = [one.id for one in room.learners]
    assert [queries.attended_minutes(room.found.id)[id_] for id_ in ids] == [180, 130, 0]
    assert queries.credited_minutes_of_class(room.found.id) == {ids[0]: 180, ids[1]: 90}  # 130 minutes are two whole hours
    assert queries.planned_minutes(room.found.id) == 270
    assert queries.attendance_rate(room.found.id)[ids[1]] == Decimal("48.1")


def test_a_correction_keeps_the_first_mark_and_counters_the_credit(session: Session, now: datetime) -> None:
    room = make_room(now)
    mark(room, {0: P})
    done = mark(room, {0: Seen(EARLY, 100)})
    assert (done.new, done.corrected) == (0, 1)
    history = queries.mark_history(room.sessions[0].id, room.learners[0].id)
    assert [(one.version, one.state, one.minutes, one.is_current) for one in history] == [
        (1, P, 180, False), (2, EARLY, 100, True),
    ]  # fmt: skip
    ledger = session.scalars(select(CreditEntry).order_by(CreditEntry.id)).all()
    assert [(one.kind, one.minutes) for one in ledger] == [
        (EntryKind.CREDIT, 180), (EntryKind.COUNTER, -180), (EntryKind.CREDIT, 90),
    ]  # fmt: skip
    assert ledger[1].counters_id == ledger[0].id
    assert queries.credited_minutes(room.learners[0].id, FIRST_DAY, FIRST_DAY) == 90


def test_posting_the_same_again_changes_nothing(session: Session, now: datetime) -> None:
    room = make_room(now)
    mark(room, {0: P, 1: Seen(LATE, 100)})
    again = mark(room, {0: P, 1: Seen(LATE, 100)})
    assert (again.new, again.corrected, again.unchanged) == (0, 0, 2)
    assert session.scalar(select(func.count(AttendanceMark.id))) == 2


def test_only_its_instructors_and_the_staff_mark(session: Session, now: datetime) -> None:
    room = make_room(now)
    stranger = make_user(Role.INSTRUCTOR)
    room.world.instructors[1].user_id = stranger.id
    session.commit()
    for actor in (actor_of(stranger), actor_of(make_user(Role.INSTRUCTOR)), actor_of(make_user(Role.LEARNER))):
        with pytest.raises(Forbidden):
            mark(room, {0: P}, actor=actor)
    mark(room, {0: P}, actor=room.world.manager)


def test_nobody_is_marked_in_advance(session: Session, now: datetime) -> None:
    room = make_room(now)
    begin = room.sessions[0].starts_at
    with pytest.raises(SessionHasNotBegun):
        mark(room, {0: P}, at=begin - timedelta(minutes=31))
    mark(room, {0: P}, at=begin - timedelta(minutes=30))


def test_an_archived_class_is_closed(session: Session, now: datetime) -> None:
    room = make_room(now)
    room.found.state = ClassState.ARCHIVED
    session.commit()
    with pytest.raises(ClassIsNotTaught):
        mark(room, {0: P})


def test_people_without_a_seat_are_refused_and_nothing_is_written(session: Session, now: datetime) -> None:
    room = make_room(now)
    room.learners.append(make_learner(now))
    with pytest.raises(NotOnTheRoster):
        mark(room, {0: P, 3: P})
    assert session.scalar(select(func.count(AttendanceMark.id))) == 0


def test_the_ledger_always_adds_up_to_what_the_marks_are_worth(session: Session, now: datetime) -> None:
    """Whatever is marked and corrected, in whatever order: sum of the ledger = sum over the current marks."""
    world = make_world()
    step = st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from(MarkState), st.none() | st.integers(0, 400))

    @settings(max_examples=25, deadline=None)
    @given(st.lists(step, max_size=12))
    def holds(steps: list[tuple[int, int, MarkState, int | None]]) -> None:
        room = make_room(now, world=world)
        for person, which, state, minutes in steps:
            mark(room, {person: Seen(state, minutes)}, session=which)
        planned = {one.id: one.minutes for one in room.sessions}
        current = select(AttendanceMark).where(AttendanceMark.is_current, AttendanceMark.session_id.in_(planned))
        marks = session.scalars(current).all()
        worth = sum(compute_credit(one.minutes, planned[one.session_id], credit_rule_on(FIRST_DAY)) for one in marks)
        ledger = select(func.coalesce(func.sum(CreditEntry.minutes), 0)).where(CreditEntry.class_id == room.found.id)
        assert session.scalar(ledger) == worth
        assert len(marks) == len({(person, which) for person, which, _, _ in steps})

    holds()


@given(st.sampled_from(MarkState), st.integers(1, 600), st.none() | st.integers(-50, 1000))
def test_attended_and_credited_stay_within_what_was_planned(state: MarkState, planned: int, minutes: int | None) -> None:
    attended = compute_attended(state, planned, minutes)
    credit = compute_credit(attended, planned, CREDIT_RULES[0])
    assert 0 <= credit <= attended <= planned
    assert credit % 45 == 0
    assert Decimal(0) <= compute_rate(attended, planned) <= Decimal(100)


@pytest.mark.parametrize(("attended", "credit"), [(180, 180), (179, 135), (90, 90), (89, 0), (0, 0)])
def test_whole_hours_are_credited_from_half_of_the_session_on(attended: int, credit: int) -> None:
    assert compute_credit(attended, 180, CREDIT_RULES[0]) == credit


def test_the_rule_of_the_day_decides() -> None:
    later = CreditRule("2030-01", date(2030, 1, 1), 15, Decimal("0.8"))
    rules = (later, *CREDIT_RULES)
    assert credit_rule_on(date(2029, 12, 31), rules) == CREDIT_RULES[0]
    assert credit_rule_on(date(2030, 1, 1), rules) == later
    assert credit_rule_on(date(2024, 8, 7), rules) is None
    assert compute_credit(180, 180, None) == 0


def test_the_roster_page_marks_everybody_in_one_press(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(now)
    monkeypatch.setattr("academy.attendance.web.roster.now", lambda: room.sessions[0].starts_at)
    path = f"/attendance/{room.found.code}/1"
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(path).status_code == 403
    sign_in(client, room.user)
    assert room.sessions[0].title_zh in client.get("/attendance").get_data(as_text=True)
    form = {f"state-{one.code}": "present" for one in room.learners}
    saved = client.post_form(path, form, page=path, follow_redirects=True)  # type: ignore[attr-defined]
    assert "已记 3 人，更正 0 人" in saved.get_data(as_text=True)
    late = room.learners[0].code
    silent = client.post_form(path, {**form, f"state-{late}": "late"}, page=path)  # type: ignore[attr-defined]
    assert silent.status_code == 409
    assert "更正要写明原因" in silent.get_data(as_text=True)
    corrected = client.post_form(  # type: ignore[attr-defined]
        path,
        {**form, f"state-{late}": "late", f"minutes-{late}": "120", "reason": "补看了签到表"},
        page=path,
        follow_redirects=True,
    )
    assert "更正 1 人" in corrected.get_data(as_text=True)
    assert "原因：补看了签到表" in corrected.get_data(as_text=True)
    for wrong in ({f"state-{late}": "asleep"}, {f"state-{late}": "late", f"minutes-{late}": "-1"}, {f"minutes-{late}": "９x"}):
        answer = client.post_form(path, {**form, **wrong}, page=path)  # type: ignore[attr-defined]
        assert answer.status_code == 422
    assert queries.attended_minutes(room.found.id)[room.learners[0].id] == 120


def test_the_learner_reads_her_ledger(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.attendance.web.hours.today", lambda: FIRST_DAY)
    room = make_room(now)
    user = make_user(Role.LEARNER)
    room.learners[0].user_id = user.id
    session.commit()
    mark(room, {0: P})
    mark(room, {0: Seen(LATE, 100)})
    sign_in(client, user)
    shown = client.get("/my/hours").get_data(as_text=True)
    assert "2026年已记 2 学时" in shown
    assert "冲回，原记录保留" in shown
    assert client.get("/my/classes").status_code == 200


def test_a_session_number_beyond_the_database_is_not_found(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime
) -> None:
    room = make_room(now)
    sign_in(client, room.user)
    assert client.get(f"/attendance/{room.found.code}/9223372036854775808").status_code == 404
